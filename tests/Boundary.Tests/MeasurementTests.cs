using Xunit;

namespace BpfVerifier.Boundary.Tests;

public class MeasurementTests
{
    private readonly Measurement measured = Measurement.Of(HandMade.History(), HandMade.Scope, 10);

    [Fact]
    public void Commits_AreCountedAsByHand()
    {
        Assert.Equal(8, measured.Commits);
        Assert.Equal(3, measured.Inside);
        Assert.Equal(2, measured.InsideFixes);
        Assert.Equal(3, measured.MultiFileFixes);
        Assert.Equal(2, measured.OutsideFixes);
    }

    [Fact]
    public void Patchsets_CountEachCommitOnce_AndOnlySetsThatTouchTheVerifier()
    {
        Assert.Equal(5, measured.Patchsets);
        Assert.Equal(8, measured.PatchsetCommits);
        Assert.Equal(3, measured.PatchsetInside);
        Assert.Equal(3, measured.MixedPatchsets);
        Assert.Equal(1, measured.InsidePatchsets);
    }

    [Fact]
    public void FilesChangedTogether_AreRanked()
    {
        Assert.Equal([new SharedFile(HandMade.H, 3, 1, 2), new(HandMade.C, 2, 1, 0), new(HandMade.L, 1, 0, 1), new(HandMade.U, 1, 1, 0)], measured.Together);
        Assert.Equal(measured.Together[0], measured.Companion);
    }

    [Fact]
    public void Growth_TakesTheFileThatUnlocksMost_GivenThoseBefore()
    {
        Assert.Equal([(HandMade.H, 2, 5), (HandMade.C, 1, 6), (HandMade.U, 1, 7), (HandMade.L, 1, 8)], measured.Growth.Select(s => (s.Member, s.Unlocked.Count, s.Inside)));
        Assert.Equal("subject of c6", measured.Touching[measured.Growth[1].Unlocked[0]].Subject);
    }

    [Fact]
    public void FilesPerCommitAndSets_LeaveSelftestsOut()
    {
        Assert.Equal([(1, 3), (2, 3), (3, 2)], measured.FilesPerCommit);
        Assert.Equal([("", 3), (HandMade.H, 2)], measured.Sets.Take(2).Select(set => (string.Join(' ', set.Files), set.Commits)));
    }

    [Fact]
    public void SelftestsCounted_MoveACommitOutside()
    {
        Measurement all = Measurement.Of(HandMade.History(), new Scope([Scope.Verifier], []), 1);
        Assert.Equal((2, 1, 3, 3), (all.Inside, all.InsideFixes, all.MultiFileFixes, all.OutsideFixes));
    }

    [Fact]
    public void WiderTarget_TakesItsCommitsIn()
    {
        Measurement wide = Measurement.Of(HandMade.History(), new Scope([Scope.Verifier, HandMade.H], [Scope.Selftests]), 1);
        Assert.Equal((8, 5), (wide.Commits, wide.Inside));
    }

    [Theory]
    [InlineData("kernel/bpf", "kernel/bpf/verifier.c", true)]
    [InlineData("kernel/bpf/", "kernel/bpf/verifier.c", true)]
    [InlineData("./kernel/bpf/verifier.c", "kernel/bpf/verifier.c", true)]
    [InlineData("kernel/bpf/verifier", "kernel/bpf/verifier.c", false)]
    [InlineData("kernel/bpf/verifier.c", "kernel/bpf", false)]
    public void Target_IsAFileOrAFolder(string target, string file, bool inside) => Assert.Equal(inside, new Scope([target], []).IsTarget(file));

    [Fact]
    public void NothingToMeasure_IsAllZero()
    {
        Measurement nothing = Measurement.Of(new History("", "", null, [], []), HandMade.Scope, 5);
        Assert.Equal((0, 0, 0, 0), (nothing.Commits, nothing.Inside, nothing.Patchsets, nothing.Growth.Count));
        Assert.Null(nothing.Companion);
    }

    [Fact]
    public void Growth_GoesOn_WhereTwoFilesAreOnlyUsefulTogether()
    {
        IReadOnlyList<GrowthStep> steps = Growth.Steps([["a", "b"], ["a", "c"], []], 10);
        Assert.Equal([("a", 0, 1), ("b", 1, 2), ("c", 1, 3)], steps.Select(s => (s.Member, s.Unlocked.Count, s.Inside)));
        Assert.Single(Growth.Steps([["a"], ["b"]], 1));
    }
}
