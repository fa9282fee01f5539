namespace BpfVerifier;

/// <summary>How one verification is to be run. Nothing here changes the verdict except the bounds of our own.</summary>
public sealed record VerifierOptions
{
    /// <summary>Level 0, no log.</summary>
    public static VerifierOptions Default { get; } = new();

    /// <summary>The kernel's <c>log_level</c> bits: 1 the failing path, 2 every path and state, 4 statistics. 0 to 7.</summary>
    public int LogLevel { get; init; }

    /// <summary>Most of the log kept, in characters; the oldest text is dropped beyond it, as the kernel's rotating log does. Up to a quarter more may be left.</summary>
    public int LogSize { get; init; } = 16 << 20;

    /// <summary>Our own bound on time; <see cref="Verdict.LimitReached"/> beyond it. Null: none.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Our own bound on memory for states, in bytes; <see cref="Verdict.LimitReached"/> beyond it.</summary>
    public long MemoryLimit { get; init; } = 2L << 30;
}
