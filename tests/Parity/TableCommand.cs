using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using BpfVerifier.Host;
using BpfVerifier.Objects;

namespace BpfVerifier.Parity;

/// <summary><c>table</c>: agreement per release and corpus, and what disagrees, grouped by cause.</summary>
internal static class TableCommand
{
    public static Command Create()
    {
        var corpora = new Option<string[]>("--corpus") { Description = "samples, debian, …", DefaultValueFactory = _ => ["samples"], AllowMultipleArgumentsPerToken = true };
        var kernel = new Option<string>("--kernel", "-k") { Description = "As for bpfverifier verify", DefaultValueFactory = _ => "all" };
        var logs = new Option<bool>("--logs") { Description = "Also compare whole logs at levels 1 and 2 (slow)" };
        var details = new Option<bool>("--details") { Description = "List each disagreement" };
        var lines = new Option<string?>("--jsonl") { Description = "Write one JSON line a program to this file" };
        var markdown = new Option<string?>("--markdown") { Description = "Also write the table to this file" };
        var objects = new Option<string?>("--objects") { Description = "Directory of the objects, for a corpus of your own" };
        var golden = new Option<string?>("--golden") { Description = "Golden file, for a corpus of your own" };
        var command = new Command("table", "Prints the parity table against recorded goldens.") { corpora, kernel, logs, details, lines, markdown, objects, golden };
        command.SetAction(parsed =>
        {
            var host = new VerifierHost();
            if (KernelSelector.Parse(parsed.GetRequiredValue(kernel), host.Releases, out IReadOnlyList<KernelSelector> kernels) is { } problem)
            {
                Console.Error.WriteLine(problem);
                return 2;
            }
            var all = new List<Comparison>();
            var rows = new List<string>();
            Console.WriteLine("corpus           kernel  programs  verdict   f.accept f.reject notimpl  errno    message  stats    log L1   log L2");
            foreach (string corpus in parsed.GetRequiredValue(corpora))
            {
                foreach (KernelSelector selected in kernels)
                {
                    string file = parsed.GetValue(golden) ?? Corpus.GoldenFile(corpus, selected.Name);
                    if (!File.Exists(file) || !host.TryGet(selected.Release, out IVerifier? verifier))
                        continue;
                    IReadOnlyList<Comparison> compared = Compare(file, parsed.GetValue(objects) ?? Corpus.Objects(corpus), selected.Name, verifier, parsed.GetValue(logs));
                    all.AddRange(compared);
                    string row = Row(corpus, selected.Name, compared);
                    Console.WriteLine(row);
                    rows.Add(row);
                }
            }
            if (parsed.GetValue(markdown) is { } page)
                WriteMarkdown(page, rows);
            WriteCauses(all, parsed.GetValue(details));
            if (parsed.GetValue(lines) is { } path)
                File.WriteAllLines(path, all.Select(c => JsonSerializer.Serialize(new { c.Kernel, c.Golden, c.Verdict, c.Result.Message, Errno = (int)c.Result.Errno, c.Result.Statistics, c.SameVerdict, c.SameMessage, c.SameStatistics, c.Level1, c.Level2 })));
            return 0;
        });
        return command;
    }

    public static IReadOnlyList<Comparison> Compare(string goldenFile, string objects, string kernel, IVerifier verifier, bool logs)
    {
        IReadOnlyList<Golden> goldens = Golden.Read(goldenFile);
        var compared = new Comparison[goldens.Count];
        string[] names = [.. goldens.Select(g => g.Object).Distinct()];
        Parallel.ForEach(names, name =>
        {
            BpfObject opened = BpfObject.Open(Path.Combine(objects, name), new ObjectOptions { RelaxedMaps = true, FillMaxEntries = true });
            for (int i = 0; i < goldens.Count; i++)
                if (goldens[i].Object == name)
                    compared[i] = Comparison.Of(kernel, goldens[i], opened, verifier, logs);
        });
        return compared;
    }

