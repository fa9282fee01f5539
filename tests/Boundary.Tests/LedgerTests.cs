using Xunit;

namespace BpfVerifier.Boundary.Tests;

public sealed class LedgerTests : IDisposable
{
    private const string A = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    private const string B = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
    private const string D = "dddddddddddddddddddddddddddddddddddddddd";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private static string Entry(string name, string? commit, string needs, string files) =>
        $$"""{"name":"{{name}}","summary":"x","commit":{{(commit is null ? "null" : $"\"{commit}\"")}},"subject":null,"kind":"fix","since":"6.2","stable":{},"needs":[{{needs}}],"files":[{{files}}]}""";

    private IReadOnlyList<LedgerChange> Read(params string[] entries)
    {
        folder.File("ledger.json", $$"""{"changes":[{{string.Join(',', entries)}}]}""");
        Assert.Null(LedgerChanges.Read(folder.Path, out IReadOnlyList<LedgerChange> changes));
        return changes;
    }

    private IReadOnlyList<LedgerChange> Five() => Read(
        Entry("One", A, "", "\"kernel/bpf/verifier.c\""),
        Entry("Two", A, "\"bpf_new\"", "\"kernel/bpf/verifier.c\",\"kernel/bpf/core.c\""),
        Entry("Three", B, "\"bpf_new\",\"struct_new\"", "\"kernel/bpf/verifier.c\",\"tools/testing/selftests/bpf/x.c\""),
        Entry("Four", null, "", "\"kernel/bpf/btf.c\""),
        Entry("Five", D, "", ""));

    [Fact]
    public void EntriesOfOneCommit_AreOneCommit_AndThoseWithoutAreNamed()
    {
        LedgerMeasurement measured = LedgerMeasurement.Of(Five(), [], HandMade.Scope, 10);
        Assert.Equal([A, B], measured.Commits.Select(commit => commit.Hash));
        Assert.Equal(1, measured.InsideByFile);
        Assert.Equal([(HandMade.C, 1, 2)], measured.FileGrowth.Select(s => (s.Member, s.Unlocked.Count, s.Inside)));
        Assert.Equal(["Four"], measured.WithoutCommit);
        Assert.Equal(["Five"], measured.WithoutFiles);
    }

    [Fact]
    public void Symbols_AreRankedByWhatTheyUnlock()
    {
        LedgerMeasurement measured = LedgerMeasurement.Of(Five(), [], HandMade.Scope, 10);
        Assert.Equal(3, measured.InsideBySymbol);
        Assert.Equal([("bpf_new", 2, 1, 2), ("struct_new", 1, 0, 1)], measured.Symbols.Select(s => (s.Symbol, s.Changes.Count, s.Alone, s.Commits)));
        Assert.Equal([("bpf_new", "Two"), ("struct_new", "Three")], measured.SymbolGrowth.Select(s => (s.Member, string.Join(' ', s.Unlocked.Select(i => measured.Changes[i].Name)))));
    }

    [Fact]
    public void FilesOfADataSet_GoBeforeTheLedgersOwn()
    {
        Commit[] known = [new(B, "", true, [Scope.Verifier, HandMade.L]), new(D, "", true, [Scope.Verifier])];
        LedgerMeasurement measured = LedgerMeasurement.Of(Five(), known, HandMade.Scope, 10);
        Assert.Equal(2, measured.FilesFromDataSet);
        Assert.Equal(["Three", "Five"], measured.FilesDiffer);
        Assert.Empty(measured.WithoutFiles);
        Assert.Equal([HandMade.L], measured.Commits.Single(commit => commit.Hash == B).Outside);
        Assert.Equal(1, measured.InsideByFile);
    }

    [Fact]
    public void EmbeddedLedger_IsTheRepositorys()
    {
        string root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "Directory.Packages.props")))
            root = Path.GetDirectoryName(root)!;
        Assert.Null(LedgerChanges.Read(Path.Combine(root, "Verifier.Runtime", "Changes"), out IReadOnlyList<LedgerChange> files));
        Assert.Null(LedgerChanges.Read(null, out IReadOnlyList<LedgerChange> embedded));
        Assert.NotEmpty(embedded);
        Assert.Equal(files.Select(change => (change.Name, change.Commit)).Order(), embedded.Select(change => (change.Name, change.Commit)).Order());
    }

    [Theory]
    [InlineData("{\"changes\":[{\"name\":\"X\",\"kind\":\"fix\"}]}", ":1:37:", "no 'since'")]
    [InlineData("{\"changes\":[{\"commit\":\"553a64a85c5d\"}]}", ":1:23:", "a commit's full name")]
    [InlineData("{\"entries\":[]}", ":1:14:", "there are no 'changes'")]
    [InlineData("{\"changes\":[{\"name\":\"X\",\"kind\":\"\",\"since\":\"\"},{\"name\":\"X\",\"kind\":\"\",\"since\":\"\"}]}", ":1:79:", "'X' occurs twice")]
    public void Mistake_IsNamedWithItsPlace(string text, string place, string reason)
    {
        string path = folder.File("ledger.x.json", text);
        string? problem = LedgerChanges.Read(folder.Path, out IReadOnlyList<LedgerChange> changes);
        Assert.StartsWith(path + place, problem);
        Assert.Contains(reason, problem, StringComparison.Ordinal);
        Assert.Empty(changes);
    }

    [Fact]
    public void FolderWithoutALedger_IsSaid()
    {
        Assert.Contains("holds no ledger*.json", LedgerChanges.Read(folder.Path, out _), StringComparison.Ordinal);
        Assert.Contains("is not a folder", LedgerChanges.Read(Path.Combine(folder.Path, "none"), out _), StringComparison.Ordinal);
    }
}
