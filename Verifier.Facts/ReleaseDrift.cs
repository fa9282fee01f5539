using System.Globalization;
using System.Text;

namespace BpfVerifier.Facts;

/// <summary>What is different in a release from an older one.</summary>
/// <param name="From">The older release.</param>
/// <param name="FromVersion">With its patch level.</param>
/// <param name="To">The newer release.</param>
/// <param name="ToVersion">With its patch level.</param>
/// <param name="Sections">By kind of symbol.</param>
public sealed record ReleaseDrift(string From, string FromVersion, string To, string ToVersion, IReadOnlyList<DriftSection> Sections)
{
    /// <summary>Compares two releases in everything <see cref="AbiDocument"/> tells.</summary>
    public static ReleaseDrift Between(AbiDocument from, AbiDocument to)
    {
        CatalogDocument catalog = CatalogBuilder.Build([from, to]);
        return Between(from, to,
        [
            Of("helpers", catalog.Helpers, to.Release),
            Of("kfuncs", catalog.Kfuncs, to.Release) with { IsKnown = from.Kfuncs is not null && to.Kfuncs is not null },
            Of("program types", catalog.ProgramTypes, to.Release),
            Of("map types", catalog.MapTypes, to.Release),
            Of("attach types", catalog.AttachTypes, to.Release),
            Compare("context accesses", Accesses(from), Accesses(to)),
            Compare("struct_ops members", Members(from), Members(to)),
            Compare("LSM hooks", Hooks(from), Hooks(to)),
            Compare("raw tracepoints", from.RawTracepoints, to.RawTracepoints),
        ]);
    }

    /// <summary>The named structures and unions alone, as the two kernels have them; one that neither has is left out.</summary>
    public static ReleaseDrift OfTypes(AbiDocument from, BtfSymbols fromTypes, AbiDocument to, BtfSymbols toTypes, IEnumerable<string> names)
    {
        string[] wanted = [.. names];
        AbiDocument Only(AbiDocument release, BtfSymbols types) => release with
        {
            Structs = new(wanted.Where(types.Structs.ContainsKey).Distinct(StringComparer.Ordinal).ToDictionary(n => n, n => types.Struct(types.Structs[n])), StringComparer.Ordinal),
        };
        return Between(from, to, [Of("types", CatalogBuilder.Build([Only(from, fromTypes), Only(to, toTypes)]).Structs, to.Release)]);
    }

    private static ReleaseDrift Between(AbiDocument from, AbiDocument to, IReadOnlyList<DriftSection> sections) =>
        new(from.Release, from.Version, to.Release, to.Version, sections);

