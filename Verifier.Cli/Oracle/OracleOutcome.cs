using BpfVerifier.Live;

namespace BpfVerifier.Cli.Oracle;

/// <summary>Our answer for one program beside the running kernel's.</summary>
internal sealed record OracleOutcome(string FileName, string ProgramName, VerificationResult Ours, KernelAnswer Kernel)
{
    public ProgramType ProgramType { get; init; }
    public AttachType AttachType { get; init; }
    /// <summary>Instructions.</summary>
    public int ProgramSize { get; init; }
    /// <summary>Where the logs part; null when they are equal or there are none to compare.</summary>
    public LogDifference? LogDifference { get; init; }
    /// <summary>True when both logs are whole and were compared.</summary>
    public bool LogsCompared { get; init; }
    /// <summary>Median times of several verifications, when they were asked for.</summary>
    public Timing? Timing { get; init; }

    public bool Asked => Kernel.Verdict is not null;

    public bool SameVerdict => Asked && Ours.Verdict == Kernel.Verdict;

    public bool SameErrno => SameVerdict && (Kernel.Verdict == Verdict.Accepted || Ours.Errno == Kernel.Errno);

    public bool SameMessage => SameVerdict && Ours.Message == Kernel.Message;

    /// <summary>The figures of the statistics line, without the time.</summary>
    public bool SameStatistics => SameVerdict && WithoutTime(Ours.Statistics) == WithoutTime(Kernel.Statistics ?? default);

    public bool SameLog => SameVerdict && LogsCompared && LogDifference is null;

    public bool Agrees => SameErrno && SameMessage && SameStatistics;

    /// <summary><c>yes</c>, or the first of verdict, errno, message and statistics that differs, or <c>not_asked</c>.</summary>
    public string Agreement => this switch
    {
        { Asked: false } => "not_asked",
        { SameVerdict: false } => "verdict",
        { SameErrno: false } => "errno",
        { SameMessage: false } => "message",
        { SameStatistics: false } => "statistics",
        _ => "yes",
    };

    public string KernelVerdictWord => Kernel.Verdict is { } verdict ? Words.Of(verdict) : "not_asked";

    private static VerificationStatistics WithoutTime(VerificationStatistics statistics) => statistics with { Duration = default };
}

/// <summary>Median verification times.</summary>
/// <param name="Ours">Ours.</param>
/// <param name="Kernel">The kernel's own, as its log gives it, to the microsecond.</param>
internal readonly record struct Timing(TimeSpan Ours, TimeSpan Kernel)
{
    /// <summary>How often longer ours took; null when the kernel's time is below its microsecond.</summary>
    public double? Ratio => Kernel > TimeSpan.Zero ? Ours / Kernel : null;
}