    private static string Row(string corpus, string kernel, IReadOnlyList<Comparison> all)
    {
        Comparison[] rejected = [.. all.Where(c => c.Golden.Verdict == "failure")];
        Comparison[] accepted = [.. all.Where(c => c.Golden.Verdict == "success")];
        Comparison[] level1 = [.. all.Where(c => c.Level1 is not null)];
        Comparison[] level2 = [.. all.Where(c => c.Level2 is not null)];
        return string.Create(CultureInfo.InvariantCulture,
            $"{corpus,-16} {kernel,-7} {all.Count,8}  {Share(all, c => c.SameVerdict),-9} {all.Count(c => c.FalseAccept),-8} {all.Count(c => c.FalseReject),-8} {all.Count(c => c.Verdict == "not_implemented"),-8} {Share(all, c => c.SameErrno),-8} {Share(rejected, c => c.SameMessage),-8} {Share(accepted, c => c.SameStatistics),-8} {Share(level1, c => c.Level1 == true),-8} {Share(level2, c => c.Level2 == true),-8}");
    }

    private static void WriteMarkdown(string page, List<string> rows)
    {
        string[] heads = ["corpus", "kernel", "programs", "verdict", "false accepts", "false rejects", "not implemented", "errno", "message of rejected", "statistics of accepted", "log L1", "log L2"];
        using var to = new StreamWriter(page) { NewLine = "\n" };
        to.WriteLine("# Parity");
        to.WriteLine();
        to.WriteLine("Agreement with what real kernels answered (`tests/Parity/golden`), equal to the letter. Statistics are processed");
        to.WriteLine("instructions, total, peak and most states an instruction, and mark_read; logs are compared as a whole, addresses masked.");
        to.WriteLine("A program we answer `not_implemented` counts as disagreement. The samples are in the repository; the other corpora are");
        to.WriteLine("made by `dotnet run --project tests/Oracle -- corpus NAME`. Printed by");
        to.WriteLine();
        to.WriteLine("    dotnet run --project tests/Parity -c Release -- table --corpus NAME... --kernel all --logs --markdown docs/parity.md");
        to.WriteLine();
        to.WriteLine($"| {string.Join(" | ", heads)} |");
        to.WriteLine($"|{string.Concat(Enumerable.Repeat("---|", heads.Length))}");
        foreach (string row in rows)
            to.WriteLine($"| {string.Join(" | ", row.Split(' ', StringSplitOptions.RemoveEmptyEntries))} |");
    }

    private static string Share(IReadOnlyCollection<Comparison> of, Func<Comparison, bool> agrees) =>
        of.Count == 0 ? "-" : string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(1000.0 * of.Count(agrees) / of.Count) / 10:0.0}%");

    private static void WriteCauses(IReadOnlyList<Comparison> all, bool details)
    {
        foreach (var cause in all.Where(c => !c.SameVerdict || (c.Golden.Verdict == "failure" && !c.SameMessage))
            .GroupBy(c => (Kernel: $"{c.Golden.Verdict}: {c.Golden.Message}", Ours: $"{c.Verdict}: {c.Result.Message}"))
            .OrderByDescending(group => group.Count()))
        {
            Console.WriteLine();
            Console.WriteLine($"{cause.Count()} x kernel {cause.Key.Kernel}\n    ours   {cause.Key.Ours}");
            foreach (Comparison c in details ? cause : cause.Take(3))
                Console.WriteLine($"      {c.Kernel} {c.Golden.Object} {c.Golden.Program}");
        }
        foreach (Comparison c in all.Where(c => c.Golden.Verdict == "success" && c.SameVerdict && !c.SameStatistics).Take(details ? int.MaxValue : 20))
        {
            VerificationStatistics s = c.Result.Statistics;
            Console.WriteLine($"stats {c.Kernel} {c.Golden.Object} {c.Golden.Program}: kernel {c.Golden.Processed}/{c.Golden.MaxStatesPerInsn}/{c.Golden.TotalStates}/{c.Golden.PeakStates}/{c.Golden.MarkRead}, ours {s.ProcessedInstructions}/{s.MaxStatesPerInstruction}/{s.TotalStates}/{s.PeakStates}/{s.MarkRead}");
        }
        if (details)
        {
            foreach (Comparison c in all.Where(c => c.Level1 == false || c.Level2 == false))
                Console.WriteLine($"log {(c.Level1 == false ? "L1 " : "")}{(c.Level2 == false ? "L2 " : "")}{c.Kernel} {c.Golden.Object} {c.Golden.Program}");
        }
    }
}
