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
    public string VerdictWord => Result.Verdict switch
    {
        Verdict.Accepted => "success",
        Verdict.Rejected => "failure",
        Verdict.LoadFailed => "load_failure",
        Verdict.Unsupported => "unsupported",
        Verdict.Unreadable => "unreadable",
        Verdict.LimitReached => "limit",
        _ => "not_implemented",
    };

    public string ErrnoWord => Result.Errno switch
    {
        Errno.None => "",
        _ when Enum.IsDefined(Result.Errno) => Result.Errno.ToString(),
        _ => ((int)Result.Errno).ToString(System.Globalization.CultureInfo.InvariantCulture),
    };

    public long DurationMicroseconds => (long)Result.Statistics.Duration.TotalMicroseconds;

    /// <summary>veristat's word for the program type: <c>xdp</c>, <c>sched_cls</c>.</summary>
    public string ProgramTypeWord => SnakeCase(ProgramType.ToString());

    public string AttachTypeWord => SnakeCase(AttachType.ToString());

    private static string SnakeCase(string name) =>
        string.Concat(name.Select((c, i) => char.IsUpper(c) && i > 0 ? "_" + char.ToLowerInvariant(c) : char.ToLowerInvariant(c).ToString()));
}
