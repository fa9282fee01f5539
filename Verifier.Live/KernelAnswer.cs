namespace BpfVerifier.Live;

/// <summary>What the running kernel says of one program.</summary>
public sealed record KernelAnswer
{
    /// <summary>The verdict; null when the verifier was not reached, for which <see cref="Message"/> gives the reason.</summary>
    public Verdict? Verdict { get; init; }
    /// <summary>Error number of the call that failed, <see cref="Errno.None"/> when accepted.</summary>
    public Errno Errno { get; init; }
    /// <summary>The verifier's last line before its statistics; empty when accepted.</summary>
    public string Message { get; init; } = "";
    /// <summary>The verifier's log at the level asked for.</summary>
    public string Log { get; init; } = "";
    /// <summary>True when the log was longer than what is kept; only an end of it is there then.</summary>
    public bool LogCut { get; init; }
    /// <summary>The figures of the log's statistics lines, with the kernel's own verification time; null when there are none.</summary>
    public VerificationStatistics? Statistics { get; init; }
    /// <summary>What the kernel took only in part: types it refused, maps it wanted without types, maps left out.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>An answer that says nothing of the program.</summary>
    public static KernelAnswer NotAsked(string reason, Errno errno = Errno.None) => new() { Message = reason, Errno = errno };
}

/// <summary>Hands programs to a kernel's verifier.</summary>
public interface IProgramLoader
{
    /// <summary>Loads a program and lets go of it at once: nothing is attached, linked, run or pinned.</summary>
    /// <param name="program">The program, prepared for that kernel.</param>
    /// <param name="logLevel">The kernel's log level, bits 1, 2 and 4; with 4 the answer has the verification time.</param>
    KernelAnswer Load(BpfProgram program, int logLevel);
}
