using System.Globalization;
using BpfVerifier.Btf;

namespace BpfVerifier.Facts;

/// <summary>Writes a BTF type as C does: <c>const struct bpf_map *</c>, <c>__u8[16]</c>, <c>int (*)(void *, __u32)</c>.</summary>
public static class BtfSpelling
{
    // C types nest a few levels; deeper is a cycle.
    private const int MaxDepth = 32;

    // The names gcc gives to integers, as people and clang write them.
    private static readonly Dictionary<string, string> s_integers = new(StringComparer.Ordinal)
    {
        ["short int"] = "short",
        ["short unsigned int"] = "unsigned short",
        ["long int"] = "long",
        ["long unsigned int"] = "unsigned long",
        ["long long int"] = "long long",
        ["long long unsigned int"] = "unsigned long long",
    };

    /// <summary>The type without a declarator's name.</summary>
    public static string Of(BtfTypes types, int id) => Tidy(Of(types, id, "", 0));

    /// <summary>Return type, then pairs of type and name of the parameters.</summary>
    public static (string Returns, List<string[]> Parameters) OfFunction(BtfTypes types, int functionId)
    {
        BtfType proto = types[types[functionId].TypeId];
        var parameters = new List<string[]>();
        for (int i = 0; i < proto.VLen; i++)
        {
            BtfParam parameter = proto.Param(i);
            bool variadic = parameter.TypeId == 0 && i == proto.VLen - 1;
            parameters.Add([variadic ? "..." : Of(types, parameter.TypeId), parameter.Name]);
        }
        return (Of(types, proto.ReturnTypeId), parameters);
    }

    // Inside out: the declarator grows from the middle while the walk goes down to the base type.
    private static string Of(BtfTypes types, int id, string declarator, int depth)
    {
        if (depth > MaxDepth)
            return "void " + declarator;
        BtfType type = types[id];
        switch (type.Kind)
        {
            case BtfKind.Ptr:
                bool group = types[types.SkipModifiers(type.TypeId)].Kind is BtfKind.Array or BtfKind.FuncProto;
                return Of(types, type.TypeId, group ? $"(*{declarator})" : "*" + declarator, depth + 1);
            case BtfKind.Array:
                return Of(types, type.ElementTypeId, declarator + (type.Length == 0 ? "[]" : string.Create(CultureInfo.InvariantCulture, $"[{type.Length}]")), depth + 1);
            case BtfKind.FuncProto:
                var parameters = new List<string>();
                for (int i = 0; i < type.VLen; i++)
                    parameters.Add(type.Param(i).TypeId == 0 && i == type.VLen - 1 ? "..." : Tidy(Of(types, type.Param(i).TypeId, "", depth + 1)));
                return Of(types, type.ReturnTypeId, $"{declarator}({(parameters.Count == 0 ? "void" : string.Join(", ", parameters))})", depth + 1);
            case BtfKind.Const:
                return Qualified(types, type.TypeId, "const", declarator, depth);
            case BtfKind.Volatile:
                return Qualified(types, type.TypeId, "volatile", declarator, depth);
            case BtfKind.Restrict:
                return Qualified(types, type.TypeId, "restrict", declarator, depth);
            case BtfKind.TypeTag:
                return Of(types, type.TypeId, declarator, depth + 1);
            case BtfKind.Struct:
                return $"struct {NameOf(type)} {declarator}";
            case BtfKind.Union:
                return $"union {NameOf(type)} {declarator}";
            case BtfKind.Fwd:
                return $"{(type.IsForwardUnion ? "union" : "struct")} {type.Name} {declarator}";
            case BtfKind.Enum or BtfKind.Enum64:
                return $"enum {NameOf(type)} {declarator}";
            case BtfKind.Unknown:
                return "void " + declarator;
            case BtfKind.Int:
                return $"{s_integers.GetValueOrDefault(type.Name, type.Name)} {declarator}";
            default:
                return $"{type.Name} {declarator}";
        }
    }

    // A qualifier of a pointer stands behind its star, any other one in front.
    private static string Qualified(BtfTypes types, int id, string qualifier, string declarator, int depth) =>
        types[types.SkipModifiers(id)].Kind == BtfKind.Ptr
            ? Of(types, id, declarator.Length == 0 ? qualifier : $"{qualifier} {declarator}", depth + 1)
            : $"{qualifier} {Of(types, id, declarator, depth + 1)}";

    private static string NameOf(BtfType type) => type.Name is { Length: > 0 } name ? name : "{}";

    private static string Tidy(string text) => text.TrimEnd().Replace(" [", "[", StringComparison.Ordinal);
}
