using BpfVerifier.Boundary;

namespace BpfVerifier.Cli.Boundary;

/// <summary>What the command line asked to be measured.</summary>
internal sealed record BoundaryInputs(
    string? Commits, string? Patchsets, string? Repository, string? Range, bool IsLedger, string? LedgerFolder, string? Releases, string[] Target, string[] Ignore)
{
    /// <summary>What is wrong with the combination of options, or null.</summary>
    public string? Mistake()
    {
        bool repository = Repository is not null || Range is not null;
        if (Releases is not null && (!IsLedger || LedgerFolder is not null || Commits is not null))
            return "--release goes with --ledger alone, without a folder: each release assembly has the ledger it was built with";
        if (IsLedger)
            return repository || Patchsets is not null ? "--ledger goes with --commits alone" : null;
        if (repository)
        {
            if (Commits is not null || Patchsets is not null)
                return "give either --repo with --range or --commits with --patchsets";
            return Repository is null ? "--range needs --repo DIR" : Range is null ? "--repo needs --range A..B" : null;
        }
        return Commits is null && Patchsets is null ? "nothing to measure: give --commits with --patchsets, --repo with --range, or --ledger"
            : Commits is null ? "--patchsets needs --commits FILE"
            : Patchsets is null ? "--commits needs --patchsets FILE (or --ledger)"
            : null;
    }

    /// <summary>Measures a data set or a repository.</summary>
    /// <returns>Null, or why it cannot be measured.</returns>
    public string? Measure(int steps, out Measurement? measured, CancellationToken cancellation)
    {
        measured = null;
        Scope scope = ScopeOf(Scope.Verifier);
        History? history;
        string? problem;
        if (Repository is not null)
        {
            problem = GitRange.Read(Repository, Range!, scope, out history, cancellation);
        }
        else
        {
            problem = DataSetFiles.Read(Commits!, Patchsets!, out history);
            scope = ScopeOf(history?.Target ?? Scope.Verifier);
        }
        if (problem is not null)
            return problem;
        measured = Measurement.Of(history!, scope, steps);
        return measured.Commits == 0 ? Printable.Of($"no commit of {history!.Origin} changes {string.Join(" or ", scope.Targets)}: name the verifier's files with --target") : null;
    }

    /// <summary>Measures the ledger.</summary>
    /// <returns>Null, or why it cannot be measured.</returns>
    public string? Measure(int steps, out LedgerMeasurement? measured)
    {
        measured = null;
        if (LedgerChanges.Read(LedgerFolder, out IReadOnlyList<LedgerChange> changes) is { } unreadable)
            return unreadable;
        IReadOnlyList<Commit> known = [];
        if (Commits is not null && DataSetFiles.ReadCommits(Commits, out known) is { } problem)
            return problem;
        measured = LedgerMeasurement.Of(changes, known, ScopeOf(Scope.Verifier), steps);
        return null;
    }

    private Scope ScopeOf(string otherwise) => new(Given(Target) is { Length: > 0 } given ? given : [otherwise], Given(Ignore));

    private static string[] Given(string[] paths) => [.. paths.Where(path => path.Length > 0)];
}
