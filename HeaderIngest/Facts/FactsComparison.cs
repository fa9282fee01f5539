using BpfVerifier.HeaderIngest.Abi;

namespace BpfVerifier.HeaderIngest.Facts;

/// <summary>How two readings of the same kernel agree, section by section.</summary>
/// <param name="Section">Name of the section.</param>
/// <param name="Agree">Items that are the same in both.</param>
/// <param name="Differences">One line for each other item.</param>
public sealed record SectionAgreement(string Section, int Agree, List<string> Differences);

/// <summary>Compares facts read out of one kernel in two ways.</summary>
public static class FactsComparison
{
    /// <summary>Every section of <paramref name="left"/> beside that of <paramref name="right"/>.</summary>
    public static List<SectionAgreement> Compare(KernelFacts left, KernelFacts right) =>
    [
        Section("helper numbers", Items(left.HelperIds, v => $"{v}"), Items(right.HelperIds, v => $"{v}")),
        Section("prototypes", Items(left.Protos, Text), Items(right.Protos, Text)),
        Section("verifier callbacks", Nested(left.Callbacks, v => v), Nested(right.Callbacks, v => v)),
        Section("verifier tables", Items(left.VerifierOps, v => v), Items(right.VerifierOps, v => v)),
        Section("helpers by program type", Nested(left.Helpers, v => v), Nested(right.Helpers, v => v)),
        Section("context accesses", Accesses(left), Accesses(right)),
        Section("kfuncs by program type", Kfuncs(left), Kfuncs(right)),
    ];

    private static SectionAgreement Section(string name, Dictionary<string, string> left, Dictionary<string, string> right)
    {
        var differences = new List<string>();
        int agree = 0;
        foreach (string key in left.Keys.Union(right.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            string? one = left.GetValueOrDefault(key), other = right.GetValueOrDefault(key);
            if (one == other)
                agree++;
            else
                differences.Add($"{key}: image {one ?? "none"}, file {other ?? "none"}");
        }
        return new SectionAgreement(name, agree, differences);
    }

    private static Dictionary<string, string> Items<T>(IEnumerable<KeyValuePair<string, T>> items, Func<T, string> text) =>
        items.ToDictionary(i => i.Key, i => text(i.Value), StringComparer.Ordinal);

    private static Dictionary<string, string> Nested<T>(SortedDictionary<string, SortedDictionary<string, T>> items, Func<T, string> text) =>
        items.SelectMany(outer => outer.Value.Select(inner => (Key: $"{outer.Key} {inner.Key}", inner.Value))).ToDictionary(i => i.Key, i => text(i.Value), StringComparer.Ordinal);

    private static Dictionary<string, string> Accesses(KernelFacts facts) => facts.Context
        .SelectMany(type => type.Value.Select(a => (Key: $"{type.Key} {a.Access} {a.Size} at {a.Offset}", Value: $"{a.RegisterType} {a.KernelType} field {a.FieldSize}")))
        .ToDictionary(a => a.Key, a => a.Value, StringComparer.Ordinal);

    private static Dictionary<string, string> Kfuncs(KernelFacts facts) => facts.Kfuncs
        .SelectMany(type => type.Value.SelectMany(set => set.Kfuncs.Select(k => (Key: $"{type.Key} {set.Set} {k.Key}", Value: $"[{string.Join(", ", k.Value)}] filter {set.Filter ?? "none"}"))))
        .ToDictionary(k => k.Key, k => k.Value, StringComparer.Ordinal);

    private static string Text(ProtoInfo p) =>
        $"{p.Func}({string.Join(", ", p.Args)}) -> {p.Ret} {p.RetBtf} gpl {p.GplOnly} packet {p.PktAccess} sleep {p.MightSleep} fastcall {p.AllowFastcall} allowed {p.Allowed}";
}
