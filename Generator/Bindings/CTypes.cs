using System.Globalization;
using BpfVerifier.Generator.Model;

namespace BpfVerifier.Generator.Bindings;

/// <summary>Finds the C# type a member is declared with, so that it takes the bytes it takes in C. What cannot be named becomes bytes.</summary>
internal sealed class CTypes(BindingsModel model)
{
    private readonly HashSet<string> _structs = [.. model.Structs.Select(s => s.Name)];
    private readonly HashSet<string> _enums = [.. model.Enums.Select(e => e.Name)];

    /// <summary>Arrays that were asked for: element type and length by name.</summary>
    public SortedDictionary<string, (string Element, int Length)> Arrays { get; } = new(StringComparer.Ordinal);

    /// <summary>The C# type of a member of <paramref name="bits"/> bits.</summary>
    public string Of(string type, int bits)
    {
        if (type.EndsWith("]", StringComparison.Ordinal) && type.IndexOf('[') is var open and > 0
            && int.TryParse(type.Substring(open + 1, type.Length - open - 2), NumberStyles.None, CultureInfo.InvariantCulture, out int length)
            && Scalar(type.Substring(0, open)) is { } element && element.Bits * length == bits)
            return Array(element.Short, element.Name, length);
        if (type.Contains('*'))
            return bits == 64 ? "ulong" : Bytes(bits);
        if (Scalar(type) is { } scalar && scalar.Bits == bits)
            return scalar.Name;
        int space = type.IndexOf(' ');
        string name = type.Substring(space + 1);
        return type.Substring(0, Math.Max(space, 0)) switch
        {
            "struct" or "union" when _structs.Contains(name) => name,
            "enum" when bits == 32 && _enums.Contains(name) => name,
            _ => Bytes(bits),
        };
    }

    private string Bytes(int bits) => Array("u8", "byte", bits / 8);

    private string Array(string shortName, string element, int length)
    {
        string name = shortName + "x" + length.ToString(CultureInfo.InvariantCulture);
        Arrays[name] = (element, length);
        return name;
    }

    /// <summary>A number's C# name, its short name and its size.</summary>
    public static (string Name, string Short, int Bits)? Scalar(string type) => type switch
    {
        "__u8" or "u8" or "unsigned char" or "char" => ("byte", "u8", 8),
        "__s8" or "signed char" => ("sbyte", "s8", 8),
        "__u16" or "__be16" or "__le16" or "unsigned short" => ("ushort", "u16", 16),
        "__s16" or "short" => ("short", "s16", 16),
        "__u32" or "__be32" or "__le32" or "__wsum" or "unsigned int" => ("uint", "u32", 32),
        "__s32" or "int" => ("int", "s32", 32),
        "__u64" or "__be64" or "__le64" or "__aligned_u64" or "unsigned long" or "unsigned long long" => ("ulong", "u64", 64),
        "__s64" or "long" or "long long" => ("long", "s64", 64),
        _ => null,
    };
}
