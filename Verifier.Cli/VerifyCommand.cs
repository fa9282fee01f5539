using System.CommandLine;
using BpfVerifier.Host;

namespace BpfVerifier.Cli;

/// <summary><c>bpfverifier verify OBJ... --kernel LIST</c>.</summary>
internal static class VerifyCommand
{
    public static Command Create()
    {
        Argument<string[]> objects = CommonOptions.Objects();
        var kernel = new Option<string>("--kernel", "-k") { Description = "Kernels: 6.12, 6.18.15, 6.12+modular, a comma-separated list, or all", DefaultValueFactory = _ => "all" };
        Option<string> output = CommonOptions.Output();
        Option<int> logLevel = CommonOptions.LogLevel("Kernel log: 1 the failing path, 2 every path and state, 4 statistics (bits, 0 to 7)", 0);
        Option<string[]> program = CommonOptions.Program();
        Option<double?> timeout = CommonOptions.Timeout("Seconds for one program; beyond it the verdict is 'limit'");
        var unprivileged = new Option<bool>("--unprivileged") { Description = "Load without any capability, where kernel.unprivileged_bpf_disabled is 0" };
        var command = new Command("verify", "Gives each kernel's verdict of each program of BPF objects.") { objects, kernel, output, logLevel, program, timeout, unprivileged };
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
            parsed.GetValue(unprivileged) ? LoaderCapabilities.None : LoaderCapabilities.Root,
            cancellation)));
        return command;
    }

    private static int Run(string[] inputs, string kernelList, string output, string[] programs, VerifierOptions options, LoaderCapabilities capabilities, CancellationToken cancellation)
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
        var runner = new Runner(host, kernels, options, capabilities, programs);
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
