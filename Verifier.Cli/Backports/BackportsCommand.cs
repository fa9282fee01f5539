using System.CommandLine;
using BpfVerifier.Host;

namespace BpfVerifier.Cli.Backports;

/// <summary><c>bpfverifier backports</c>: which later changes of the verifier the modular flavour of a release takes over.</summary>
internal static class BackportsCommand
{
    private const string Purpose = """
        Which later changes of the kernel's verifier a release answers with in its modular flavour (--kernel 6.1+modular), which
        are refused because they need what the release lacks, and which it has already.

        For one release every change is listed; for several, or 'all', they are counted. A patch level (6.1.100) counts what its
        stable branch had by then. Exit code: 0 answered; 2 the command line is wrong.
        """;

    public static Command Create()
    {
        var release = new Option<string>("--release", "-r") { Description = "Releases: 6.1, 6.1.100, a comma-separated list, or all", HelpName = "R", DefaultValueFactory = _ => "all" };
        var state = new Option<string?>("--state") { Description = "List only changes in this state: applied, refused or already-there" };
        state.AcceptOnlyFromAmong([.. BackportsReport.States]);
        var output = new Option<string>("--output", "-o") { Description = "table, markdown or json", DefaultValueFactory = _ => "table" };
        output.AcceptOnlyFromAmong("table", "markdown", "json");
        var options = new HostOptionSet();
        var command = new Command("backports", Purpose) { release, state, output };
        options.AddTo(command);
        command.SetAction(parsed =>
        {
            string? problem = options.Read(parsed, out VerifierHost host);
            using (host)
                return problem is null
                    ? Run(host, parsed.GetRequiredValue(release), parsed.GetValue(state), parsed.GetRequiredValue(output))
                    : Fail(problem);
        });
        return command;
    }

    private static int Run(VerifierHost host, string releases, string? state, string output)
    {
        if (ReleaseChanges.Read(host, releases, out IReadOnlyList<ReleaseChanges> answers) is { } problem)
            return Fail(problem);
        var report = new BackportsReport(answers, state);
        switch (output)
        {
            case "json":
                using (Stream to = Console.OpenStandardOutput())
                    report.WriteJson(to);
                break;
            case "markdown":
                Console.Write(report.Markdown());
                break;
            default:
                report.WriteTable(TableReport.Console());
                break;
        }
        return ExitCode.AllAccepted;
    }

    private static int Fail(string problem)
    {
        Console.Error.WriteLine($"bpfverifier: {problem}");
        return ExitCode.Usage;
    }
}
