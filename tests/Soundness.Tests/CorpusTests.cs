namespace BpfVerifier.Soundness.Tests;

/// <summary>Accepted programs stay inside what the verifier said of them, on every release.</summary>
public class CorpusTests
{
    private static readonly CheckBounds s_quick = new(Runs: 2, Seed: 3, Steps: 200_000, Walk: 2000);

    public static TheoryData<string> Releases => [.. Probes.Releases];

    [Theory]
    [MemberData(nameof(Releases))]
    public void Samples_stay_inside(string release)
    {
        IReleaseProbe probe = Probes.Load(release);
        AssertClean(probe, probe.Profile, Corpora.Objects(Corpora.Samples, probe.Profile), 250);
    }

    [Theory]
    [MemberData(nameof(Releases))]
    public void Generated_programs_stay_inside(string release)
    {
        IReleaseProbe probe = Probes.Load(release);
        AssertClean(probe, probe.Profile, Corpora.Generated(0, 100, 3, probe.Profile), 40);
    }

    [Theory]
    [MemberData(nameof(Releases))]
    public void Samples_of_a_lesser_loader_stay_inside(string release)
    {
        IReleaseProbe probe = Probes.Load(release);
        KernelProfile lesser = probe.Profile with { Capabilities = LoaderCapabilities.Bpf };
        AssertClean(probe, lesser, Corpora.Objects(Corpora.Samples, lesser).Where(p => p.Program.Type == ProgramType.SocketFilter), 5);
    }

    private static void AssertClean(IReleaseProbe probe, KernelProfile profile, IEnumerable<NamedProgram> programs, int least)
    {
        var check = new ProgramCheck(probe, profile, s_quick);
        var tally = new Tally();
        foreach (NamedProgram program in programs)
            tally.Add(check.Check(program));
        Assert.True(tally.Violations == 0, tally.Text("quick"));
        Assert.True(tally.Run >= least, tally.Text("quick"));
        Assert.True(tally.CheckedSteps > 10 * least, tally.Text("quick"));
    }
}
