using BpfVerifier.Host;
using Xunit;

namespace BpfVerifier.Parity.Tests;

/// <summary>Every program of every sample gets the answer that each finished real kernel gave (golden/*/samples.jsonl).</summary>
public class SampleTests
{
    private static readonly VerifierHost s_host = new(AppContext.BaseDirectory);

    /// <summary>Releases that answer every sample as the kernel did, by the floor; the floor alone holds the others.</summary>
    private static IEnumerable<KernelRelease> Finished => s_host.Releases.Where(release => Floor.Read().Any(row => row.Corpus == "samples" && row.Kernel == release.ToString()
        && (row.Verdict, row.Errno, row.Message, row.Statistics) == (row.Programs, row.Errors, row.Rejected, row.Accepted)
        && (row.Level1, row.Level2) == (row.Level1Compared, row.Level2Compared)));

    public static TheoryData<string, string> SamplesByKernel()
    {
        var data = new TheoryData<string, string>();
        foreach (KernelRelease release in Finished)
            foreach (string sample in Goldens(release.ToString()).Select(g => g.Object).Distinct())
                data.Add(release.ToString(), sample);
        return data;
    }

    [Fact]
    public void EveryReleaseHasGoldens()
    {
        Assert.NotEmpty(s_host.Releases);
        Assert.All(s_host.Releases, release => Assert.NotEmpty(Goldens(release.ToString())));
    }

    [Fact]
    public void TheFirstReleasesStayFinished() => Assert.Superset(new HashSet<string> { "6.1", "6.12", "6.18" }, Finished.Select(r => r.ToString()).ToHashSet());

    [Fact]
    public void EverySampleIsInTheGoldens()
    {
        string[] objects = [.. Directory.EnumerateFiles(Corpus.Objects("samples"), "*", SearchOption.AllDirectories)
            .Where(path => path.EndsWith(".bpf.o", StringComparison.Ordinal) || path.EndsWith(".script", StringComparison.Ordinal))
            .Select(path => Path.GetRelativePath(Corpus.Objects("samples"), path).Replace('\\', '/')).Order(StringComparer.Ordinal)];
        Assert.All(s_host.Releases, release =>
            Assert.Equal(objects, Goldens(release.ToString()).Select(g => g.Object).Distinct().Order(StringComparer.Ordinal)));
    }

    [Theory]
    [MemberData(nameof(SamplesByKernel))]
    public void AnswersAsTheKernelDid(string kernel, string sample)
    {
        Assert.True(KernelRelease.TryParse(kernel, out KernelRelease release));
        Assert.True(s_host.TryGet(release, out IVerifier? verifier));
        CorpusFile opened = CorpusFile.Open(Path.Combine(Corpus.Objects("samples"), sample));
        Assert.All(Goldens(kernel).Where(g => g.Object == sample), golden =>
        {
            Comparison compared = Comparison.Of(kernel, golden, opened, new Subject(verifier, verifier.DefaultProfile), logs: true);
            Assert.Equal(golden.Verdict, compared.Verdict);
            // What is recorded of a type the kernel lacks is the oracle's word, not a kernel's.
            if (golden.Verdict is "failure" or "load_failure")
                Assert.Equal(golden.Message, compared.Result.Message);
            if (golden.Verdict is "failure" or "load_failure")
                Assert.Equal(golden.Errno, (int)compared.Result.Errno);
            if (golden.Verdict is "failure")
                Assert.Equal(golden.Message, Comparison.Verify(opened, golden.Program, new Subject(verifier, verifier.DefaultProfile), 4).Message);
            if (golden.Verdict is "success" or "failure")
                Assert.Equal((true, true), (compared.Level1 ?? true, compared.Level2 ?? true));
            VerificationStatistics s = compared.Result.Statistics;
            if (golden.Verdict is "success")
                Assert.Equal(
                    (golden.Processed, golden.MaxStatesPerInsn, golden.TotalStates, golden.PeakStates, golden.MarkRead),
                    (s.ProcessedInstructions, s.MaxStatesPerInstruction, s.TotalStates, s.PeakStates, s.MarkRead));
        });
    }

    private static IReadOnlyList<Golden> Goldens(string kernel) => Golden.Read(Corpus.GoldenFile("samples", kernel));
}
