namespace BpfVerifier.Cli;

/// <summary>The answer for one program on one kernel. Programs of an unreadable object have no name.</summary>
internal sealed record Outcome(
    string FileName,
    string ProgramName,
    string Kernel,
    VerificationResult Result,
    int ProgramSize,
    ProgramType ProgramType,
    AttachType AttachType)
{
    /// <summary>The verdict in the word that CSV and JSON use.</summary>
    public string VerdictWord => Words.Of(Result.Verdict);

    public string ErrnoWord => Words.Of(Result.Errno);

    public long DurationMicroseconds => (long)Result.Statistics.Duration.TotalMicroseconds;

    /// <summary>veristat's word for the program type: <c>xdp</c>, <c>sched_cls</c>.</summary>
    public string ProgramTypeWord => Words.Of(ProgramType);

    public string AttachTypeWord => Words.Of(AttachType);
}
