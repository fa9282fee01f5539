using System.CommandLine;
using BpfVerifier.Boundary;
using BpfVerifier.Boundary.Reports;
using BpfVerifier.Cli.Backports;
using BpfVerifier.Host;

namespace BpfVerifier.Cli.Boundary;

/// <summary><c>bpfverifier boundary</c>: how many of the verifier's changes stay inside the verifier.</summary>
internal static class BoundaryCommand
{
    private const int MostRows = 1000;

    private const string Purpose = """
        Measures the boundary of the kernel's verifier: which of its changes touch nothing else, so that an older release can take
        them, and what to take into the boundary next so that most changes come inside.

        From a data set:      --commits FILE --patchsets FILE
        From a repository:    --repo DIR --range A..B [--target PATH...]
        From our own ledger:  --ledger [DIR] [--commits FILE]
        The same for releases: --ledger --release R: what each further member of the façade, or several, would bring inside

        Patchsets of a repository are merges that brought in commits without merges among them. Git is run without shell, network
        or any program that the repository names.
        Exit code: 0 measured; 2 an input cannot be read, the range is empty, or the command line is wrong.
        """;

    public static Command Create()
    {
        var commits = new Option<string?>("--commits") { Description = "Data set: commits that change the verifier (JSON). With --ledger: where to take the files of its commits from", HelpName = "FILE" };
        var patchsets = new Option<string?>("--patchsets") { Description = "Data set: patchsets with all their commits (JSON)", HelpName = "FILE" };
        var repository = new Option<string?>("--repo") { Description = "A git repository", HelpName = "DIR" };
        var range = new Option<string?>("--range") { Description = "Its commits to look at: what B has and A has not", HelpName = "A..B" };
        var ledger = new Option<string?>("--ledger") { Description = "The ledger of changes: a folder with ledger*.json, or the one this tool was built with", HelpName = "DIR", Arity = ArgumentArity.ZeroOrOne };
        var release = new Option<string?>("--release", "-r") { Description = "With --ledger: releases to give advice for: 6.1, 6.1.100, a comma-separated list, or all", HelpName = "R" };
        var host = new HostOptionSet();
        var target = new Option<string[]>("--target") { Description = $"Files or folders that are the verifier [default: what the data set says, or {Scope.Verifier}]", HelpName = "PATH", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
        var ignore = new Option<string[]>("--ignore") { Description = "Files or folders that do not count; '' for none", HelpName = "PATH", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [Scope.Selftests] };
        var top = new Option<int>("--top") { Description = "Rows of each list", HelpName = "N", DefaultValueFactory = _ => 15 };
        top.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > MostRows)
                result.AddError($"--top takes a number from 1 to {MostRows}");
        });
        var output = new Option<string>("--output", "-o") { Description = "text, json or html (one file, to be written with > page.html)", DefaultValueFactory = _ => "text" };
        output.AcceptOnlyFromAmong("text", "json", "html");
        var command = new Command("boundary", Purpose) { commits, patchsets, repository, range, ledger, release, target, ignore, top, output };
        host.AddTo(command);
        command.SetAction((parsed, cancellation) => Task.FromResult(Run(
            new BoundaryInputs(
                parsed.GetValue(commits), parsed.GetValue(patchsets), parsed.GetValue(repository), parsed.GetValue(range),
                parsed.GetResult(ledger) is not null, parsed.GetValue(ledger), parsed.GetValue(release), parsed.GetRequiredValue(target), parsed.GetRequiredValue(ignore)),
            parsed.GetValue(top),
            parsed.GetRequiredValue(output),
            () => (host.Read(parsed, out VerifierHost found), found),
            cancellation)));
        return command;
    }

    private static int Run(BoundaryInputs inputs, int top, string output, Func<(string? Problem, VerifierHost Host)> host, CancellationToken cancellation)
    {
        if (inputs.Mistake() is { } mistake)
            return Fail(mistake);
        string? problem;
        if (inputs.Releases is { } names)
        {
            (problem, VerifierHost found) = host();
            using (found)
            {
                IReadOnlyList<ReleaseChanges> releases = [];
                if ((problem ?? ReleaseChanges.Read(found, names, out releases)) is { } unreadable)
                    return Fail(unreadable);
                var advice = new AdviceReport([.. releases.Select(AdviceText.Of)], top);
                Write(output, advice.WriteJson, advice.Html, () => AdviceText.Write(TableReport.Console(), advice));
                return ExitCode.AllAccepted;
            }
        }
        if (inputs.IsLedger)
        {
            problem = inputs.Measure(top, out LedgerMeasurement? ledger);
            if (problem is null)
                Write(output, to => BoundaryJson.Write(to, ledger!), () => BoundaryHtml.Write(ledger!), () => BoundaryText.Write(TableReport.Console(), ledger!));
        }
        else
        {
            problem = inputs.Measure(top, out Measurement? measured, cancellation);
            if (problem is null)
                Write(output, to => BoundaryJson.Write(to, measured!, top), () => BoundaryHtml.Write(measured!, top), () => BoundaryText.Write(TableReport.Console(), measured!, top));
        }
        return problem is null ? ExitCode.AllAccepted : Fail(problem);
    }

    private static void Write(string output, Action<Stream> json, Func<string> html, Action text)
    {
        switch (output)
        {
            case "json":
                using (Stream to = Console.OpenStandardOutput())
                    json(to);
                break;
            case "html":
                using (Stream to = Console.OpenStandardOutput())
                    to.Write(System.Text.Encoding.UTF8.GetBytes(html()));
                break;
            default:
                text();
                break;
        }
    }

    private static int Fail(string what)
    {
        Console.Error.WriteLine($"bpfverifier: {what}");
        return ExitCode.Usage;
    }
}
