namespace BpfVerifier;

/// <summary>How a change of the verifier stands with a kernel.</summary>
public enum ChangeState
{
    /// <summary>The kernel has it: its release came after the change, or its patch level took it.</summary>
    AlreadyThere,
    /// <summary>It came later and is taken over by the modular flavour.</summary>
    Applied,
    /// <summary>It came later; the stock flavour answers without it, the modular one would take it over.</summary>
    NotTaken,
    /// <summary>It came later and needs what this release lacks, see <see cref="VerifierChange.Missing"/>.</summary>
    Refused,
}

/// <summary>An entry of the ledger as one kernel sees it.</summary>
public sealed record VerifierChange
{
    /// <summary>Its name in the ledger.</summary>
    public required string Name { get; init; }
    /// <summary>How it stands with the kernel.</summary>
    public required ChangeState State { get; init; }
    /// <summary>feature, fix, precision, limit or log.</summary>
    public required string Kind { get; init; }
    /// <summary>What is different with it.</summary>
    public required string Summary { get; init; }
    /// <summary>First mainline release that has it, <c>6.13</c>.</summary>
    public required string Since { get; init; }
    /// <summary>Stable branches that took it, with the first patch level: <c>6.1.190</c>.</summary>
    public IReadOnlyList<string> Stable { get; init; } = [];
    /// <summary>Upstream commit, or empty.</summary>
    public string Commit { get; init; } = "";
    /// <summary>The commit's subject, or empty.</summary>
    public string Subject { get; init; } = "";
    /// <summary>Symbols of the kernel without which it cannot be.</summary>
    public IReadOnlyList<string> Needs { get; init; } = [];
    /// <summary>Those of them that this release lacks.</summary>
    public IReadOnlyList<MissingSymbol> Missing { get; init; } = [];
}

/// <summary>A symbol a release lacks.</summary>
/// <param name="Name">Helper (with its prefix), kfunc, type, <c>type.member</c>, enumerator, macro or gate; or a part of the kernel without a symbol, <c>jit:signed-arena-loads</c>.</param>
/// <param name="FirstRelease">First of the releases known that has it, or empty when only some member of an older type is missing.</param>
public readonly record struct MissingSymbol(string Name, string FirstRelease);
