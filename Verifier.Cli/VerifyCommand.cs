using System.CommandLine;
using System.Text;
using BpfVerifier.Host;
using BpfVerifier.Live;
using BpfVerifier.Objects;

namespace BpfVerifier.Cli;

/// <summary><c>bpfverifier verify OBJ... --kernel LIST</c>.</summary>
internal sealed class VerifyCommand
{
    private readonly Argument<string[]> _objects = CommonOptions.Objects();
    private readonly Option<string> _kernel = new("--kernel", "-k")
    {
        Description = "Kernels: 6.12, 6.18.15, 6.12+modular, a comma-separated list, or all",
        DefaultValueFactory = _ => "all",
    };
    private readonly Option<string> _output = CommonOptions.Output();
    private readonly Option<int> _logLevel = CommonOptions.LogLevel("Kernel log: 1 the failing path, 2 every path and state, 4 statistics (bits, 0 to 7)", 0);
    private readonly Option<string[]> _program = CommonOptions.Program();
    private readonly Option<double?> _timeout = CommonOptions.Timeout("Seconds for one program; beyond it the verdict is 'limit'");
    private readonly Option<bool> _unprivileged = new("--unprivileged") { Description = "Load without any capability, where kernel.unprivileged_bpf_disabled is 0" };
    private readonly Option<string?> _shard = CommonOptions.Shard();
    private readonly Option<int> _jobs = CommonOptions.Jobs();
    private readonly Option<string?> _to = CommonOptions.To();
    private readonly Option<string?> _btf = new("--btf") { Description = "Types of the kernel, as /sys/kernel/btf/vmlinux, in place of those of the release" };
    private readonly Option<bool> _live = new("--live") { Description = "The kernel of this machine: its own types, symbols, CPUs and configuration; loads nothing" };
    private readonly Option<string?> _attachTarget = AttachTargetOption.Create();
    private readonly HostOptionSet _host = new();

    public static Command Create() => new VerifyCommand().Command();

    private Command Command()
    {
        var command = new Command("verify", "Gives each kernel's verdict of each program of BPF objects.")
        {
            _objects, _kernel, _output, _logLevel, _program, _timeout, _unprivileged, _shard, _jobs, _to, _btf, _live, _attachTarget,
        };
        _host.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(_output) is not ("csv" or "json") && (result.GetValue(_shard) ?? result.GetValue(_to)) is not null)
                result.AddError("--shard and --to need --output csv or json");
            if (result.GetValue(_live) && (result.GetValue(_btf) is not null || result.GetResult(_kernel) is { Implicit: false }))
                result.AddError("--live is a kernel by itself: it goes with neither --kernel nor --btf");
        });
        command.SetAction((parsed, cancellation) => Task.FromResult(Run(parsed, cancellation)));
        return command;
    }

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        string? problem = _host.Read(parsed, out VerifierHost host);
        AskedKernels? asked = null;
        if (problem is not null || (problem = Kernels(parsed, host, out asked)) is not null)
            return Refuse(problem);
        if (AttachTargetOption.Apply(parsed.GetValue(_attachTarget), asked!.Objects, out ObjectOptions options) is { } wrongTarget)
            return Refuse(wrongTarget);
        foreach (string notice in asked.Notices)
            Console.Error.WriteLine($"bpfverifier: {notice}");
        string[] inputs = parsed.GetRequiredValue(_objects);
        List<MatrixObject> objects = Inputs.Objects(inputs, options);
        if (objects.Count == 0)
            return Refuse($"no *.o files in {string.Join(", ", inputs)}");

        bool part = Shard.TryParse(parsed.GetValue(_shard), out Shard shard);
        var matrix = new VerificationMatrix(host, objects, asked.Kernels, new MatrixOptions
        {
            Verification = new VerifierOptions
            {
                LogLevel = parsed.GetValue(_logLevel),
                Timeout = parsed.GetValue(_timeout) is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            },
            Capabilities = parsed.GetValue(_unprivileged) ? LoaderCapabilities.None : LoaderCapabilities.Root,
            Kernel = asked.Change,
            Programs = parsed.GetRequiredValue(_program),
            Shard = shard,
            Workers = parsed.GetValue(_jobs),
        });
        return Run(matrix, parsed, part ? shard : null, cancellation);
    }

    private string? Kernels(ParseResult parsed, VerifierHost host, out AskedKernels? asked)
    {
        asked = null;
        if (parsed.GetValue(_live))
            return RunningKernel.Read(out RunningKernel? kernel) ?? AskedKernels.Live(kernel!, host.Releases, out asked);
        return AskedKernels.Releases(parsed.GetRequiredValue(_kernel), host.Releases, out asked)
            ?? (parsed.GetValue(_btf) is { } path ? asked.WithTypes(path, out asked) : null);
    }

    private int Run(VerificationMatrix matrix, ParseResult parsed, Shard? part, CancellationToken cancellation)
    {
        using var file = new ResultFile(parsed.GetValue(_to));
        using var text = new StreamWriter(file.Stream, new UTF8Encoding(false), 1 << 16);
        int code = ExitCode.AllAccepted, rows = 0;
        IReport? report = null;
        ProgressBar.While("verifying", matrix.OwnCells, finished =>
        {
            matrix.Run(Add, finished, cancellation);
            return rows;
        });
        if (rows == 0 && part is null)
        {
            string[] programs = parsed.GetRequiredValue(_program);
            return Refuse(programs.Length == 0 ? "the objects hold no programs" : $"no program named {string.Join(" or ", programs)}");
        }
        ShardStamp? stamp = part is { } shard ? new ShardStamp(shard, matrix.Cells, matrix.Fingerprint(), matrix.BuildsFingerprint(), rows) : null;
        Report().Finish(stamp);
        text.Dispose();
        file.Complete();
        // What a part's verdicts mean for the whole is known when the parts are joined; until then the part is done.
        return part is null ? code : ExitCode.AllAccepted;

        void Add(IReadOnlyList<MatrixAnswer> answers)
        {
            foreach (MatrixAnswer answer in answers)
                code = ExitCode.And(code, answer.Result.Verdict);
            rows += answers.Count;
            if (answers.Count != 0)
                Report().Add(answers);
        }

        IReport Report() => report ??= parsed.GetValue(_output) switch
        {
            "csv" => new CsvReport(text, part is not null),
            "json" => new JsonReport(file.Stream, part is not null),
            _ => new TableReport(),
        };
    }

    private static int Refuse(string problem)
    {
        Console.Error.WriteLine($"bpfverifier: {problem}");
        return ExitCode.Usage;
    }
}
