using Xunit;

namespace BpfVerifier.Boundary.Tests;

public sealed class GitRangeTests(GitRangeTests.Filled filled) : IClassFixture<GitRangeTests.Filled>, IDisposable
{
    private const string V = "kernel/v.c";
    private const string H = "include/v.h";

    private static readonly Scope Scope = new([V], [Scope.Selftests]);

    private readonly Lazy<TestRepository> own = new(() => new TestRepository());

    /// <summary>One repository for all tests that do not change it.</summary>
    public sealed class Filled : IDisposable
    {
        public TestRepository Repository { get; } = new();

        public Filled() => Fill(Repository);

        public void Dispose() => Repository.Dispose();
    }

    // A test that changes its repository has one of its own.
    private TestRepository Own => own.Value;

    private TestRepository Common => filled.Repository;

    public void Dispose()
    {
        if (own.IsValueCreated)
            own.Value.Dispose();
    }

    private History Read(string range = "start..", Scope? scope = null, string? at = null)
    {
        Assert.Null(GitRange.Read(at ?? (own.IsValueCreated ? Own : Common).Path, range, scope ?? Scope, out History? history));
        return history!;
    }

    private string Problem(string range = "start..", Scope? scope = null, string? at = null)
    {
        string? problem = GitRange.Read(at ?? (own.IsValueCreated ? Own : Common).Path, range, scope ?? Scope, out History? history);
        Assert.Null(history);
        return problem!;
    }

    private static void Fill(TestRepository repository)
    {
        repository.Commit("one\n\nFixes: 0123456789ab (\"zero\")\nLink: somewhere\n\nnote", V);
        repository.Commit("two: no Fixes: tag here", V, H);
        repository.Commit("not asked for", H);
        repository.Merge("pair", ("pair a", [V]), ("pair b", [H]));
        repository.Merge("alone", ("alone a", [V, "tools/testing/selftests/t.c"]));
        repository.Merge("elsewhere", ("elsewhere a", [H]));
    }

    [Fact]
    public void History_HasTheCommitsThatTouchTheTarget_WithAllTheirFiles()
    {
        History history = Read();
        Assert.Equal(["alone a", "pair a", "two: no Fixes: tag here", "one"], history.Commits.Select(commit => commit.Subject));
        Assert.Equal([true], history.Commits.Where(commit => commit.Subject == "one").Select(commit => commit.IsFix));
        Assert.Equal(1, history.Commits.Count(commit => commit.IsFix));
        Assert.Equal([H, V], history.Commits[2].Files);
        Assert.Equal(Common.Git("rev-parse", "alone"), history.Commits[0].Hash);
    }

    [Fact]
    public void Patchsets_AreMergesThatTouchTheTarget_OldestCommitFirst()
    {
        History history = Read();
        Assert.Equal(["Merge branch 'alone'", "Merge branch 'pair'"], history.Patchsets.Select(set => set.Subject));
        Assert.Equal(["pair a", "pair b"], history.Patchsets[1].Commits.Select(commit => commit.Subject));
        Measurement measured = Measurement.Of(history, Scope, 3);
        Assert.Equal((4, 3, 1, 1), (measured.Commits, measured.Inside, measured.InsideFixes, measured.Companion!.Alone));
        Assert.Equal((2, 3, 2, 1, 1), (measured.Patchsets, measured.PatchsetCommits, measured.PatchsetInside, measured.MixedPatchsets, measured.InsidePatchsets));
    }

    [Fact]
    public void MergeOfAMerge_IsNoPatchset_ButTheMergeInsideIs()
    {
        Own.Git("checkout", "--quiet", "-b", "tree");
        Own.Git("checkout", "--quiet", "-b", "topic");
        Own.Commit("topic a", V);
        Own.Git("checkout", "--quiet", "tree");
        Own.Git("merge", "--quiet", "--no-ff", "--message", "Merge topic", "topic");
        Own.Git("checkout", "--quiet", "main");
        Own.Git("merge", "--quiet", "--no-ff", "--message", "Merge tree", "tree");
        Assert.Equal("Merge topic", Assert.Single(Read().Patchsets).Subject);
    }

