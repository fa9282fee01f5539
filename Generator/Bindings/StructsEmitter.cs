using System.Globalization;
using BpfVerifier.Generator.Emit;
using BpfVerifier.Generator.Model;

namespace BpfVerifier.Generator.Bindings;

/// <summary>Structures and unions, every member at its place.</summary>
internal static class StructsEmitter
{
    public static string Emit(BindingsModel model)
    {
        var types = new CTypes(model);
        CodeWriter code = BindingsGenerator.File();
        foreach (StructBinding type in model.Structs)
        {
            LifeWriter.Write(code, "<c>" + (type.IsUnion ? "union " : "struct ") + type.Name + "</c>, " + Text(type.Size) + " bytes.", type.Life);
            Type(code, types, type.Name, type.Size, "", 0, type.Members);
        }
        foreach (KeyValuePair<string, (string Element, int Length)> array in types.Arrays)
        {
            code.Summary(array.Value.Length.ToString(CultureInfo.InvariantCulture) + " numbers in a row.");
            code.Line("[global::System.Runtime.CompilerServices.InlineArray(" + Text(array.Value.Length) + ")]");
            code.Open("public struct " + array.Key).Line("private " + array.Value.Element + " _first;").Close();
        }
        return code.ToString();
    }

    /// <summary>A type with the members whose names start with <paramref name="prefix"/>, which lie from bit <paramref name="start"/> on.</summary>
    private static void Type(CodeWriter code, CTypes types, string name, int size, string prefix, int start, EquatableArray<MemberBinding> members)
    {
        code.Line("[global::System.Runtime.InteropServices.StructLayout(global::System.Runtime.InteropServices.LayoutKind.Explicit, Size = " + Text(size) + ")]");
        code.Open("public struct " + name);
        var storage = new SortedSet<int>();
        foreach (MemberBinding member in members.Where(m => m.Name.StartsWith(prefix, StringComparison.Ordinal) && m.Name.IndexOf('.', prefix.Length) < 0))
        {
            string own = member.Name.Substring(prefix.Length);
            // C# has no member with the name of its type, and names a keyword with @.
            string field = own == name ? own + "_" : Microsoft.CodeAnalysis.CSharp.SyntaxFacts.GetKeywordKind(own) == Microsoft.CodeAnalysis.CSharp.SyntaxKind.None ? own : "@" + own;
            int at = (member.Offset - start) / 8;
            string summary = "<c>" + CodeWriter.Escape(member.CType) + "</c> at byte " + Text(at) + ".";
            if (member.Form == MemberForm.Bitfield)
            {
                Bitfield(code, member, field, member.Offset - start, storage);
                continue;
            }
            if (member.Form == MemberForm.Flexible)
            {
                LifeWriter.Write(code, "Offset in bytes of the <c>" + CodeWriter.Escape(member.CType) + "</c> that follows.", member.Life);
                code.Line("public const int " + own + "_offset = " + Text(at) + ";");
                continue;
            }
            bool nested = member.CType is "struct {}" or "union {}";
            LifeWriter.Write(code, summary, member.Life);
            code.Line("[global::System.Runtime.InteropServices.FieldOffset(" + Text(at) + ")] public " + (nested ? own + "_t" : types.Of(member.CType, member.Size)) + " " + field + ";");
            if (nested)
            {
                code.Summary("What " + member.Name + " is made of.");
                Type(code, types, own + "_t", member.Size / 8, member.Name + ".", member.Offset, members);
            }
        }
        code.Close();
    }

    // Bits are taken out of the unit of the declared type they lie in, as the x86-64 ABI does.
    private static void Bitfield(CodeWriter code, MemberBinding member, string field, int offset, SortedSet<int> storage)
    {
        (string name, _, int unit) = CTypes.Scalar(member.CType)!.Value;
        int at = offset / unit * unit / 8, shift = offset % unit;
        string mask = "0x" + ((1UL << member.Size) - 1).ToString("X", CultureInfo.InvariantCulture) + (unit == 64 ? "UL" : "U");
        if (storage.Add(at))
            code.Line("[global::System.Runtime.InteropServices.FieldOffset(" + Text(at) + ")] private " + name + " _bits" + Text(at) + ";");
        LifeWriter.Write(code, "<c>" + member.CType + " : " + Text(member.Size) + "</c> at bit " + Text(offset) + ". More than its bits hold is cut off.", member.Life);
        code.Open("public " + name + " " + field)
            .Line("readonly get => (" + name + ")((_bits" + Text(at) + " >> " + Text(shift) + ") & " + mask + ");")
            .Line("set => _bits" + Text(at) + " = (" + name + ")((_bits" + Text(at) + " & ~(" + mask + " << " + Text(shift) + ")) | ((value & " + mask + ") << " + Text(shift) + "));")
            .Close();
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
