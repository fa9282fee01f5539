using System.CommandLine;
using BpfVerifier.Host;

namespace BpfVerifier.Cli;

/// <summary><c>bpfverifier verify OBJ... --kernel LIST</c>.</summary>
internal static class VerifyCommand
{
    private const int MaxSeconds = 86400;

    public static Command Create()
    {
        var objects = new Argument<string[]>("OBJ") { Description = "BPF object files, or directories to search for *.o", Arity = ArgumentArity.OneOrMore };
        var kernel = new Option<string>("--kernel", "-k") { Description = "Kernels: 6.12, 6.18.15, 6.12+modular, a comma-separated list, or all", DefaultValueFactory = _ => "all" };
        var output = new Option<string>("--output", "-o") { Description = "table, csv or json", DefaultValueFactory = _ => "table" };
        output.AcceptOnlyFromAmong("table", "csv", "json");
        var logLevel = new Option<int>("--log-level", "-l") { Description = "Kernel log: 1 the failing path, 2 every path and state, 4 statistics (bits, 0 to 7)" };
        logLevel.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 0 or > 7)
                result.AddError("--log-level takes the bits 1, 2 and 4: a number from 0 to 7");
        });
        var program = new Option<string[]>("--program", "-p") { Description = "Only programs of this name; may be repeated", DefaultValueFactory = _ => [] };
        var timeout = new Option<double?>("--timeout") { Description = "Seconds for one program; beyond it the verdict is 'limit'" };
        timeout.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double?>() is not (null or (> 0 and <= MaxSeconds)))
                result.AddError($"--timeout takes seconds: more than 0, at most {MaxSeconds}");
        });
        var command = new Command("verify", "Gives each kernel's verdict of each program of BPF objects.") { objects, kernel, output, logLevel, program, timeout };
        command.SetAction((parsed, cancellation) => Task.FromResult(Run(
            parsed.GetRequiredValue(objects),
            parsed.GetRequiredValue(kernel),
            parsed.GetRequiredValue(output),
            parsed.GetRequiredValue(program),
            new VerifierOptions
            {
                LogLevel = parsed.GetValue(logLevel),
                Timeout = parsed.GetValue(timeout) is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            },
            cancellation)));
        return command;
    }

    private static int Run(string[] inputs, string kernelList, string output, string[] programs, VerifierOptions options, CancellationToken cancellation)
    {
        var host = new VerifierHost();
        if (KernelSelector.Parse(kernelList, host.Releases, out IReadOnlyList<KernelSelector> kernels) is { } problem)
        {
            Console.Error.WriteLine($"bpfverifier: {problem}");
            return ExitCode.Usage;
        }
        List<string> paths = Inputs.Expand(inputs);
        if (paths.Count == 0)
        {
            Console.Error.WriteLine($"bpfverifier: no *.o files in {string.Join(", ", inputs)}");
            return ExitCode.Usage;
        }
        var runner = new Runner(host, kernels, options, programs);
        IReadOnlyList<Outcome> outcomes = ProgressBar.While("verifying", paths.Count * kernels.Count, finished => runner.Run(paths, finished, cancellation));
        if (outcomes.Count == 0)
        {
            Console.Error.WriteLine(programs.Length == 0
                ? "bpfverifier: the objects hold no programs"
                : $"bpfverifier: no program named {string.Join(" or ", programs)}");
            return ExitCode.Usage;
        }
        switch (output)
        {
            case "csv":
                CsvReport.Write(Console.Out, outcomes);
                break;
            case "json":
                JsonReport.Write(Console.OpenStandardOutput(), outcomes);
                break;
            default:
                TableReport.Write(TableReport.Console(), outcomes);
                break;
        }
        return ExitCode.Of(outcomes);
    }
}
