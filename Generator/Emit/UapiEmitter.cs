using BpfVerifier.Generator.Model;

namespace BpfVerifier.Generator.Emit;

/// <summary><c>Uapi</c>: the numbers user space and kernel agree on.</summary>
internal static class UapiEmitter
{
    private static readonly string[] s_prefixes = ["BPF_", "BTF_", "XDP_", "SK_", "TCX_"];

    public static string Emit(EquatableArray<EnumModel> enums, EquatableArray<NamedValue> macros, CatalogModel catalog)
    {
        var constants = new SortedDictionary<string, Integer>(StringComparer.Ordinal);
        NamedValue[] own = [.. macros, .. enums.SelectMany(e => e.Values)];
        var present = new HashSet<string>(own.Select(c => c.Name), StringComparer.Ordinal);
        // Where headers are not known nothing is said of macros.
        if (macros.Count == 0)
            present.UnionWith(catalog.Macros);
        // This release's own value goes before another's.
        foreach (NamedValue constant in catalog.Constants.Concat(own))
        {
            if (Identifier.IsValid(constant.Name) && s_prefixes.Any(p => constant.Name.StartsWith(p, StringComparison.Ordinal)))
                constants[constant.Name] = constant.Value;
        }
        CodeWriter code = CodeWriter.ForRuntime("abi.json", "catalog.json");
        code.Summary("Enumerators and macros of the BPF headers with the kernel's names, over all releases.").Open("internal static partial class Uapi");
        foreach (KeyValuePair<string, Integer> constant in constants)
        {
            if (!present.Contains(constant.Key))
                code.Line("[NotInRelease(\"" + constant.Key + "\")]");
            code.Format($"public const {constant.Value.CSharpType} {constant.Key} = {constant.Value};");
        }
        return code.Close().ToString();
    }
}
