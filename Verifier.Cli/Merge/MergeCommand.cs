using System.CommandLine;
using BpfVerifier.Host;

namespace BpfVerifier.Cli.Merge;

/// <summary><c>bpfverifier merge PART...</c>: joins what <c>verify --shard</c> wrote into what one run would have written.</summary>
internal static class MergeCommand
{
    public static Command Create()
    {
        var parts = new Argument<string[]>("PART") { Description = "The files of all parts, CSV or JSON", Arity = ArgumentArity.OneOrMore };
        Option<string?> to = CommonOptions.To();
        var command = new Command("merge", "Joins the parts that 'verify --shard' wrote; exits as the whole run would have.") { parts, to };
        command.SetAction(parsed => Run(parsed.GetRequiredValue(parts), parsed.GetValue(to)));
        return command;
    }

    private static int Run(string[] paths, string? to)
    {
        var parts = new List<ResultPart>();
        foreach (string path in paths)
        {
            if (ResultPart.Read(path, out ResultPart? part) is { } problem)
                return Refuse($"{path}: {problem}");
            parts.Add(part!);
        }
        if (ShardStamp.CannotJoin([.. parts.Select(part => (part.Path, part.Stamp))]) is { } reason)
            return Refuse(reason);
        if (parts.Select(part => part.Format).Distinct().Count() > 1)
            return Refuse("some parts are CSV and some are JSON");

        using var file = new ResultFile(to);
        // Cells belong to one part each, and each part is in order: a stable sort by cell gives the order of one run.
        PartRow[] rows = [.. parts.SelectMany(part => part.Rows).OrderBy(row => row.Cell)];
        ResultPart.Write(file.Stream, parts[0].Format, rows);
        file.Complete();
        return rows.Aggregate(ExitCode.AllAccepted, (code, row) => ExitCode.And(code, row.Verdict));
    }

    private static int Refuse(string problem)
    {
        Console.Error.WriteLine($"bpfverifier: {problem}");
        return ExitCode.Usage;
    }
}
