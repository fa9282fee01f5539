namespace BpfVerifier.Generator.Model;

/// <summary>When a change holds on this release's kernels.</summary>
internal enum ChangeRule
{
    /// <summary>On all of them: mainline had it before the release.</summary>
    Always,
    /// <summary>On stock kernels from a patch level on, and on modular ones.</summary>
    FromPatch,
    /// <summary>On modular kernels: all it needs is there.</summary>
    Modular,
    /// <summary>On none: it needs what the release lacks.</summary>
    Never,
}

/// <summary>A change as this release sees it.</summary>
/// <param name="Change">The change.</param>
/// <param name="Rule">When it holds.</param>
/// <param name="Patch">First patch level that has it, for <see cref="ChangeRule.FromPatch"/>.</param>
/// <param name="Missing">What it needs and the release lacks, for <see cref="ChangeRule.Never"/>; members of a struct with the struct's first release.</param>
internal sealed record ResolvedChange(ChangeModel Change, ChangeRule Rule, int Patch, EquatableArray<CatalogSymbol> Missing);

/// <summary>All changes, ordered by name.</summary>
internal sealed record ChangePlan(EquatableArray<ResolvedChange> Changes, EquatableArray<string> FileNames);

/// <summary>What a release has that a change may need.</summary>
internal sealed record SymbolsModel(ReleaseNumber Release, EquatableArray<string> Names)
{
    /// <summary>Helpers, kfuncs, enumerators, macros, structs and their members as <c>struct.member</c>, gates.</summary>
    public static SymbolsModel From(ReleaseModel release)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        names.UnionWith(release.Helpers.Names.Select(h => "bpf_" + h.Name));
        names.UnionWith(release.Kfuncs.Sets.SelectMany(s => s.Kfuncs).Select(k => k.Name));
        names.UnionWith(release.Enums.SelectMany(e => e.Values).Select(v => v.Name));
        names.UnionWith(release.Macros.Select(m => m.Name));
        names.UnionWith(release.Structs.Select(s => s.Name));
        names.UnionWith(release.Structs.SelectMany(s => s.Members.Select(m => s.Name + "." + m.Name)));
        names.UnionWith(release.Image.Gates);
        return new SymbolsModel(release.Identity.Release, names.ToEquatable());
    }
}
