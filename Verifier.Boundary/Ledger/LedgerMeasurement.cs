namespace BpfVerifier.Boundary;

/// <summary>An upstream commit that entries of the ledger name.</summary>
/// <param name="Hash">Its full name.</param>
/// <param name="Changes">Names of the entries.</param>
/// <param name="Outside">Files it touches outside the verifier, ignored ones left out.</param>
/// <param name="Needs">Symbols the entries declare.</param>
public sealed record LedgerCommit(string Hash, IReadOnlyList<string> Changes, IReadOnlyList<string> Outside, IReadOnlyList<string> Needs);

/// <summary>A symbol that changes of the ledger need.</summary>
/// <param name="Symbol">Its name.</param>
/// <param name="Changes">Names of the entries that need it.</param>
/// <param name="Alone">How many of them need no other symbol.</param>
/// <param name="Commits">How many upstream commits those name that name one.</param>
public sealed record NeededSymbol(string Symbol, IReadOnlyList<string> Changes, int Alone, int Commits);

/// <summary>
/// The boundary of the ledger's changes, by file as the kernel's tree has it and by symbol as this verifier has it: here a
/// change is kept out only by a symbol that the release lacks, whatever files its commit touched.
/// </summary>
public sealed record LedgerMeasurement
{
    /// <summary>What counts as the verifier and what is left out.</summary>
    public required Scope Scope { get; init; }

    /// <summary>All entries.</summary>
    public required IReadOnlyList<LedgerChange> Changes { get; init; }

    /// <summary>The commits that are counted by file.</summary>
    public required IReadOnlyList<LedgerCommit> Commits { get; init; }

    /// <summary>How many of <see cref="Commits"/> touch nothing outside the verifier.</summary>
    public required int InsideByFile { get; init; }

    /// <summary>Which file to take in next; indices are those of <see cref="Commits"/>.</summary>
    public required IReadOnlyList<GrowthStep> FileGrowth { get; init; }

    /// <summary>Changes that declare no needed symbol.</summary>
    public required int InsideBySymbol { get; init; }

    /// <summary>Symbols that keep changes outside on a release that lacks them, those with most changes first.</summary>
    public required IReadOnlyList<NeededSymbol> Symbols { get; init; }

    /// <summary>Which symbol to take in next; indices are those of <see cref="Changes"/>.</summary>
    public required IReadOnlyList<GrowthStep> SymbolGrowth { get; init; }

    /// <summary>Names of the entries that name no upstream commit: not counted by file.</summary>
    public required IReadOnlyList<string> WithoutCommit { get; init; }

    /// <summary>Names of the entries with a commit but no files, neither in the ledger nor in the data set: not counted by file.</summary>
    public required IReadOnlyList<string> WithoutFiles { get; init; }

    /// <summary>Commits whose files are those of the data set.</summary>
    public required int FilesFromDataSet { get; init; }

    /// <summary>Names of entries whose commit touched other files, ignored ones left out, than the ledger says; empty without a data set.</summary>
    public required IReadOnlyList<string> FilesDiffer { get; init; }

    /// <summary>Measures the ledger.</summary>
    /// <param name="changes">Its entries.</param>
    /// <param name="known">Commits whose files are known for certain; they go before the ledger's own lists.</param>
    /// <param name="scope">What counts as the verifier.</param>
    /// <param name="steps">How many steps of growth to look ahead.</param>
    public static LedgerMeasurement Of(IReadOnlyList<LedgerChange> changes, IReadOnlyList<Commit> known, Scope scope, int steps)
    {
        Dictionary<string, Commit> certain = known.DistinctBy(commit => commit.Hash).ToDictionary(commit => commit.Hash);
        var commits = new List<LedgerCommit>();
        var withoutFiles = new List<string>();
        var differ = new List<string>();
        int fromDataSet = 0;
        foreach (IGrouping<string, LedgerChange> entries in changes.Where(change => change.Commit is not null).GroupBy(change => change.Commit!))
        {
            string[] names = [.. entries.Select(change => change.Name)];
            string[] listed = [.. entries.SelectMany(change => change.Files).Distinct()];
            IReadOnlyList<string> files = listed;
            if (certain.TryGetValue(entries.Key, out Commit? commit))
            {
                fromDataSet++;
                files = commit.Files;
                if (!listed.Where(scope.Counts).ToHashSet().SetEquals(files.Where(scope.Counts)))
                    differ.AddRange(names);
            }
            if (files.Count == 0)
                withoutFiles.AddRange(names);
            else
                commits.Add(new LedgerCommit(entries.Key, names, [.. files.Where(file => scope.Counts(file) && !scope.IsTarget(file)).Distinct()], [.. entries.SelectMany(change => change.Needs).Distinct()]));
        }
        string[][] needs = [.. changes.Select(change => change.Needs.Distinct().ToArray())];
        return new LedgerMeasurement
        {
            Scope = scope,
            Changes = changes,
            Commits = commits,
            InsideByFile = commits.Count(commit => commit.Outside.Count == 0),
            FileGrowth = Growth.Steps([.. commits.Select(commit => commit.Outside)], steps),
            InsideBySymbol = needs.Count(symbols => symbols.Length == 0),
            Symbols = Needed(changes),
            SymbolGrowth = Growth.Steps(needs, steps),
            WithoutCommit = [.. changes.Where(change => change.Commit is null).Select(change => change.Name)],
            WithoutFiles = withoutFiles,
            FilesFromDataSet = fromDataSet,
            FilesDiffer = differ,
        };
    }

    private static IReadOnlyList<NeededSymbol> Needed(IReadOnlyList<LedgerChange> changes) =>
    [
        .. changes.SelectMany(change => change.Needs.Distinct().Select(symbol => (symbol, change)))
            .GroupBy(need => need.symbol, need => need.change)
            .Select(need => new NeededSymbol(
                need.Key,
                [.. need.Select(change => change.Name)],
                need.Count(change => change.Needs.Distinct().Count() == 1),
                need.Where(change => change.Commit is not null).DistinctBy(change => change.Commit).Count()))
            .OrderByDescending(symbol => symbol.Alone).ThenByDescending(symbol => symbol.Changes.Count).ThenBy(symbol => symbol.Symbol, StringComparer.Ordinal),
    ];
}
