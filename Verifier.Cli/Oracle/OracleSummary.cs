using System.Globalization;

namespace BpfVerifier.Cli.Oracle;

/// <summary>The figures of agreement.</summary>
internal static class OracleSummary
{
    public static IEnumerable<string> Lines(IReadOnlyList<OracleOutcome> outcomes)
    {
        OracleOutcome[] asked = [.. outcomes.Where(o => o.Asked)];
        OracleOutcome[] rejected = [.. asked.Where(o => o.Kernel.Verdict != Verdict.Accepted)];
        OracleOutcome[] logged = [.. asked.Where(o => o.LogsCompared)];
        yield return Line($"{outcomes.Count} programs, {asked.Length} asked, {outcomes.Count - asked.Length} not asked");
        if (asked.Length == 0)
            yield break;
        yield return Line($"  agree       {Share(asked, o => o.Agrees)}");
        yield return Line($"  verdict     {Share(asked, o => o.SameVerdict)}, {asked.Count(o => o.Ours.Verdict == Verdict.Accepted && !o.SameVerdict)} falsely accepted, {asked.Count(o => o.Kernel.Verdict == Verdict.Accepted && o.Ours.Verdict is not (Verdict.Accepted or Verdict.NotImplemented))} falsely rejected, {asked.Count(o => o.Ours.Verdict == Verdict.NotImplemented)} not implemented");
        yield return Line($"  errno       {Share(rejected, o => o.SameErrno)} of those the kernel refuses");
        yield return Line($"  message     {Share(rejected, o => o.SameMessage)} of those the kernel refuses");
        yield return Line($"  statistics  {Share(asked, o => o.SameStatistics)}");
        yield return Line($"  log         {Share(logged, o => o.SameLog)} of those with the same verdict");
        Timing[] timed = [.. asked.Where(o => o.Timing?.Ratio is not null).Select(o => o.Timing!.Value).OrderBy(t => t.Ratio)];
        if (timed.Length == 0)
            yield break;
        double ours = timed.Sum(t => t.Ours.TotalMilliseconds), kernel = timed.Sum(t => t.Kernel.TotalMilliseconds);
        yield return Line($"  time        ours/kernel: median {timed[timed.Length / 2].Ratio:F2}, 90th percentile {timed[timed.Length * 9 / 10].Ratio:F2}, in all {ours / kernel:F2} ({ours:F1} ms / {kernel:F1} ms, {timed.Length} programs)");
    }

    private static string Share(OracleOutcome[] of, Func<OracleOutcome, bool> same)
    {
        int count = of.Count(same);
        return of.Length == 0 ? "0 of 0" : Line($"{count} of {of.Length} ({100.0 * count / of.Length:F2} %)");
    }

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
