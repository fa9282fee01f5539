namespace BpfVerifier.Parity;

/// <summary>Disagreements, those of one cause together.</summary>
internal static class Causes
{
    private const int Shown = 3;

    /// <summary>Writes verdicts and messages that differ by the pair of messages, then statistics and, in detail, logs.</summary>
    public static void Write(TextWriter to, IReadOnlyList<Comparison> all, bool details)
    {
        int shown = details ? int.MaxValue : Shown;
        foreach (var cause in all.Where(c => !c.SameVerdict || (c.Golden.Verdict == "failure" && !c.SameMessage))
            .GroupBy(c => (Kernel: $"{c.Golden.Verdict}: {Shape(c.Golden, c.Golden.Message)}", Ours: $"{c.Verdict}: {c.Result.Message}"))
            .OrderByDescending(group => group.Count()))
        {
            to.WriteLine();
            to.WriteLine($"{cause.Count()} x kernel {cause.Key.Kernel}\n    ours   {cause.Key.Ours}");
            Programs(to, cause, shown);
        }
        Comparison[] statistics = [.. all.Where(c => c.Golden.Verdict == "success" && c.SameVerdict && !c.SameStatistics)];
        if (statistics.Length > 0)
            to.WriteLine($"\n{statistics.Length} x statistics (processed/max_states_per_insn/total_states/peak_states/mark_read)");
        foreach (Comparison c in statistics.Take(details ? int.MaxValue : 10))
        {
            VerificationStatistics s = c.Result.Statistics;
            to.WriteLine($"      {c.Kernel} {c.Golden.Object} {c.Golden.Program}: kernel {c.Golden.Processed}/{c.Golden.MaxStatesPerInsn}/{c.Golden.TotalStates}/{c.Golden.PeakStates}/{c.Golden.MarkRead}, ours {s.ProcessedInstructions}/{s.MaxStatesPerInstruction}/{s.TotalStates}/{s.PeakStates}/{s.MarkRead}");
        }
        Logs(to, "level 1", all.Where(c => c.Level1 == false), shown);
        Logs(to, "level 2", all.Where(c => c.Level2 == false && c.Level1 != false), shown);
    }

    /// <summary>What a kernel said to a release without a verifier is of no interest: all those are one cause.</summary>
    private static string Shape(Golden golden, string message) => golden.Verdict == "success" ? "" : message;

    private static void Logs(TextWriter to, string level, IEnumerable<Comparison> differing, int shown)
    {
        Comparison[] programs = [.. differing];
        if (programs.Length == 0)
            return;
        to.WriteLine($"\n{programs.Length} x {level} log, verdicts equal");
        Programs(to, programs, shown);
    }

    private static void Programs(TextWriter to, IEnumerable<Comparison> programs, int shown)
    {
        foreach (Comparison c in programs.Take(shown))
            to.WriteLine($"      {c.Kernel} {c.Golden.Object} {c.Golden.Program}");
    }
}
