using BpfVerifier.Host;
using Xunit;

namespace BpfVerifier.Parity.Tests;

/// <summary>
/// A kernel with CONFIG_PREEMPT_RT refuses timers. Recorded of Debian's linux-image-6.12.111+deb12-rt-amd64-unsigned by
/// <c>dotnet run --project tests/Oracle -- ask --kernel 6.12 --images FOLDER --object samples/subprogram/asynchronous_callbacks.bpf.o --out FILE</c>.
/// </summary>
public class RealTimeTests
{
    private static readonly string s_object = Path.Combine(Corpus.Objects("samples"), "subprogram", "asynchronous_callbacks.bpf.o");

    private static readonly VerifierHost s_host = new(AppContext.BaseDirectory);

    private static List<Comparison> Compare(bool realTime)
    {
        Assert.True(s_host.TryGet(new KernelRelease(6, 12, null), out IVerifier? verifier));
        var subject = new Subject(verifier, verifier.DefaultProfile with { Gates = new Dictionary<KernelGate, bool> { [KernelGate.PreemptRt] = realTime } });
        CorpusFile opened = CorpusFile.Open(s_object);
        return [.. Golden.Read(Path.Combine(AppContext.BaseDirectory, "recorded", "rt-6.12.111.jsonl")).Select(golden => Comparison.Of("6.12", golden, opened, subject, logs: true))];
    }

    [Fact]
    public void TimersAreRefusedAsByTheKernel() => Assert.All(Compare(realTime: true), answer =>
    {
        Assert.Equal(answer.Golden.Message, answer.Result.Message);
        Assert.True(answer.SameErrno && answer.SameStatistics && answer.Level1 == true && answer.Level2 == true, answer.Golden.Program);
    });

    [Fact]
    public void WithoutItTheyAreNot() => Assert.All(Compare(realTime: false), answer => Assert.NotEqual(answer.Golden.Message, answer.Result.Message));
}
