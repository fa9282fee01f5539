using BpfVerifier.Generator.Model;

namespace BpfVerifier.Generator.Emit;

/// <summary><c>HelperId</c>: helper numbers of all releases; a release never renumbers one.</summary>
internal static class HelperIdEmitter
{
    public static string Emit(HelperModel release, CatalogModel catalog)
    {
        var ids = new SortedDictionary<ulong, string>();
        foreach (NamedValue helper in catalog.Helpers.Concat(release.Names))
            ids[helper.Value.Bits] = helper.Name;
        CodeWriter code = CodeWriter.ForRuntime("abi.json", "catalog.json");
        code.Summary("Numbers of helpers, over all releases.").Open("internal static class HelperId");
        var own = new HashSet<string>(release.Names.Select(h => h.Name), StringComparer.Ordinal);
        var used = new HashSet<string>(StringComparer.Ordinal);
        foreach (KeyValuePair<ulong, string> helper in ids)
        {
            string name = Identifier.Pascal(helper.Value);
            if (!Identifier.IsValid(name) || name == "HelperId" || !used.Add(name))
                continue;
            if (!own.Contains(helper.Value))
                code.Line("[NotInRelease(\"bpf_" + helper.Value + "\")]");
            code.Format($"public const int {name} = {helper.Key};");
        }
        code.Close().Line();
        code.Lines("""
            /// <summary>Marks what other releases have and this one lacks.</summary>
            /// <param name="symbol">Its name in the kernel.</param>
            [AttributeUsage(AttributeTargets.Field)]
            internal sealed class NotInReleaseAttribute(string symbol) : Attribute
            {
                /// <summary>Its name in the kernel.</summary>
                public string Symbol { get; } = symbol;
            }
            """);
        return code.ToString();
    }
}
