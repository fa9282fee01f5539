using System.Globalization;
using Spectre.Console;

namespace BpfVerifier.Cli.Oracle;

/// <summary>For people: a table of both answers, then each disagreement with what both say and where their logs part, then the figures.</summary>
internal static class OracleTable
{
    public static void Write(IAnsiConsole console, IReadOnlyList<OracleOutcome> outcomes)
    {
        console.Write(Answers(outcomes));
        foreach (OracleOutcome outcome in outcomes)
            if (outcome.Asked && !outcome.Agrees)
                WriteDifference(console, outcome);
        foreach (IGrouping<string, OracleOutcome> same in outcomes.Where(o => !o.Asked).GroupBy(o => o.Kernel.Message))
            WriteNotAsked(console, [.. same]);
        foreach (string note in outcomes.SelectMany(o => o.Kernel.Notes).Distinct())
            console.WriteLine($"note: {note}");
        console.WriteLine();
        foreach (string line in OracleSummary.Lines(outcomes))
            console.WriteLine(line);
    }

    private static Table Answers(IReadOnlyList<OracleOutcome> outcomes)
    {
        bool timed = outcomes.Any(o => o.Timing is not null);
        var table = new Table().Border(TableBorder.Simple);
        foreach (string title in (string[])["File", "Program", "Ours", "Kernel", "Errno", "Agree"])
            table.AddColumn(TableReport.Column(title));
        foreach (string title in (string[])["Insns", "States", "Peak", .. timed ? (string[])["Ours (us)", "Kernel (us)"] : []])
            table.AddColumn(TableReport.Column(title).RightAligned());
        string file = "";
        foreach (OracleOutcome o in outcomes)
        {
            List<Text> cells =
            [
                new(o.FileName == file ? "" : o.FileName),
                new(o.ProgramName),
                new(Words.Of(o.Ours.Verdict), TableReport.Colour(o.Ours.Verdict)),
                new(o.KernelVerdictWord, o.Kernel.Verdict is { } verdict ? TableReport.Colour(verdict) : Color.Yellow),
                new(Pair(Words.Of(o.Ours.Errno), Words.Of(o.Kernel.Errno), o.Asked)),
                new(o.Agreement, o.Agrees ? Color.Green : o.Asked ? Color.Red : Color.Yellow),
                Figure(o, s => s.ProcessedInstructions),
                Figure(o, s => s.TotalStates),
                Figure(o, s => s.PeakStates),
            ];
            if (timed)
            {
                cells.Add(Microseconds(o.Timing?.Ours));
                cells.Add(Microseconds(o.Timing?.Kernel));
            }
            table.AddRow(cells);
            file = o.FileName;
        }
        return table;
    }

    /// <summary>One figure when both say the same, else ours and the kernel's.</summary>
    private static Text Figure(OracleOutcome o, Func<VerificationStatistics, int> of)
    {
        string ours = of(o.Ours.Statistics).ToString(CultureInfo.InvariantCulture);
        string kernel = o.Kernel.Statistics is { } s ? of(s).ToString(CultureInfo.InvariantCulture) : "";
        return new Text(Pair(ours, kernel, o.Asked && o.Kernel.Statistics is not null));
    }

    private static string Pair(string ours, string kernel, bool asked)
    {
        if (!asked || ours == kernel)
            return ours;
        return $"{(ours.Length == 0 ? "-" : ours)} / {(kernel.Length == 0 ? "-" : kernel)}";
    }

    private static Text Microseconds(TimeSpan? time) =>
        time is { } t ? TableReport.Number((long)t.TotalMicroseconds) : new Text("");

    private static void WriteDifference(IAnsiConsole console, OracleOutcome o)
    {
        console.WriteLine();
        console.Write(new Text($"{o.FileName}: {o.ProgramName}: ", new Style(decoration: Decoration.Bold)));
        console.Write(new Text($"{o.Agreement} differs", Color.Red));
        console.WriteLine();
        console.WriteLine($"  ours:   {Answer(o.Ours.Verdict, o.Ours.Errno, o.Ours.Message, o.Ours.Statistics)}");
        console.WriteLine($"  kernel: {Answer(o.Kernel.Verdict!.Value, o.Kernel.Errno, o.Kernel.Message, o.Kernel.Statistics)}");
        if (o.LogDifference is not { } difference)
            return;
        console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  the logs part at line {difference.Line}:"));
        if (difference.Before is { } before)
            console.WriteLine($"      {before}");
        console.WriteLine(difference.Ours is { } ours ? $"    + {ours}" : "    + (our log ends)");
        console.WriteLine(difference.Kernel is { } kernel ? $"    - {kernel}" : "    - (the kernel's log ends)");
    }

    private static string Answer(Verdict verdict, Errno errno, string message, VerificationStatistics? statistics)
    {
        string figures = statistics is { } s
            ? string.Create(CultureInfo.InvariantCulture, $" ({s.ProcessedInstructions} insns, {s.TotalStates} states, {s.PeakStates} peak, {s.MaxStatesPerInstruction} per insn, {s.MarkRead} mark_read)")
            : "";
        return $"{Words.Of(verdict)}{(errno == Errno.None ? "" : " " + Words.Of(errno))}{(message.Length == 0 ? "" : ": " + message)}{figures}";
    }

    private static void WriteNotAsked(IAnsiConsole console, OracleOutcome[] same)
    {
        console.WriteLine();
        console.Write(new Text(string.Create(CultureInfo.InvariantCulture, $"not asked ({same.Length}): {same[0].Kernel.Message}"), Color.Yellow));
        console.WriteLine();
        foreach (OracleOutcome o in same)
            console.WriteLine($"  {o.FileName}{(o.ProgramName.Length == 0 ? "" : ": " + o.ProgramName)} (ours: {Answer(o.Ours.Verdict, o.Ours.Errno, o.Ours.Message, null)})");
    }
}
