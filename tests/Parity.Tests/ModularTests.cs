using BpfVerifier.Host;
using Xunit;

namespace BpfVerifier.Parity.Tests;

/// <summary>
/// The modular flavour takes over later changes of the verifier: where that turns the verdict on a sample, the stock flavour answers
/// as the release's own kernel did, and the modular one as a newer kernel did that has the changes.
/// </summary>
public class ModularTests
{
    /// <summary>The newer kernel: every change known so far that turns a verdict on a sample is in it, but those that came later.</summary>
    private const string Newer = "7.2";

    /// <summary>Verdicts that a change after that kernel turns, and the kernel that has it.</summary>
    private static readonly Dictionary<string, string> s_later = new()
    {
        // CoreRelocationsFirst
        ["object/core_relocations.script without_func_info"] = "7.3",
    };
    private const int LeastTurned = 25;

    /// <summary>Turned verdicts that another release's kernel cannot confirm, for what the program asks differs beyond the verifier.</summary>
    private static readonly Dictionary<string, string> s_elsewhere = new()
    {
        ["6.1 struct_ops/dummy.bpf.o sleeps_elsewhere"] = "bpf_dummy_ops itself refuses sleeping programs at test_2 in 7.2, and cannot in 6.1",
    };

    private static readonly VerifierHost s_host = new(AppContext.BaseDirectory);

    private sealed record Turned(string Object, string Program, string Stock, string Modular);

    private static IEnumerable<string> OlderReleases => s_host.Releases.Select(r => r.ToString()).TakeWhile(name => name != Newer);

    public static TheoryData<string> Older() => [.. OlderReleases];

    [Theory]
    [MemberData(nameof(Older))]
    public void TurnedVerdictsAreThoseOfTheNewerKernel(string kernel)
    {
        Dictionary<(string, string), string> own = Verdicts(kernel), newer = Verdicts(Newer);
        Assert.All(TurnedBy(kernel), turned =>
        {
            Assert.Equal(own[(turned.Object, turned.Program)], turned.Stock);
            if (!s_elsewhere.ContainsKey($"{kernel} {turned.Object} {turned.Program}"))
                Assert.Equal((s_later.TryGetValue($"{turned.Object} {turned.Program}", out string? later) ? Verdicts(later) : newer)[(turned.Object, turned.Program)], turned.Modular);
        });
    }

    [Fact]
    public void ManyVerdictsAreTurned()
    {
        List<Turned> turned = [.. OlderReleases.SelectMany(TurnedBy)];
        Assert.InRange(turned.Select(t => (t.Object, t.Program)).Distinct().Count(), LeastTurned, int.MaxValue);
        // Features and precision make programs loadable, fixes refuse some.
        Assert.Contains(turned, t => (t.Stock, t.Modular) == ("failure", "success"));
        Assert.Contains(turned, t => (t.Stock, t.Modular) == ("success", "failure"));
    }

    private static Dictionary<(string, string), string> Verdicts(string kernel) =>
        Golden.Read(Corpus.GoldenFile("samples", kernel)).ToDictionary(g => (g.Object, g.Program), g => g.Verdict);

    private static List<Turned> TurnedBy(string kernel)
    {
        Assert.True(KernelRelease.TryParse(kernel, out KernelRelease release));
        Assert.True(s_host.TryGet(release, out IVerifier? verifier));
        var stock = new Subject(verifier, verifier.DefaultProfile);
        var modular = new Subject(verifier, verifier.DefaultProfile with { Flavor = KernelFlavor.Modular });
        var turned = new List<Turned>();
        foreach (IGrouping<string, Golden> sample in Golden.Read(Corpus.GoldenFile("samples", kernel)).GroupBy(g => g.Object))
        {
            CorpusFile opened = CorpusFile.Open(Path.Combine(Corpus.Objects("samples"), sample.Key));
            foreach (string program in sample.Select(g => g.Program))
            {
                string before = Word(opened, program, stock), after = Word(opened, program, modular);
                if (before != after)
                    turned.Add(new Turned(sample.Key, program, before, after));
            }
        }
        return turned;
    }

    private static string Word(CorpusFile file, string program, Subject subject) => Comparison.Word(Comparison.Verify(file, program, subject, 0).Verdict);
}
