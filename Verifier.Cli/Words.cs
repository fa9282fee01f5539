using System.Globalization;

namespace BpfVerifier.Cli;

/// <summary>The words that tables, CSV and JSON use.</summary>
internal static class Words
{
    public static string Of(Verdict verdict) => verdict switch
    {
        Verdict.Accepted => "success",
        Verdict.Rejected => "failure",
        Verdict.LoadFailed => "load_failure",
        Verdict.Unsupported => "unsupported",
        Verdict.Unreadable => "unreadable",
        Verdict.LimitReached => "limit",
        _ => "not_implemented",
    };

    /// <summary>The verdict a word stands for; null when it is none.</summary>
    public static Verdict? VerdictOf(string word)
    {
        foreach (Verdict verdict in Enum.GetValues<Verdict>())
            if (Of(verdict) == word)
                return verdict;
        return null;
    }

    /// <summary>The error's name, its number when it has none, nothing when there is no error.</summary>
    public static string Of(Errno errno) => errno switch
    {
        Errno.None => "",
        _ when Enum.IsDefined(errno) => errno.ToString(),
        _ => ((int)errno).ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>veristat's word for a program type: <c>xdp</c>, <c>sched_cls</c>.</summary>
    public static string Of(ProgramType type) => SnakeCase(type.ToString());

    public static string Of(AttachType type) => SnakeCase(type.ToString());

    private static string SnakeCase(string name) =>
        string.Concat(name.Select((c, i) => char.IsUpper(c) && i > 0 ? "_" + char.ToLowerInvariant(c) : char.ToLowerInvariant(c).ToString()));
}
