using System.CommandLine;
using BpfVerifier.Host;
using BpfVerifier.Live;
using BpfVerifier.Objects;

namespace BpfVerifier.Cli.Oracle;

/// <summary><c>bpfverifier oracle OBJ...</c>: our answers beside those of the kernel this machine runs.</summary>
internal static class OracleCommand
{
    /// <summary>Opens the running kernel.</summary>
    /// <returns>Null, or why it cannot be asked.</returns>
    public delegate string? OpenKernel(out RunningKernel? kernel, out IProgramLoader? loader);

    private const string Purpose = """
        Asks the running kernel's own verifier about each program of BPF objects, and compares: our verdict, its verdict, and where they part.

        Each program is loaded into the kernel of this machine and let go at once; nothing is attached, run or pinned. That needs
        Linux on x86-64 and CAP_BPF, with CAP_PERFMON for tracing programs and CAP_NET_ADMIN for most networking ones; root has
        them all. Our verdict is made for the same kernel: its release, types (/sys/kernel/btf/vmlinux), symbols and capabilities.
        A kernel's verifier can be faulty itself: give it only objects you would load on this machine anyway.

        Programs agree when verdict, errno, message and statistics (instructions, states) are the same.
        Exit code: 0 all programs agree; 1 some disagree; 2 the kernel cannot be asked about some of them, or at all, or the
        command line is wrong.
        """;

    public static Command Create()
    {
        Argument<string[]> objects = CommonOptions.Objects();
        Option<string> output = CommonOptions.Output();
        Option<int> logLevel = CommonOptions.LogLevel("Level of the logs that are compared: 1 the failing path, 2 every path and state (bits, 0 to 7; 4, statistics, is always asked for)", 1);
        Option<string[]> program = CommonOptions.Program();
        Option<double?> timeout = CommonOptions.Timeout("Seconds for one program of our verification; beyond it our verdict is 'limit'");
        var time = new Option<int>("--time") { Description = "Compare verification times: medians of N verifications on both sides (5 when N is left out)", Arity = ArgumentArity.ZeroOrOne, HelpName = "N" };
        time.CustomParser = result => result.Tokens switch
        {
            [] => 5,
            [var token] when int.TryParse(token.Value, out int runs) && runs is > 0 and <= 1000 => runs,
            _ => Refuse(result),
        };
        Option<string?> attachTarget = AttachTargetOption.Create();
        var command = new Command("oracle", Purpose) { objects, output, logLevel, program, timeout, time, attachTarget };
        command.SetAction((parsed, cancellation) => Task.FromResult(Run(
            parsed.GetRequiredValue(objects),
            parsed.GetRequiredValue(output),
            new OracleSettings(
                parsed.GetValue(logLevel),
                parsed.GetRequiredValue(program),
                parsed.GetValue(timeout) is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
                parsed.GetResult(time) is null ? 0 : parsed.GetValue(time),
                parsed.GetValue(attachTarget)),
            Open,
            Console.Error,
            cancellation)));
        return command;

        static int Refuse(System.CommandLine.Parsing.ArgumentResult result)
        {
            result.AddError("--time takes a number of verifications from 1 to 1000");
            return 0;
        }
    }

    /// <summary>The kernel of this machine.</summary>
    private static string? Open(out RunningKernel? kernel, out IProgramLoader? loader)
    {
        loader = null;
        if (RunningKernel.Read(out kernel) is { } unreadable)
            return unreadable;
        string? problem = ProgramLoader.Open(kernel!.Profile, out ProgramLoader? opened);
        loader = opened;
        return problem;
    }

    internal static int Run(string[] inputs, string output, OracleSettings settings, OpenKernel open, TextWriter error, CancellationToken cancellation)
    {
        List<string> paths = Inputs.Expand(inputs);
        if (paths.Count == 0)
            return Fail($"no *.o files in {string.Join(", ", inputs)}");
        string? problem = open(out RunningKernel? kernel, out IProgramLoader? loader);
        foreach (string line in kernel?.Notices ?? [])
            error.WriteLine($"bpfverifier: {line}");
        if (problem is not null)
            return Fail($"cannot ask the running kernel: {problem}");
        var host = new VerifierHost();
        if (kernel!.Nearest(host.Releases, out string notice) is not { } release || !host.TryGet(release, out IVerifier? verifier))
            return Fail("no release assembly is at hand");
        if (AttachTargetOption.Apply(settings.AttachTarget, ObjectOptions.Veristat with { Kconfig = kernel.Kconfig }, out ObjectOptions options) is { } wrongTarget)
            return Fail(wrongTarget);
        if (notice.Length > 0)
            error.WriteLine($"bpfverifier: {notice}");
        error.WriteLine($"bpfverifier: asking Linux {kernel.Name} ({kernel.Profile.Release}), and our verifier of {release}");

        var runner = new OracleRunner(kernel, verifier, loader!, settings, options);
        IReadOnlyList<OracleOutcome> outcomes = ProgressBar.While("asking", paths.Count, finished => runner.Run(paths, finished, cancellation));
        if (outcomes.Count == 0)
            return Fail(settings.Programs.Count == 0 ? "the objects hold no programs" : $"no program named {string.Join(" or ", settings.Programs)}");
        switch (output)
        {
            case "csv":
                OracleCsv.Write(Console.Out, outcomes);
                break;
            case "json":
                OracleJson.Write(Console.OpenStandardOutput(), outcomes);
                break;
            default:
                OracleTable.Write(TableReport.Console(), outcomes);
                break;
        }
        return Code(outcomes);

        int Fail(string what)
        {
            error.WriteLine($"bpfverifier: {what}");
            return ExitCode.Usage;
        }
    }

    /// <summary>A disagreement outweighs programs the kernel was not asked about.</summary>
    internal static int Code(IReadOnlyList<OracleOutcome> outcomes) =>
        outcomes.Any(o => o.Asked && !o.Agrees) ? ExitCode.SomeRejected
        : outcomes.Any(o => !o.Asked) ? ExitCode.Usage
        : ExitCode.AllAccepted;
}
