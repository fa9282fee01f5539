using BpfVerifier.Facts;

namespace BpfVerifier.Drift.Tests;

/// <summary>What differs between two releases.</summary>
public sealed class ReleaseDriftTests
{
    [Fact]
    public void A_release_does_not_differ_from_its_own_facts()
    {
        foreach (KernelView kernel in Kernels.All)
            Assert.All(ReleaseDrift.Between(kernel.Facts, kernel.Facts with { Release = "99.0" }).Sections, section => Assert.Empty(section.Entries));
    }

    [Fact]
    public void Helpers_that_came_are_those_the_newer_list_has_more()
    {
        foreach ((KernelView from, KernelView to) in Kernels.All.Zip(Kernels.All.Skip(1)))
        {
            DriftSection helpers = ReleaseDrift.Between(from.Facts, to.Facts).Sections.Single(s => s.Title == "helpers");
            Assert.Equal(to.Facts.Helpers.Keys.Except(from.Facts.Helpers.Keys).Order(StringComparer.Ordinal),
                helpers.Entries.Where(e => e.Kind == DriftKind.Added).Select(e => e.Name).Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public void A_type_tells_its_size_and_members()
    {
        (KernelView from, KernelView to) = (Kernels.All[0], Kernels.All[^1]);
        var older = new BtfSymbols(from.Types);
        var newer = new BtfSymbols(to.Types);
        DriftEntry entry = Assert.Single(Assert.Single(ReleaseDrift.OfTypes(from.Facts, older, to.Facts, newer, ["task_struct", "no such type"]).Sections).Entries);
        StructInfo was = older.Struct(older.Structs["task_struct"]), now = newer.Struct(newer.Structs["task_struct"]);
        Assert.Equal(DriftKind.Changed, entry.Kind);
        Assert.Contains($"size {was.Size} -> {now.Size}", entry.Details);
        foreach (string member in now.Members.Select(m => m.Name).Except(was.Members.Select(m => m.Name)))
            Assert.Contains("+" + member, entry.Details);
    }

    [Fact]
    public void Everything_the_catalogue_lists_of_the_newest_release_is_in_its_facts()
    {
        KernelView newest = Kernels.All[^1];
        // Only then are the facts of the newest release at hand.
        if (newest.Name != KnownSymbols.Catalog.Releases[^1])
            return;
        Assert.Equal(newest.Facts.Helpers.Keys, KnownSymbols.Catalog.Helpers.Where(h => h.Value.Removed is null).Select(h => h.Key));
        Assert.Equal("since 6.1", KnownSymbols.Life(KnownSymbols.Catalog.Helpers, "loop"));
        Assert.Equal("in 5.10", KnownSymbols.Life(KnownSymbols.Catalog.Helpers, "bind"));
        Assert.Equal("no known release has it", KnownSymbols.Life(KnownSymbols.Catalog.Helpers, "no such helper"));
    }
}
