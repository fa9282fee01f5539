namespace BpfVerifier.Cli;

/// <summary>What the process tells its caller.</summary>
internal static class ExitCode
{
    /// <summary>Every program is accepted on every kernel asked.</summary>
    public const int AllAccepted = 0;
    /// <summary>At least one is rejected, fails to load, is unsupported or reaches a limit.</summary>
    public const int SomeRejected = 1;
    /// <summary>The command line is wrong or an input cannot be read.</summary>
    public const int Usage = 2;
    /// <summary>A construct was met that is not modelled: nothing is said of that program.</summary>
    public const int NotImplemented = 3;

    /// <summary>The code after one more verdict. Unreadable input outweighs a missing construct, which outweighs a rejection.</summary>
    public static int And(int code, Verdict verdict)
    {
        int of = verdict switch
        {
            Verdict.Accepted => AllAccepted,
            Verdict.Unreadable => Usage,
            Verdict.NotImplemented => NotImplemented,
            _ => SomeRejected,
        };
        return Rank(of) > Rank(code) ? of : code;

        static int Rank(int code) => code switch { Usage => 3, NotImplemented => 2, SomeRejected => 1, _ => 0 };
    }
}
