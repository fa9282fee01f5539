using System.Globalization;
using System.Text.RegularExpressions;

namespace BpfVerifier.Oracle;

/// <summary>Finds in a verifier log what the goldens keep of it.</summary>
internal static partial class LogText
{
    /// <summary>The last line the verifier printed before its statistics; empty when there is none.</summary>
    /// <param name="log">A level 1 log, or its end.</param>
    public static string Message(string log)
    {
        Match end = EndOfTrace().Match(log);
        string text = end.Success ? log[..end.Index] : log;
        return text.Split('\n').LastOrDefault(l => l.Trim().Length > 0) ?? "";
    }

    /// <summary>The first thing libbpf complained of, without its name in front.</summary>
    public static string LibbpfMessage(string messages)
    {
        string first = messages.Split('\n').FirstOrDefault(l => l.Trim().Length > 0) ?? "";
        return first.StartsWith("libbpf: ", StringComparison.Ordinal) ? first["libbpf: ".Length..] : first;
    }

    /// <summary>The last lines of a log, at most <paramref name="characters"/> long and cut at a line's start.</summary>
    public static string Tail(string log, int characters)
    {
        if (log.Length <= characters)
            return log;
        int newline = log.IndexOf('\n', log.Length - characters);
        return newline < 0 ? log[^characters..] : log[(newline + 1)..];
    }

    /// <summary>The figures of a level 4 log; null where a figure is missing.</summary>
    public static Statistics? ReadStatistics(string log)
    {
        Match m = Processed().Match(log);
        if (!m.Success)
            return null;
        int Number(int group) => int.Parse(m.Groups[group].ValueSpan, CultureInfo.InvariantCulture);
        Match time = Time().Match(log), depth = StackDepth().Match(log);
        return new Statistics(Number(1), Number(2), Number(3), Number(4), Number(5),
            depth.Success ? depth.Groups[1].Value : null,
            time.Success ? long.Parse(time.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : null);
    }

    // 7.2 adds a line "insns processed", 7.3 ends with a diagnosis: both come after the verifier's own last word.
    // A message that lacks its newline has the statistics on the same line.
    [GeneratedRegex(@"processed \d+ insns \(limit |verification time \d+ usec|(?:^|\n)(?:Verification failed:|insns processed |stack depth )")]
    private static partial Regex EndOfTrace();

    [GeneratedRegex(@"processed (\d+) insns \(limit \d+\) max_states_per_insn (\d+) total_states (\d+) peak_states (\d+) mark_read (\d+)")]
    private static partial Regex Processed();

    [GeneratedRegex(@"verification time (\d+) usec")]
    private static partial Regex Time();

    [GeneratedRegex(@"stack depth ([0-9+]+)")]
    private static partial Regex StackDepth();
}

/// <summary>The figures of the kernel's statistics lines.</summary>
/// <param name="Processed">Instructions walked.</param>
/// <param name="MaxStatesPerInsn">Largest number of states kept at one instruction.</param>
/// <param name="TotalStates">States kept in all.</param>
/// <param name="PeakStates">Largest number of states kept at once.</param>
/// <param name="MarkRead">Longest liveness propagation.</param>
/// <param name="StackDepth">Bytes of stack per subprogram, joined with '+'.</param>
/// <param name="Microseconds">The kernel's own time; differs from run to run.</param>
internal sealed record Statistics(int Processed, int MaxStatesPerInsn, int TotalStates, int PeakStates, int MarkRead, string? StackDepth, long? Microseconds);
