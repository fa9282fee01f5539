using System.Text;
using BpfVerifier.Boundary.DataSet;
using BpfVerifier.Boundary.Git;

namespace BpfVerifier.Boundary;

/// <summary>A history read out of a git repository by the git program.</summary>
public static class GitRange
{
    /// <summary>Reads the commits of a range that change a target, and the patchsets that hold such commits.</summary>
    /// <param name="repository">A folder of a repository, with or without work tree.</param>
    /// <param name="range"><c>A..B</c>: what B has and A has not; <c>A..</c> ends at HEAD.</param>
    /// <param name="scope">The files asked about.</param>
    /// <param name="history">The history, null when there is a problem.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <returns>Null, or what is wrong and what to do.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static string? Read(string repository, string range, Scope scope, out History? history, CancellationToken cancellation = default) =>
        Read(repository, range, scope, Environment.GetEnvironmentVariable("PATH"), out history, cancellation);

    internal static string? Read(string repository, string range, Scope scope, string? path, out History? history, CancellationToken cancellation)
    {
        history = null;
        try
        {
            history = Read(repository, range, scope, path, cancellation);
            return null;
        }
        catch (InputException e)
        {
            return e.Message;
        }
        catch (IOException e)
        {
            return $"git's output cannot be read: {e.Message}";
        }
    }

    private static History Read(string repository, string range, Scope scope, string? path, CancellationToken cancellation)
    {
        string executable = GitProgram.Find(path) ?? throw new InputException("the git program is not in PATH: install git");
        string shown = Printable.Of(repository);
        if (!Directory.Exists(repository))
            throw new InputException($"{shown} is not a folder: give the folder of a clone");
        var anywhere = new GitProgram(executable, Path.GetFullPath(repository), null, cancellation);
        if (!anywhere.TryLine(["rev-parse", "--absolute-git-dir"], out string found))
            throw new InputException($"{shown} is not a git repository that can be read: git says '{found}'");
        GitProgram git = anywhere.In(found);

        (string start, string end) = Ends(range);
        string from = Resolve(git, start, range);
        string to = Resolve(git, end, range);
        string[] revisions = [to, "^" + from];
        MergeGraph graph = MergeGraph.Read(git, revisions);
        if (graph.Count == 0)
            throw new InputException($"{Printable.Of(range)} is empty: {Printable.Of(end)} has no commit that {Printable.Of(start)} has not; is the order right?");
        RefuseShallow(git, graph, range);

        string[] limited = [.. revisions, "--", .. scope.Targets];
        List<Commit> commits = Log(git, ["--no-merges", "--full-diff", .. limited], null);
        if (commits.Count == 0)
            throw new InputException($"no commit of {Printable.Of(range)} changes {Printable.Of(string.Join(" or ", scope.Targets))}: are the paths those from the repository's root?");
        return new History(Path.GetFileName(Path.GetFullPath(repository).TrimEnd(Path.DirectorySeparatorChar)), range, null, commits, Patchsets(git, graph, limited));
    }

    private static (string Start, string End) Ends(string range)
    {
        int dots = range.IndexOf("..", StringComparison.Ordinal);
        if (dots <= 0 || range.Contains("...", StringComparison.Ordinal) || range.Any(char.IsControl))
            throw new InputException($"'{JsonCursor.Short(range)}' is not a range: write A..B, as in v6.3..v6.13");
        string end = range[(dots + 2)..];
        return (range[..dots], end.Length == 0 ? "HEAD" : end);
    }

    private static string Resolve(GitProgram git, string revision, string range)
    {
        // One that begins with '-' would be an option.
        if (!revision.StartsWith('-') && git.TryLine(["rev-parse", "--verify", "--quiet", revision + "^{commit}"], out string name))
            return name;
        throw new InputException($"'{JsonCursor.Short(revision)}' of {JsonCursor.Short(range)} is no commit of this repository"
            + (Shallow(git).Count > 0 ? ": the clone is shallow and may lack it; git fetch --unshallow --tags completes it" : "; git fetch --tags may bring it"));
    }

    // Of a commit at the edge of a shallow clone git knows no parent: it would seem to change every file there is.
    private static void RefuseShallow(GitProgram git, MergeGraph graph, string range)
    {
        HashSet<string> shallow = Shallow(git);
        shallow.IntersectWith(graph.Names);
        if (shallow.Count > 0)
            throw new InputException($"the clone is shallow, and its history ends within {Printable.Of(range)} (at {shallow.Min()![..12]}): git fetch --unshallow completes it");
    }

    private static HashSet<string> Shallow(GitProgram git)
    {
        var commits = new HashSet<string>();
        if (git.TryLine(["rev-parse", "--git-path", "shallow"], out string file))
        {
            string path = Path.Combine(git.Directory, file);
            if (File.Exists(path) && BoundedFile.Read(path, out byte[] data) is null)
                commits.UnionWith(Encoding.ASCII.GetString(data).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        }
        return commits;
    }

    private static List<Patchset> Patchsets(GitProgram git, MergeGraph graph, string[] limited)
    {
        // All of them: without --full-history git leaves out commits whose change came in by another way too.
        var touching = new HashSet<string>();
        git.Read(["rev-list", "--no-merges", "--full-history", .. limited], null, '\n', line => touching.Add(Encoding.ASCII.GetString(line)));
        List<MergeGraph.Side> sides = [.. graph.Patchsets().Where(side => side.Commits.Any(touching.Contains))];
        if (sides.Count == 0)
            return [];
        IEnumerable<string> wanted = sides.SelectMany(side => side.Commits.Append(side.Merge)).Distinct();
        Dictionary<string, Commit> commits = Log(git, ["--no-walk=unsorted", "--diff-merges=off", "--stdin"], wanted).ToDictionary(commit => commit.Hash);
        return [.. sides.Select(side => new Patchset(side.Merge, commits[side.Merge].Subject, [.. side.Commits.Select(hash => commits[hash])]))];
    }

    private static List<Commit> Log(GitProgram git, string[] arguments, IEnumerable<string>? input)
    {
        var log = new CommitLog();
        git.Read(["log", .. CommitLog.Arguments, .. arguments], input, '\0', log.Take);
        return log.End();
    }
}
