using System.CommandLine;
using System.Globalization;
using BpfVerifier.HeaderIngest.Abi;
using BpfVerifier.HeaderIngest.Image;

namespace BpfVerifier.HeaderIngest.Facts;

/// <summary><c>facts</c>: reads a kernel image and says what it found, and how that agrees with facts read in another way.</summary>
public static class FactsCommand
{
    private const int MostShown = 20;

    /// <summary>What was found, by section.</summary>
    /// <param name="facts">What the kernel's own functions say.</param>
    /// <param name="tables">Its tables.</param>
    /// <param name="writer">Where to.</param>
    public static void Summarize(KernelFacts facts, KernelTables tables, TextWriter writer)
    {
        void Line(string what, int count) => writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{count,7} {what}"));
        Line("helpers", facts.HelperIds.Count);
        Line("prototypes", facts.Protos.Count);
        Line("program types", facts.VerifierOps.Count);
        Line("pairs of program type and helper", facts.Helpers.Sum(t => t.Value.Count));
        Line("context accesses", facts.Context.Sum(t => t.Value.Count));
        Line("context rules (runs)", facts.Context.Sum(t => ContextRuns.Fold(t.Value).Count));
        if (facts.Varies is { } varies)
        {
            Line("helpers that differ by attach type, sleeping or capability", varies.Sum(t => t.Value.Sum(v => v.Value.Helpers?.Count ?? 0)));
            Line("context rules by attach type or capability", varies.Sum(t => t.Value.Sum(v => v.Value.Ctx?.Count ?? 0)));
        }
        Line("sets of kfuncs registered", facts.Kfuncs.Sum(t => t.Value.Count));
        Line("kfuncs", facts.Kfuncs.Values.SelectMany(sets => sets).SelectMany(set => set.Kfuncs.Keys).Distinct(StringComparer.Ordinal).Count());
        SortedDictionary<string, SortedSet<string>> sets = tables.Sets();
        Line("LSM hooks", sets.GetValueOrDefault("bpf_lsm_hooks")?.Count ?? 0);
        Line("of these where programs may sleep", sets.GetValueOrDefault("sleepable_lsm_hooks")?.Count ?? 0);
        Line("raw tracepoints", tables.RawTracepoints().Count);
        Line("structures of struct_ops", facts.StructOps?.Count ?? 0);
        Line("members of these", facts.StructOps?.Sum(s => s.Value.Members.Count) ?? 0);
        Line("gates open", facts.Gates?.Count ?? 0);
        Line("unknown", facts.Unknown.Count);
        foreach (string unknown in facts.Unknown.Take(MostShown))
            writer.WriteLine($"        {unknown}");
    }

    /// <summary>The agreement of two readings, with the first differences of each section.</summary>
    /// <returns>Whether all is the same.</returns>
    public static bool Compare(KernelFacts image, KernelFacts file, TextWriter writer)
    {
        bool same = true;
        foreach (SectionAgreement section in FactsComparison.Compare(image, file))
        {
            writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{section.Section}: {section.Agree} of {section.Agree + section.Differences.Count} agree"));
            foreach (string difference in section.Differences.Take(MostShown))
                writer.WriteLine("    " + difference);
            same &= section.Differences.Count == 0;
        }
        return same;
    }
}
