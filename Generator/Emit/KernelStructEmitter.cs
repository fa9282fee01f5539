using BpfVerifier.Generator.Model;

namespace BpfVerifier.Generator.Emit;

/// <summary><c>KernelStruct</c>: size and offsets of the kernel types the verifier names.</summary>
internal static class KernelStructEmitter
{
    public static string Emit(TypesModel types, EquatableArray<StructModel> structs)
    {
        Dictionary<string, StructModel> byName = structs.ToDictionary(s => s.Name, StringComparer.Ordinal);
        CodeWriter code = CodeWriter.ForRuntime("kernel-types.json", "abi.json");
        code.Summary("Kernel types the verifier names, as this release lays them out.").Open("internal static class KernelStruct");
        foreach (KernelTypeModel type in types.Types)
        {
            bool exists = byName.TryGetValue(type.Name, out StructModel? model);
            code.Summary("struct " + type.Name + (exists ? "" : ", which this release lacks"));
            code.Open("public static class " + Identifier.Pascal(type.Name));
            // Not constants: code that asks would else be unreachable in some release.
            code.Line("public static bool Exists => " + (exists ? "true;" : "false;"));
            code.Summary("Size in bytes, 0 if the release lacks the type.").Format($"public const int Size = {model?.Size ?? 0};");
            Offsets(code, type, model);
            code.Close().Line();
        }
        return code.Close().ToString();
    }

    private static void Offsets(CodeWriter code, KernelTypeModel type, StructModel? model)
    {
        if (model is { Members.Count: > 0 } || type.Members.Count > 0)
            code.Line("// Offsets of members from the start: bytes, of bitfields bits; -1 for a member only other releases have.");
        var used = new HashSet<string>(StringComparer.Ordinal) { "Size", "Exists", Identifier.Pascal(type.Name) };
        foreach (StructMember member in model?.Members ?? default)
            Offset(code, used, member.Name, member.IsBitfield ? member.Offset : member.Offset / 8);
        foreach (string member in type.Members)
        {
            if (model is null || !model.Members.Any(m => m.Name == member))
                Offset(code, used, member, -1);
        }
    }

    private static void Offset(CodeWriter code, HashSet<string> used, string member, int offset)
    {
        string name = Identifier.Pascal(member);
        if (used.Contains(name))
            name += "Offset";
        if (Identifier.IsValid(name) && used.Add(name))
            code.Format($"public const int {name} = {offset};");
    }
}