    /// <summary>For people: a line a kind of symbol, and the names.</summary>
    public string Text()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"drift from {From} ({FromVersion}) to {To} ({ToVersion}):\n");
        foreach (DriftSection section in Sections)
        {
            text.Append(CultureInfo.InvariantCulture, $"  {section.Title}: {section.Counts}\n");
            foreach (DriftKind kind in Enum.GetValues<DriftKind>())
                Names(text, kind, [.. section.Entries.Where(e => e.Kind == kind).Select(e => e.Name)]);
        }
        return text.ToString();
    }

    private static void Names(StringBuilder text, DriftKind kind, List<string> names)
    {
        if (names.Count > 0)
            text.Append("    ").Append(kind.Sign()).Append(' ').AppendJoin(names.Any(name => name.Contains(' ', StringComparison.Ordinal)) ? ", " : " ", names).Append('\n');
    }

    private static DriftSection Of(string title, SortedDictionary<string, CatalogEntry> entries, string release) => new(title,
    [
        .. from entry in entries
           let changed = entry.Value.Changed?.GetValueOrDefault(release)
           where entry.Value.Since == release || entry.Value.Removed == release || changed is not null
           select entry.Value.Since == release ? new DriftEntry(DriftKind.Added, entry.Key, [])
               : entry.Value.Removed == release ? new DriftEntry(DriftKind.Removed, entry.Key, [])
               : new DriftEntry(DriftKind.Changed, entry.Key, changed!),
    ]);

    private static DriftSection Compare(string title, SortedDictionary<string, string>? from, SortedDictionary<string, string>? to) => from is null || to is null ? new(title, []) { IsKnown = false } : new(title,
    [
        .. to.Keys.Except(from.Keys, StringComparer.Ordinal).Select(name => new DriftEntry(DriftKind.Added, name, [])),
        .. from.Keys.Except(to.Keys, StringComparer.Ordinal).Select(name => new DriftEntry(DriftKind.Removed, name, [])),
        .. from.Where(f => to.TryGetValue(f.Key, out string? now) && now != f.Value)
            .Select(f => new DriftEntry(DriftKind.Changed, f.Key, [$"{f.Value} -> {to[f.Key]}"])),
    ]);

    // "XDP r 4@0" → what it gives; in whole fields, since nobody reads a list of single bytes: the widest access at an offset stands for it.
    private static SortedDictionary<string, string>? Accesses(AbiDocument release)
    {
        if (release.ProgramTypes is null)
            return null;
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

    private static SortedDictionary<string, string>? Members(AbiDocument release)
    {
        if (release.StructOps is null)
            return null;
        var members = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach ((string name, StructOpsInfo ops) in release.StructOps)
        {
            foreach ((string member, StructOpsMember info) in ops.Members)
                members.Add($"{name}.{member}", $"{info.Refused} {info.RefusedSleepable}");
        }
        return members;
    }

    private static SortedDictionary<string, string>? Hooks(AbiDocument release)
    {
        if (release.BtfSets is null)
            return null;
        SortedSet<string> sleepable = release.BtfSets.GetValueOrDefault("sleepable_lsm_hooks") ?? release.BtfSets.GetValueOrDefault("btf_sleepable_lsm_hooks") ?? [];
        SortedSet<string> disabled = release.BtfSets.GetValueOrDefault("bpf_lsm_disabled_hooks") ?? [];
        return new(release.BtfSets.GetValueOrDefault("bpf_lsm_hooks")?.ToDictionary(
            hook => hook, hook => disabled.Contains(hook) ? "disabled" : sleepable.Contains(hook) ? "sleepable" : "not sleepable") ?? [], StringComparer.Ordinal);
    }
}

/// <summary>One kind of symbol.</summary>
/// <param name="Title">Its name in the plural, as reports and options write it.</param>
/// <param name="Entries">What is different, by name within each kind of change or over all of them.</param>
public sealed record DriftSection(string Title, IReadOnlyList<DriftEntry> Entries)
{
    /// <summary>Whether both releases tell of this kind of symbol; if not, there are no entries that mean anything.</summary>
    public bool IsKnown { get; init; } = true;

    /// <summary>In a word: <c>+2 -0 ~1</c>, or <c>unknown</c>.</summary>
    public string Counts => IsKnown
        ? string.Create(CultureInfo.InvariantCulture, $"+{Count(DriftKind.Added)} -{Count(DriftKind.Removed)} ~{Count(DriftKind.Changed)}")
        : "unknown, since not both kernels' images were read";

    /// <summary>How many came, went or changed.</summary>
    public int Count(DriftKind kind) => Entries.Count(e => e.Kind == kind);
}

/// <summary>A symbol that is different.</summary>
/// <param name="Kind">How.</param>
/// <param name="Name">Name as in <c>abi.json</c>.</param>
/// <param name="Details">For a change what it is, as in <c>catalog.json</c>: <c>size 184 -> 192</c>, <c>+XDP</c>.</param>
public sealed record DriftEntry(DriftKind Kind, string Name, IReadOnlyList<string> Details);

/// <summary>How a symbol is different.</summary>
public enum DriftKind
{
    /// <summary>Only the newer release has it.</summary>
    Added,
    /// <summary>Only the older release has it.</summary>
    Removed,
    /// <summary>Both have it, not the same.</summary>
    Changed,
}

/// <summary>Signs of <see cref="DriftKind"/>.</summary>
public static class DriftKinds
{
    /// <summary><c>+</c>, <c>-</c> or <c>~</c>.</summary>
    public static char Sign(this DriftKind kind) => kind switch { DriftKind.Added => '+', DriftKind.Removed => '-', _ => '~' };
}
