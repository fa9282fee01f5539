using System.Globalization;
using System.Text.RegularExpressions;

namespace BpfVerifier.Live;

/// <summary>Finds in a verifier log what is compared of it.</summary>
public static partial class KernelLogText
{
    /// <summary>The last line the verifier printed before its statistics; empty when there is none.</summary>
    /// <param name="log">A log of any level.</param>
    public static string Message(string log)
    {
        ArgumentNullException.ThrowIfNull(log);
        ReadOnlySpan<char> rest = log;
        if (EndOfTrace().Match(log) is { Success: true } end)
            rest = rest[..end.Index];
        while (rest.Length > 0)
        {
            rest = rest.TrimEnd('\n');
            int start = rest.LastIndexOf('\n') + 1;
            if (!rest[start..].IsWhiteSpace())
                return rest[start..].ToString();
            rest = rest[..start];
        }
        return "";
    }

    /// <summary>The figures of the statistics lines; the time is there at level 4 only, else zero.</summary>
    public static bool TryReadStatistics(string log, out VerificationStatistics statistics)
    {
        ArgumentNullException.ThrowIfNull(log);
        statistics = default;
        // The last: a program's own text could hold such a line.
        if (Processed().Matches(log) is not [.., Match counts])
            return false;
        long microseconds = Time().Matches(log) is [.., Match time] && long.TryParse(time.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out long read) ? read : 0;
        statistics = new VerificationStatistics(Number(1), Number(2), Number(3), Number(4), Number(5), TimeSpan.FromMicroseconds(Math.Min(microseconds, uint.MaxValue)));
        return true;

        int Number(int group) => int.TryParse(counts.Groups[group].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : 0;
    }

    // 7.2 adds a line "insns processed", 7.3 ends with a diagnosis: both come after the verifier's own last word.
    // A message that lacks its newline has the statistics on the same line.
    [GeneratedRegex(@"processed \d+ insns \(limit |verification time \d+ usec(?:\n|$)|(?:^|\n)(?:Verification failed:|insns processed |stack depth )")]
    private static partial Regex EndOfTrace();

    [GeneratedRegex(@"processed (\d+) insns \(limit \d+\) max_states_per_insn (\d+) total_states (\d+) peak_states (\d+) mark_read (\d+)")]
    private static partial Regex Processed();

    [GeneratedRegex(@"verification time (\d+) usec(?:\n|$)")]
    private static partial Regex Time();
}
