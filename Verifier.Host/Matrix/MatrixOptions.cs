namespace BpfVerifier.Host;

/// <summary>How a matrix is run.</summary>
public sealed record MatrixOptions
{
    /// <summary>How each program is verified.</summary>
    public VerifierOptions Verification { get; init; } = VerifierOptions.Default;

    /// <summary>What the loading process may do.</summary>
    public LoaderCapabilities Capabilities { get; init; } = LoaderCapabilities.Root;

    /// <summary>Another kernel than the one each release's facts were read from; null: that one.</summary>
    public ProfileChange? Kernel { get; init; }

    /// <summary>Only programs of these names; empty: all.</summary>
    public IReadOnlyList<string> Programs { get; init; } = [];

    /// <summary>Only this part of the matrix.</summary>
    public Shard Shard { get; init; } = Shard.Whole;

    /// <summary>
    /// Verifications at once, at least 1. Memory is bounded by this number times <see cref="VerifierOptions.MemoryLimit"/>
    /// (few programs come near it), the releases, and the objects and answers of <see cref="Ahead"/> cells.
    /// </summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>Cells for each worker that may be finished while an earlier one is not: their answers wait for it. At least 1.</summary>
    public int Ahead { get; init; } = 16;
}
