using BpfVerifier.Host;
using BpfVerifier.Live;
using BpfVerifier.Live.Tests;
using Xunit;

namespace BpfVerifier.Cli.Tests;

/// <summary>Types of a user and of a running kernel behind a release's verifier.</summary>
public sealed class AskedKernelsTests : IDisposable
{
    private static readonly string s_object = Path.Combine(Tool.Samples, "tracing", "typed_pointers.bpf.o");

    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static Dictionary<string, VerificationResult> Verify(AskedKernels asked)
    {
        var answers = new Dictionary<string, VerificationResult>();
        new VerificationMatrix(new VerifierHost(), [MatrixObject.File(s_object, "o", asked.Objects)], asked.Kernels, new MatrixOptions { Kernel = asked.Change })
            .Run(cell => cell.ToList().ForEach(answer => answers.Add(answer.ProgramName, answer.Result)));
        return answers;
    }

    [Fact]
    public void Running_kernel_is_answered_for_with_its_own_types()
    {
        using var machine = new FakeMachine();
        Assert.Null(RunningKernel.Read(out RunningKernel? kernel, machine.Path));
        Assert.Null(AskedKernels.Live(kernel!, [new(6, 12), new(6, 18)], out AskedKernels asked));
        KernelSelector selector = Assert.Single(asked.Kernels);
        Assert.Equal(("6.12.9", new KernelRelease(6, 12, 9)), (selector.Name, selector.Release));
        // A kernel without any type has no tracepoint to attach to; the release's own has.
        Assert.All(Verify(asked).Values, result => Assert.NotEqual(Verdict.Accepted, result.Verdict));
        Assert.Null(AskedKernels.Releases("6.12", [new(6, 12)], out AskedKernels own));
        Assert.Contains(Verify(own).Values, result => result.Verdict == Verdict.Accepted);
    }

    [Fact]
    public void Kernel_without_a_release_of_its_own_is_answered_for_by_the_nearest_and_the_user_is_told()
    {
        using var machine = new FakeMachine();
        Assert.Null(RunningKernel.Read(out RunningKernel? kernel, machine.Path));
        Assert.Null(AskedKernels.Live(kernel!, [new(6, 1), new(6, 18)], out AskedKernels asked));
        Assert.Equal(new KernelRelease(6, 1), Assert.Single(asked.Kernels).Release);
        Assert.Contains(asked.Notices, notice => notice.Contains("no verifier for Linux 6.12", StringComparison.Ordinal));
        Assert.Equal("no release assembly is at hand", AskedKernels.Live(kernel!, [], out _));
    }

    [Fact]
    public void Types_of_a_user()
    {
        using var host = new VerifierHost();
        string types = Path.Combine(_folder, "vmlinux"), garbage = Path.Combine(_folder, "garbage");
        File.WriteAllBytes(types, host.Load("6.12").Verifier!.DefaultProfile.Types.Data.ToArray());
        File.WriteAllText(garbage, "no BTF");
        (int ownCode, string own, _) = Tool.Run("verify", s_object, "--kernel", "6.12", "-o", "csv");
        (int code, string output, _) = Tool.Run("verify", s_object, "--kernel", "6.12", "-o", "csv", "--btf", types);
        Assert.Equal(ownCode, code);
        Assert.Equal(Verdicts(own), Verdicts(output));
        Assert.Contains("no BTF as", Tool.Run("verify", s_object, "--kernel", "6.12", "--btf", garbage).Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, Tool.Run("verify", s_object, "--btf", Path.Combine(_folder, "missing")).ExitCode);

        static IEnumerable<string> Verdicts(string csv) => csv.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => string.Join(',', line.Split(',').Take(5)));
    }

    [Theory]
    [InlineData("--kernel", "6.12")]
    [InlineData("--btf", "file")]
    public void Running_kernel_goes_with_no_other(string option, string value)
    {
        (int code, _, string error) = Tool.Run("verify", s_object, "--live", option, value);
        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains("--live", error, StringComparison.Ordinal);
    }
}
