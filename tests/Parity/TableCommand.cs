using System.CommandLine;
using System.Text.Json;
using BpfVerifier.Host;
using Spectre.Console;

namespace BpfVerifier.Parity;

/// <summary><c>table</c>: agreement per corpus and kernel, and what disagrees, grouped by cause.</summary>
internal static class TableCommand
{
    private static readonly Option<string[]> s_corpora = new("--corpus") { Description = "samples, debian, …; all that were recorded by default", AllowMultipleArgumentsPerToken = true };
    private static readonly Option<string> s_kernel = new("--kernel", "-k") { Description = "Releases or host, with commas; all that were asked by default", DefaultValueFactory = _ => "all" };
    private static readonly Option<string> s_against = new("--against") { Description = "golden: what was recorded. oracle: ask the kernels now (needs root and QEMU)", DefaultValueFactory = _ => "golden" };
    private static readonly Option<bool> s_logs = new("--logs") { Description = "Also compare whole logs at levels 1 and 2 (slow)" };
    private static readonly Option<bool> s_details = new("--details") { Description = "List each disagreement" };
    private static readonly Option<string?> s_lines = new("--jsonl") { Description = "Write one JSON line a program to this file" };
    private static readonly Option<string?> s_markdown = new("--markdown") { Description = "Also write the table to this file" };
    private static readonly Option<string?> s_objects = new("--objects") { Description = "Directory of the objects, for a corpus of your own" };
    private static readonly Option<string?> s_golden = new("--golden") { Description = "Golden file, for a corpus of your own" };
    private static readonly Option<bool> s_raise = new("--write-floor") { Description = "Make these figures the floor (tests/Parity/floor.json)" };

    public static Command Create()
    {
        s_against.AcceptOnlyFromAmong("golden", "oracle");
        var command = new Command("table", "Prints how far the verifiers agree with real kernels. Exits with 1 when a figure is below its floor.")
        {
            s_corpora, s_kernel, s_against, s_logs, s_details, s_lines, s_markdown, s_objects, s_golden, s_raise,
        };
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult parsed)
    {
        string[] wanted = parsed.GetRequiredValue(s_kernel).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        bool own = parsed.GetValue(s_golden) is not null;
        IReadOnlyList<string> known = Corpus.Kernels();
        if (own && wanted is not [not "all"])
            return Refuse("--golden is of one kernel: name it with --kernel");
        if (wanted.FirstOrDefault(k => k != "all" && !own && !known.Contains(k)) is { } unknown)
            return Refuse($"no golden of kernel '{unknown}'; there are: {string.Join(", ", known)}, all");
        IReadOnlyList<string> kernels = wanted.Contains("all") ? known : wanted;
        string[] given = parsed.GetValue(s_corpora) ?? [];
        IReadOnlyList<string> corpora = own ? [Path.GetFileNameWithoutExtension(parsed.GetRequiredValue(s_golden)!)] : given.Length > 0 ? given : Corpus.Names();
        bool logs = parsed.GetValue(s_logs);

        var host = new VerifierHost();
        var all = new List<Comparison>();
        var rows = new List<Figures>();
        foreach (string corpus in corpora)
        {
            foreach (string kernel in kernels)
            {
                string golden = parsed.GetValue(s_golden) ?? Corpus.GoldenFile(corpus, kernel);
                if (!File.Exists(golden))
                {
                    if (own)
                        return Refuse($"no file {golden}");
                    continue;
                }
                string objects = parsed.GetValue(s_objects) ?? Corpus.Objects(corpus);
                if (!Directory.Exists(objects))
                    return Refuse($"{corpus} is not in {objects}: dotnet run --project tests/Oracle -- corpus {corpus}");
                Subject? subject = Subject.TryFind(host, kernel, golden, out Subject? found) ? found : null;
                if (parsed.GetValue(s_against) == "oracle" && (golden = Oracle.Ask(kernel, objects, golden)).Length == 0)
                    return Refuse($"the oracle gave no answer for {kernel}");
                if (Corpus.FirstOther(golden, objects) is { } other)
                    return Refuse($"{other} is not the file {kernel} was asked about: restore the corpus anew, or record it again");
                IReadOnlyList<Comparison> compared = Compare(golden, objects, kernel, subject, logs);
                all.AddRange(compared);
                rows.Add(Figures.Of(corpus, kernel, compared));
                Console.Error.WriteLine($"{corpus} {kernel}: {compared.Count} programs");
            }
        }
        if (rows.Count == 0)
            return Refuse($"nothing recorded of {string.Join(", ", corpora)} on {string.Join(", ", kernels)}");

        WriteTable(rows);
        Causes.Write(Console.Out, all, parsed.GetValue(s_details));
        bool raise = parsed.GetValue(s_raise);
        if (raise)
            Floor.Write(rows);
        // The floor's page is of everything, also where only some was compared again.
        if (parsed.GetValue(s_markdown) is { } page)
            MarkdownPage.Write(page, raise ? Floor.Read() : rows);
        if (parsed.GetValue(s_lines) is { } lines)
            File.WriteAllLines(lines, all.Select(Json));
        if (raise)
            return 0;
        IReadOnlyList<string> below = Floor.Below(rows, Floor.Read());
        foreach (string line in below)
            Console.Error.WriteLine(line);
        return below.Count == 0 ? 0 : 1;
    }

