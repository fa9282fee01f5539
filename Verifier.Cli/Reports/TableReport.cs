using System.Globalization;
using BpfVerifier.Host;
using Spectre.Console;

namespace BpfVerifier.Cli;

/// <summary>
/// For people: a table of verdicts (one column a kernel, or the figures when only one kernel was asked), then each
/// rejection with its message, instruction and source line, once for all kernels that say the same.
/// </summary>
internal sealed class TableReport : IReport
{
    private readonly List<MatrixAnswer> _answers = [];

    public void Add(IReadOnlyList<MatrixAnswer> answers) => _answers.AddRange(answers);

    public void Finish(ShardStamp? stamp) => Write(Console(), _answers);

    /// <summary>The console to write to: no colour and no line breaks when the output goes to a file or a pipe.</summary>
    public static IAnsiConsole Console()
    {
        if (!System.Console.IsOutputRedirected)
            return AnsiConsole.Console;
        IAnsiConsole plain = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors });
        plain.Profile.Width = 1000;
        return plain;
    }

    private static void Write(IAnsiConsole console, List<MatrixAnswer> outcomes)
    {
        string[] kernels = [.. outcomes.Select(o => o.Kernel).Distinct()];
        List<MatrixAnswer[]> programs = [.. outcomes.GroupBy(o => (o.FileName, o.ProgramName)).Select(group => group.ToArray())];
        console.Write(kernels.Length > 1 ? Matrix(kernels, programs) : Figures(outcomes));
        foreach (MatrixAnswer[] program in programs)
            foreach (IGrouping<(string, string, int), MatrixAnswer> same in program.GroupBy(o => (o.VerdictWord, o.Result.Message, o.Result.InstructionIndex)))
                WriteDetails(console, [.. same]);
        console.WriteLine();
        console.WriteLine(Summary(outcomes));
    }

    private static Table Matrix(string[] kernels, List<MatrixAnswer[]> programs)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns(Column("File"), Column("Program"));
        foreach (string kernel in kernels)
            table.AddColumn(Column(kernel));
        string file = "";
        foreach (MatrixAnswer[] program in programs)
        {
            List<Text> cells = [new(program[0].FileName == file ? "" : program[0].FileName), new(program[0].ProgramName)];
            file = program[0].FileName;
            foreach (string kernel in kernels)
                cells.Add(program.FirstOrDefault(o => o.Kernel == kernel) is { } o ? Verdict(o) : new Text(""));
            table.AddRow(cells);
        }
        return table;
    }

    private static Table Figures(IReadOnlyList<MatrixAnswer> outcomes)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns(Column("File"), Column("Program"), Column("Kernel"), Column("Verdict"), Column("Errno"));
        foreach (string number in (string[])["Insns", "States", "Peak", "Duration (us)"])
            table.AddColumn(Column(number).RightAligned());
        string file = "";
        foreach (MatrixAnswer o in outcomes)
        {
            VerificationStatistics s = o.Result.Statistics;
            table.AddRow(
                new Text(o.FileName == file ? "" : o.FileName), new Text(o.ProgramName), new Text(o.Kernel), Verdict(o), new Text(o.ErrnoWord),
                Number(s.ProcessedInstructions), Number(s.TotalStates), Number(s.PeakStates), Number(o.DurationMicroseconds));
            file = o.FileName;
        }
        return table;
    }

    public static TableColumn Column(string title) => new TableColumn(new Text(title)).NoWrap();

    private static Text Verdict(MatrixAnswer o) => new(o.VerdictWord, Colour(o.Result.Verdict));

    private static void WriteDetails(IAnsiConsole console, MatrixAnswer[] same)
    {
        MatrixAnswer o = same[0];
        VerificationResult result = o.Result;
        string kernels = string.Join(", ", same.Select(each => each.Kernel));
        if (result.Verdict != BpfVerifier.Verdict.Accepted)
        {
            console.WriteLine();
            console.Write(new Text($"{o.FileName}{(o.ProgramName.Length == 0 ? "" : ": " + o.ProgramName)} ({kernels}): ", new Style(decoration: Decoration.Bold)));
            console.Write(Verdict(o));
            console.WriteLine();
            if (result.Message.Length != 0)
                console.WriteLine($"  {result.Message}");
            if (result.InstructionIndex >= 0)
                console.WriteLine($"  at instruction {result.InstructionIndex.ToString(CultureInfo.InvariantCulture)}: {result.Instruction}");
            if (result.Source is { } source)
                console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {source.File}:{source.Line}: {source.Text.Trim()}"));
        }
        foreach (MatrixAnswer each in same)
        {
            if (each.Result.Log.Length == 0)
                continue;
            console.WriteLine();
            console.WriteLine($"{each.FileName}: {each.ProgramName} ({each.Kernel})");
            console.WriteLine(each.Result.Log.TrimEnd('\n'));
        }
    }

    private static string Summary(IReadOnlyList<MatrixAnswer> outcomes)
    {
        IEnumerable<string> counts = outcomes.GroupBy(o => o.VerdictWord)
            .OrderByDescending(group => group.Count())
            .Select(group => string.Create(CultureInfo.InvariantCulture, $"{group.Count()} {group.Key}"));
        return string.Create(CultureInfo.InvariantCulture, $"{outcomes.Count} verdicts: {string.Join(", ", counts)}");
    }

    public static Text Number(long value) => new(value.ToString(CultureInfo.InvariantCulture));

    public static Style Colour(Verdict verdict) => new(verdict switch
    {
        BpfVerifier.Verdict.Accepted => Color.Green,
        BpfVerifier.Verdict.NotImplemented => Color.Yellow,
        _ => Color.Red,
    });
}