    [Fact]
    public void Range_LeavesOutWhatItsStartHas()
    {
        Fill(Own);
        Own.Git("tag", "middle");
        Own.Commit("last", V);
        Assert.Equal(["last"], Read("middle..main").Commits.Select(commit => commit.Subject));
        Assert.Empty(Read("middle..main").Patchsets);
    }

    [Fact]
    public void NamesMayHoldAnything()
    {
        string[] names = ["line\nend", ":100644 100644 colon", "0123456789abcdef0123456789abcdef01234567", "--output=x", "\u001b[31mred", "häß.c", " lead"];
        Own.Commit("subject \u001b[2J with an escape", [.. names, V]);
        Own.Commit("", V);
        Commit commit = Read("start..HEAD").Commits.Single(c => c.Subject.Length > 0);
        Assert.Equal([.. names.Append(V).Order(StringComparer.Ordinal)], commit.Files.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void NameThatIsNotUtf8_StaysDistinct()
    {
        Assert.Equal(["\\xff.c", "\\xfe.c", "ü.c"], [Git.Bytes.Text([0xff, 0x2e, 0x63]), Git.Bytes.Text([0xfe, 0x2e, 0x63]), Git.Bytes.Text("ü.c"u8)]);
    }

    [Fact]
    public void TargetThatLooksLikeAPatternOrOption_IsAPath()
    {
        Own.Commit("star", "kernel/*.c", "--all", ":(top)x");
        Own.Commit("other", V);
        Assert.Equal(["star"], Read(scope: new Scope(["kernel/*.c"], [])).Commits.Select(commit => commit.Subject));
        Assert.Equal(["star"], Read(scope: new Scope(["--all"], [])).Commits.Select(commit => commit.Subject));
        Assert.Equal(["star"], Read(scope: new Scope([":(top)x"], [])).Commits.Select(commit => commit.Subject));
    }

    [Fact]
    public void RenamedFile_IsTwoFiles()
    {
        Own.Commit("made", "old.c");
        Own.Git("mv", "old.c", "new.c");
        Own.Commit("moved", V);
        Assert.Equal([V, "new.c", "old.c"], Read().Commits.Single().Files.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void SubfolderAndBareClone_AreTheSameRepository()
    {
        string bare = Common.Beside("bare");
        Common.Git("clone", "--quiet", "--bare", Common.Path, bare);
        string[] expected = [.. Read().Commits.Select(commit => commit.Hash)];
        Assert.Equal(expected, Read(at: bare).Commits.Select(commit => commit.Hash));
        Assert.Equal(expected, Read(at: Path.Combine(Common.Path, "kernel")).Commits.Select(commit => commit.Hash));
    }

    [Fact]
    public void ConfigurationOfTheRepository_RunsNothingAndChangesNothing()
    {
        Fill(Own);
        // Whoever is asked to show a signature asks a program about it.
        Own.Commit("signed", V);
        string signed = Own.Beside("signed");
        File.WriteAllText(signed, Own.Git("cat-file", "commit", "HEAD").Replace("\n\n", "\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n iQ==\n -----END PGP SIGNATURE-----\n\n", StringComparison.Ordinal) + "\n");
        Own.Git("reset", "--quiet", "--hard", Own.Git("hash-object", "-t", "commit", "-w", signed));
        History before = Read();
        string witness = Own.Beside("witness");
        string program = Own.Beside("program");
        File.WriteAllText(program, $"#!/bin/sh\necho \"$0 $*\" >> '{witness}'\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        foreach (string setting in (string[])["core.fsmonitor", "core.pager", "pager.log", "diff.external", "gpg.program", "core.sshCommand", "diff.hostile.textconv", "core.editor"])
            Own.Git("config", setting, program);
        File.WriteAllText(Path.Combine(Own.Path, ".git", "info", "attributes"), "* diff=hostile\n");
        foreach ((string name, string value) in ((string, string)[])[("log.showSignature", "true"), ("log.follow", "true"), ("diff.renames", "copies"), ("color.ui", "always"), ("format.pretty", "oneline"), ("diff.orderFile", "/nowhere"), ("log.showRoot", "false"), ("core.quotePath", "true")])
            Own.Git("config", name, value);
        History after = Read();
        Assert.Equal(before.Commits.Select(Words), after.Commits.Select(Words));
        Assert.Equal(before.Patchsets.Select(set => set.MergeHash), after.Patchsets.Select(set => set.MergeHash));
        Assert.False(File.Exists(witness), "git ran a program the repository named");

        static string Words(Commit commit) => $"{commit.Hash} {commit.Subject} {commit.IsFix} {string.Join(' ', commit.Files)}";
    }

    [Fact]
    public void EnvironmentOfTheCaller_PointsGitNowhereElse()
    {
        int expected = Read().Commits.Count;
        Environment.SetEnvironmentVariable("GIT_DIR", Common.Beside("nowhere"));
        try
        {
            Assert.Equal(expected, Read().Commits.Count);
        }
        finally
        {
            Environment.SetEnvironmentVariable("GIT_DIR", null);
        }
    }

    [Fact]
    public void EmptyRange_IsSaid()
    {
        Assert.Contains("main..start is empty: start has no commit that main has not", Problem("main..start"), StringComparison.Ordinal);
        Assert.Contains("no commit of start.. changes kernel/none.c", Problem(scope: new Scope(["kernel/none.c"], [])), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("start")]
    [InlineData("..main")]
    [InlineData("start...main")]
    [InlineData("")]
    [InlineData("a\n..b")]
    public void RangeOfAnotherForm_IsRefused(string range) => Assert.Contains("is not a range: write A..B", Problem(range), StringComparison.Ordinal);

    [Theory]
    [InlineData("nowhere..main", "'nowhere' of nowhere..main is no commit")]
    [InlineData("start..--all", "'--all' of start..--all is no commit")]
    [InlineData("--output=x..main", "'--output=x' of")]
    [InlineData("start..main^{tree}", "is no commit")]
    public void UnknownRevision_IsSaid(string range, string reason) => Assert.Contains(reason, Problem(range), StringComparison.Ordinal);

    [Fact]
    public void ShallowClone_IsRefused_WhereItsHistoryEndsWithinTheRange()
    {
        Fill(Own);
        Own.Git("tag", "middle");
        Own.Commit("after", V);
        Own.Commit("last", V);
        string shallow = Own.Beside("shallow");
        Own.Git("clone", "--quiet", "--depth", "3", "file://" + Own.Path, shallow);
        Assert.Contains("shallow", Problem("start..HEAD", at: shallow), StringComparison.Ordinal);
        Own.Git("-C", shallow, "fetch", "--quiet", "--depth", "3", "origin", "tag", "start");
        Assert.Contains("its history ends within start..HEAD", Problem("start..HEAD", at: shallow), StringComparison.Ordinal);
        Assert.Equal(["last"], Read("HEAD~1..HEAD", at: shallow).Commits.Select(commit => commit.Subject));
    }

    [Fact]
    public void NoRepository_NoFolder_NoGit_AreSaid()
    {
        using var empty = new TemporaryFolder();
        Assert.Contains("is not a git repository that can be read: git says 'fatal: not a git repository", Problem(at: empty.Path), StringComparison.Ordinal);
        Assert.Contains("is not a folder", Problem(at: Path.Combine(empty.Path, "none")), StringComparison.Ordinal);
        Assert.Contains("install git", GitRange.Read(Common.Path, "start..", Scope, empty.Path, out _, default), StringComparison.Ordinal);
    }

    [Fact]
    public void GitBesideTheRepository_IsNotRun()
    {
        // Folders of PATH that are not rooted would be looked up in the current folder.
        Assert.Null(Git.GitProgram.Find("." + Path.PathSeparator + "bin"));
        Assert.Null(Git.GitProgram.Find(null));
    }

    [Fact]
    public void DamagedRepository_IsSaid()
    {
        Fill(Own);
        string tree = Own.Git("rev-parse", "HEAD~1^{tree}");
        string path = Path.Combine(Own.Path, ".git", "objects", tree[..2], tree[2..]);
        File.SetAttributes(path, FileAttributes.Normal);
        File.WriteAllText(path, "damaged");
        Assert.StartsWith("git log failed: ", Problem());
    }

    [Fact]
    public void Cancelled_Ends()
    {
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => GitRange.Read(Common.Path, "start..", Scope, out _, cancelled.Token));
    }
}