    /// <summary>Our answer beside each line of a golden file, in its order.</summary>
    /// <param name="goldenFile">The kernel's answers.</param>
    /// <param name="objects">Where the objects and scripts lie.</param>
    /// <param name="kernel">The kernel's name.</param>
    /// <param name="subject">Who answers for it; null when no one does.</param>
    /// <param name="logs">Compare logs too.</param>
    public static IReadOnlyList<Comparison> Compare(string goldenFile, string objects, string kernel, Subject? subject, bool logs)
    {
        IReadOnlyList<Golden> goldens = Golden.Read(goldenFile);
        if (subject is null)
            return [.. goldens.Select(g => Comparison.WithoutVerifier(kernel, g))];
        var compared = new Comparison[goldens.Count];
        Parallel.ForEach(Enumerable.Range(0, goldens.Count).GroupBy(i => goldens[i].Object), group =>
        {
            CorpusFile file = CorpusFile.Open(Path.Combine(objects, group.Key));
            foreach (int i in group)
                compared[i] = Comparison.Of(kernel, goldens[i], file, subject, logs);
        });
        return compared;
    }

    private static void WriteTable(IEnumerable<Figures> rows)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (string head in Figures.Heads)
            table.AddColumn(new TableColumn(head.Replace(' ', '\n')));
        foreach (Figures row in rows)
            table.AddRow(row.Row());
        IAnsiConsole console = AnsiConsole.Console;
        if (Console.IsOutputRedirected)
            console.Profile.Width = 160;
        console.Write(table);
    }

    private static string Json(Comparison c) => JsonSerializer.Serialize(new
    {
        kernel = c.Kernel,
        @object = c.Golden.Object,
        program = c.Golden.Program,
        kernel_verdict = c.Golden.Verdict,
        kernel_errno = c.Golden.Errno,
        kernel_message = c.Golden.Message,
        verdict = c.Verdict,
        errno = (int)c.Result.Errno,
        message = c.Result.Message,
        processed = c.Result.Statistics.ProcessedInstructions,
        total_states = c.Result.Statistics.TotalStates,
        peak_states = c.Result.Statistics.PeakStates,
        same_verdict = c.SameVerdict,
        same_errno = c.SameErrno,
        same_message = c.SameMessage,
        same_statistics = c.SameStatistics,
        same_level1 = c.Level1,
        same_level2 = c.Level2,
    });

    private static int Refuse(string why)
    {
        Console.Error.WriteLine(why);
        return 2;
    }
}
