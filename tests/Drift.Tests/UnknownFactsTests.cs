namespace BpfVerifier.Drift.Tests;

/// <summary>A kernel whose image nobody read: what only the image tells is unknown, and neither there nor missing.</summary>
public sealed class UnknownFactsTests
{
    private static readonly DriftSubject[] s_ofImage = [DriftSubject.ProgramType, DriftSubject.Helper, DriftSubject.Kfunc];

    // Known, then without an image, then known again: nothing is different of the same kernel.
    private static IReadOnlyList<DriftItem> Compare(string sample)
    {
        KernelView known = Kernels.All[^1];
        KernelView Named(string name) => new(name, known.Facts, known.Verifier, known.Profile);
        var unknown = new KernelView("b", known.Facts with
        {
            Protos = null, ProgramTypes = null, Kfuncs = null, KfuncPrototypes = null, StructOps = null, Gates = null, BtfSets = null, ModifyReturn = null, RawTracepointNullArgs = null, RawTracepoints = null,
        }, known.Verifier, known.Profile with { Symbols = null });
        return DriftComparer.Compare(Kernels.Open(sample), [Named("a"), unknown, Named("c")], new DriftOptions { Verdicts = DriftVerdicts.None }).Items;
    }

    public static TheoryData<string> Samples => [.. Directory.EnumerateFiles(Kernels.Samples, "*.bpf.o", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(Kernels.Samples, f)).Order(StringComparer.Ordinal).Take(60)];

    [Theory]
    [MemberData(nameof(Samples))]
    public void Nothing_is_guessed_of_it_and_nothing_changes_around_it(string sample)
    {
        foreach (DriftItem item in Compare(sample))
        {
            Assert.Equal((item.Answers[0].Status, item.Answers[0].Impact), (item.Answers[2].Status, item.Answers[2].Impact));
            if (item.Answers[0].Status == DriftStatus.Absent)
                continue;
            Assert.True(item.Answers[1].Status is DriftStatus.Unknown || item.Answers[1].Status == item.Answers[0].Status, $"{item.Subject} {item.Name}: {item.Answers[1]}");
            if (s_ofImage.Contains(item.Subject))
                Assert.Equal(DriftStatus.Unknown, item.Answers[1].Status);
            if (item.Answers[1].Status == DriftStatus.Unknown)
                Assert.Equal(DriftImpact.None, item.Answers[1].Impact);
        }
    }

    [Fact]
    public void It_is_said_why()
    {
        DriftAnswer helper = Compare("map/ring_buffer.bpf.o").First(i => i.Subject == DriftSubject.Helper).Answers[1];
        Assert.Equal((DriftStatus.Unknown, "this kernel's facts were read without its image"), (helper.Status, helper.Detail));
    }
}
