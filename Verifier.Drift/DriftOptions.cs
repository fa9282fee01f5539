namespace BpfVerifier.Drift;

/// <summary>Which verdicts a comparison works out beside what each kernel has.</summary>
public enum DriftVerdicts
{
    /// <summary>None: what a program does not reach on a kernel is then not told from what it needs.</summary>
    None,
    /// <summary>Of programs that lack something on a kernel, to tell whether they reach it there.</summary>
    WhereNeeded,
    /// <summary>Of every program on every kernel.</summary>
    All,
}

/// <summary>How an object is compared with kernels.</summary>
public sealed record DriftOptions
{
    /// <summary>Verdicts to work out.</summary>
    public DriftVerdicts Verdicts { get; init; } = DriftVerdicts.WhereNeeded;
    /// <summary>Bounds for each verification.</summary>
    public VerifierOptions Verifier { get; init; } = VerifierOptions.Default;
}
