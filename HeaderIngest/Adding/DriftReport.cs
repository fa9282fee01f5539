using System.Globalization;
using System.Text;
using BpfVerifier.HeaderIngest.Abi;
using BpfVerifier.HeaderIngest.Catalog;

namespace BpfVerifier.HeaderIngest.Adding;

/// <summary>What is different in a release from an older one: a line a kind of symbol, and the names.</summary>
public static class DriftReport
{
    private sealed record Drift(string Kind, List<string> Added, List<string> Removed, List<string> Changed);

    /// <summary>The report's text.</summary>
    public static string Write(AbiDocument from, AbiDocument to)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"drift from {from.Release} ({from.Version}) to {to.Release} ({to.Version}):\n");
        CatalogDocument catalog = CatalogBuilder.Build([from, to]);
        Drift[] all =
        [
            Of("helpers", catalog.Helpers, to.Release),
            Of("kfuncs", catalog.Kfuncs, to.Release),
            Of("program types", catalog.ProgramTypes, to.Release),
            Of("map types", catalog.MapTypes, to.Release),
            Of("attach types", catalog.AttachTypes, to.Release),
            Compare("context accesses", Accesses(from), Accesses(to)),
            Compare("struct_ops members", Members(from), Members(to)),
        ];
        foreach (Drift drift in all)
        {
            text.Append(CultureInfo.InvariantCulture, $"  {drift.Kind}: +{drift.Added.Count} -{drift.Removed.Count} ~{drift.Changed.Count}\n");
            Names(text, '+', drift.Added);
            Names(text, '-', drift.Removed);
            Names(text, '~', drift.Changed);
        }
        return text.ToString();
    }

    private static Drift Of(string kind, SortedDictionary<string, CatalogEntry> entries, string release) => new(
        kind,
        [.. entries.Where(e => e.Value.Since == release).Select(e => e.Key)],
        [.. entries.Where(e => e.Value.Removed == release).Select(e => e.Key)],
        [.. entries.Where(e => e.Value.Changed?.ContainsKey(release) == true).Select(e => e.Key)]);

    private static Drift Compare(string kind, SortedDictionary<string, string> from, SortedDictionary<string, string> to) => new(
        kind,
        [.. to.Keys.Except(from.Keys, StringComparer.Ordinal)],
        [.. from.Keys.Except(to.Keys, StringComparer.Ordinal)],
        [.. from.Where(f => to.TryGetValue(f.Key, out string? now) && now != f.Value).Select(f => f.Key)]);

    // "XDP r 4@0" → what it gives; in whole fields, since nobody reads a list of single bytes: the widest access at an offset stands for it.
    private static SortedDictionary<string, string> Accesses(AbiDocument release)
    {
        var accesses = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach ((string type, ProgramTypeInfo info) in release.ProgramTypes)
        {
            foreach (IGrouping<(char Access, int Offset), ContextAccess> place in ContextRuns.Unfold(info.Ctx ?? []).GroupBy(a => (a.Access, a.Offset)))
            {
                ContextAccess widest = place.MaxBy(a => a.Size);
                if (widest.Offset % widest.Size == 0 && widest.Size >= 4)
                    accesses.Add(string.Create(CultureInfo.InvariantCulture, $"{type} {widest.Access} {widest.Size}@{widest.Offset}"), $"{widest.RegisterType} {widest.FieldSize}");
            }
        }
        return accesses;
    }

    private static SortedDictionary<string, string> Members(AbiDocument release)
    {
        var members = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach ((string name, StructOpsInfo ops) in release.StructOps ?? [])
        {
            foreach ((string member, StructOpsMember info) in ops.Members)
                members.Add($"{name}.{member}", $"{info.Refused} {info.RefusedSleepable}");
        }
        return members;
    }

    private static void Names(StringBuilder text, char sign, List<string> names)
    {
        if (names.Count > 0)
            text.Append("    ").Append(sign).Append(' ').AppendJoin(names.Any(name => name.Contains(' ', StringComparison.Ordinal)) ? ", " : " ", names).Append('\n');
    }
}
