namespace BpfVerifier.Boundary;

/// <summary>A file outside the boundary that is changed together with the verifier.</summary>
/// <param name="File">Its path.</param>
/// <param name="Commits">Commits that change the verifier and this file, whatever else.</param>
/// <param name="Fixes">Those of them that carry a Fixes tag.</param>
/// <param name="Alone">Those that change nothing else: they would be inside if this file were.</param>
public sealed record SharedFile(string File, int Commits, int Fixes, int Alone);

/// <summary>A set of files that commits change: exactly these, targets and ignored files left out.</summary>
/// <param name="Files">Sorted; empty for the commits inside the boundary.</param>
/// <param name="Commits">How many.</param>
public sealed record FileSet(IReadOnlyList<string> Files, int Commits);

/// <summary>The figures of one history. Ignored files do not count, except where it says so.</summary>
public sealed record Measurement
{
    /// <summary>What was measured.</summary>
    public required History History { get; init; }

    /// <summary>What counts as the verifier and what is left out.</summary>
    public required Scope Scope { get; init; }

    /// <summary>Commits that change the verifier.</summary>
    public required int Commits { get; init; }

    /// <summary>Those that change nothing else: they are inside the boundary.</summary>
    public required int Inside { get; init; }

    /// <summary>Those inside that carry a Fixes tag.</summary>
    public required int InsideFixes { get; init; }

    /// <summary>Fixes that change more than one file, ignored files counted.</summary>
    public required int MultiFileFixes { get; init; }

    /// <summary>Fixes that are not inside.</summary>
    public required int OutsideFixes { get; init; }

    /// <summary>Patchsets that hold a commit which changes the verifier.</summary>
    public required int Patchsets { get; init; }

    /// <summary>All commits of these patchsets, each once.</summary>
    public required int PatchsetCommits { get; init; }

    /// <summary>Those that change the verifier and nothing else.</summary>
    public required int PatchsetInside { get; init; }

    /// <summary>Patchsets that hold both a commit inside the boundary and one that is not.</summary>
    public required int MixedPatchsets { get; init; }

    /// <summary>Patchsets all of whose commits are inside.</summary>
    public required int InsidePatchsets { get; init; }

    /// <summary>Files changed together with the verifier, most often first.</summary>
    public required IReadOnlyList<SharedFile> Together { get; init; }

    /// <summary>Sets of files, most often first.</summary>
    public required IReadOnlyList<FileSet> Sets { get; init; }

    /// <summary>Commits by how many files they change, ascending.</summary>
    public required IReadOnlyList<(int Files, int Commits)> FilesPerCommit { get; init; }

    /// <summary>Which file to take into the boundary next; indices are those of <see cref="Touching"/>.</summary>
    public required IReadOnlyList<GrowthStep> Growth { get; init; }

    /// <summary>The commits that change the verifier, in the history's order.</summary>
    public required IReadOnlyList<Commit> Touching { get; init; }

    /// <summary>The file changed together with the verifier most often, and in how many commits it is the only one; null if there is none.</summary>
    public SharedFile? Companion => Together.Count > 0 ? Together[0] : null;

    /// <summary>Measures a history.</summary>
    /// <param name="history">Commits and patchsets; those that leave the verifier alone are not counted.</param>
    /// <param name="scope">What counts.</param>
    /// <param name="steps">How many steps of growth to look ahead.</param>
    public static Measurement Of(History history, Scope scope, int steps)
    {
        Commit[] touching = [.. history.Commits.Where(scope.Touches)];
        string[][] outside = [.. touching.Select(scope.Outside)];
        List<Patchset> patchsets = [.. history.Patchsets.Where(set => set.Commits.Any(scope.Touches))];
        List<Commit> members = [.. patchsets.SelectMany(set => set.Commits).DistinctBy(commit => commit.Hash)];
        return new Measurement
        {
            History = history,
            Scope = scope,
            Touching = touching,
            Commits = touching.Length,
            Inside = outside.Count(files => files.Length == 0),
            InsideFixes = touching.Zip(outside).Count(pair => pair.First.IsFix && pair.Second.Length == 0),
            MultiFileFixes = touching.Count(commit => commit.IsFix && commit.Files.Distinct().Skip(1).Any()),
            OutsideFixes = touching.Zip(outside).Count(pair => pair.First.IsFix && pair.Second.Length > 0),
            Patchsets = patchsets.Count,
            PatchsetCommits = members.Count,
            PatchsetInside = members.Count(scope.IsInside),
            MixedPatchsets = patchsets.Count(set => set.Commits.Any(scope.IsInside) && !set.Commits.All(scope.IsInside)),
            InsidePatchsets = patchsets.Count(set => set.Commits.All(scope.IsInside)),
            Together = Shared(touching, outside),
            Sets = [.. outside.GroupBy(files => string.Join('\0', files.Order(StringComparer.Ordinal)))
                .Select(same => new FileSet([.. same.First().Order(StringComparer.Ordinal)], same.Count()))
                .OrderByDescending(set => set.Commits).ThenBy(set => string.Join('\0', set.Files), StringComparer.Ordinal)],
            FilesPerCommit = [.. touching.Zip(outside).CountBy(pair => pair.Second.Length + pair.First.Files.Distinct().Count(scope.IsTarget))
                .Select(count => (count.Key, count.Value)).OrderBy(count => count.Key)],
            Growth = BpfVerifier.Boundary.Growth.Steps(outside, steps),
        };
    }

    private static IReadOnlyList<SharedFile> Shared(Commit[] touching, string[][] outside)
    {
        var shared = new Dictionary<string, SharedFile>();
        foreach ((Commit commit, string[] files) in touching.Zip(outside))
        {
            foreach (string file in files)
            {
                SharedFile before = shared.GetValueOrDefault(file) ?? new SharedFile(file, 0, 0, 0);
                shared[file] = new SharedFile(file, before.Commits + 1, before.Fixes + (commit.IsFix ? 1 : 0), before.Alone + (files.Length == 1 ? 1 : 0));
            }
        }
        return [.. shared.Values.OrderByDescending(file => file.Commits).ThenByDescending(file => file.Alone).ThenBy(file => file.File, StringComparer.Ordinal)];
    }
}
