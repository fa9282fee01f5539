namespace BpfVerifier;

/// <summary>What a verifier says of one program.</summary>
public sealed record VerificationResult
{
    /// <summary>The verdict.</summary>
    public required Verdict Verdict { get; init; }
    /// <summary>Error number BPF_PROG_LOAD would return, <see cref="Errno.None"/> when accepted.</summary>
    public Errno Errno { get; init; }
    /// <summary>The last line the verifier (or libbpf, for <see cref="Verdict.LoadFailed"/>) would print; the missing construct for <see cref="Verdict.NotImplemented"/>.</summary>
    public string Message { get; init; } = "";
    /// <summary>The kernel's log at the level asked for; empty at level 0.</summary>
    public string Log { get; init; } = "";
    /// <summary>Instruction at which verification ended, or -1.</summary>
    public int InstructionIndex { get; init; } = -1;
    /// <summary>That instruction in the kernel's disassembly, or empty.</summary>
    public string Instruction { get; init; } = "";
    /// <summary>Source line of that instruction from line_info, or null.</summary>
    public SourceLine? Source { get; init; }
    /// <summary>The statistics of the log's <c>processed … insns</c> line.</summary>
    public VerificationStatistics Statistics { get; init; }
    /// <summary>
    /// States held at one time at most: those remembered, branches not walked yet, and the one being walked. What memory depends on;
    /// <see cref="VerificationStatistics.PeakStates"/> counts as the kernel does, without the branches.
    /// </summary>
    public int HeldStates { get; init; }
}

/// <summary>A place in the program's C source, from line_info.</summary>
/// <param name="File">File name as the compiler recorded it.</param>
/// <param name="Line">Line, from 1.</param>
/// <param name="Column">Column, from 1; 0 when unknown.</param>
/// <param name="Text">The source line.</param>
public sealed record SourceLine(string File, int Line, int Column, string Text);

/// <summary>The figures of the kernel's statistics line.</summary>
/// <param name="ProcessedInstructions">Instructions walked, over all paths.</param>
/// <param name="MaxStatesPerInstruction">Largest number of states remembered at one instruction.</param>
/// <param name="TotalStates">States ever remembered.</param>
/// <param name="PeakStates">Largest number of states alive at once.</param>
/// <param name="MarkRead">Longest liveness propagation.</param>
/// <param name="Duration">Time spent in the verifier.</param>
public readonly record struct VerificationStatistics(
    int ProcessedInstructions,
    int MaxStatesPerInstruction,
    int TotalStates,
    int PeakStates,
    int MarkRead,
    TimeSpan Duration);
