using System.Globalization;
using Spectre.Console;

namespace BpfVerifier.Cli;

/// <summary>For people: a table of verdicts, then each rejection with its message, instruction and source line.</summary>
internal static class TableReport
{
    public static void Write(IAnsiConsole console, IReadOnlyList<Outcome> outcomes)
    {
        var table = new Table().Border(TableBorder.Simple)
            .AddColumns("File", "Program", "Kernel", "Verdict", "Errno");
        foreach (string number in (string[])["Insns", "States", "Peak", "Duration (us)"])
            table.AddColumn(new TableColumn(number).RightAligned());
        foreach (Outcome o in outcomes)
        {
            VerificationStatistics s = o.Result.Statistics;
            table.AddRow(
                new Text(o.FileName), new Text(o.ProgramName), new Text(o.Kernel), new Text(o.VerdictWord, Colour(o.Result.Verdict)), new Text(o.ErrnoWord),
                Number(s.ProcessedInstructions), Number(s.TotalStates), Number(s.PeakStates), Number(o.DurationMicroseconds));
        }
        console.Write(table);
        foreach (Outcome o in outcomes)
            WriteDetails(console, o);
        console.WriteLine(Summary(outcomes));
    }

    private static void WriteDetails(IAnsiConsole console, Outcome o)
    {
        VerificationResult result = o.Result;
        if (result.Verdict != Verdict.Accepted)
        {
            console.WriteLine();
            console.Write(new Text($"{o.FileName}{(o.ProgramName.Length == 0 ? "" : ": " + o.ProgramName)} ({o.Kernel}): ", new Style(decoration: Decoration.Bold)));
            console.Write(new Text(o.VerdictWord, Colour(result.Verdict)));
            console.WriteLine();
            if (result.Message.Length != 0)
                console.WriteLine($"  {result.Message}");
            if (result.InstructionIndex >= 0)
                console.WriteLine($"  at instruction {result.InstructionIndex.ToString(CultureInfo.InvariantCulture)}: {result.Instruction}");
            if (result.Source is { } source)
                console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {source.File}:{source.Line}: {source.Text.Trim()}"));
        }
        if (result.Log.Length != 0)
        {
            console.WriteLine();
            console.WriteLine(result.Log.TrimEnd('\n'));
        }
    }

    private static string Summary(IReadOnlyList<Outcome> outcomes)
    {
        IEnumerable<string> counts = outcomes.GroupBy(o => o.VerdictWord)
            .OrderByDescending(group => group.Count())
            .Select(group => string.Create(CultureInfo.InvariantCulture, $"{group.Count()} {group.Key}"));
        return string.Create(CultureInfo.InvariantCulture, $"\n{outcomes.Count} verdicts: {string.Join(", ", counts)}");
    }

    private static Text Number(long value) => new(value.ToString(CultureInfo.InvariantCulture));

    private static Style Colour(Verdict verdict) => new(verdict switch
    {
        Verdict.Accepted => Color.Green,
        Verdict.NotImplemented => Color.Yellow,
        _ => Color.Red,
    });
}
