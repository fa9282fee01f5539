using System.Runtime.CompilerServices;
using BpfVerifier.Objects;
using Xunit;

namespace BpfVerifier.Host.Tests;

/// <summary>Builds loaded, replaced and unloaded while verifications run.</summary>
public sealed class LifetimeTests : IDisposable
{
    // Waits while a program of this name is verified, until the test's file appears: a verification in flight.
    private const string WaitForFile = """
        while (program.SectionName.Length != 0 && !System.IO.File.Exists(program.SectionName))
            Thread.Sleep(1);
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private VerifierSource Build(string label, string onVerify = "") =>
        VerifierSource.At(new FakeBuild { Label = label, OnVerify = onVerify }.WriteTo(_folder.Sub(label)));

    private static void AssertCollected(RetiredBuild retired)
    {
        // A collection finds what the finalizers of the one before have let go.
        for (int i = 0; i < 100 && !retired.IsCollected; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            if (i > 10)
                Thread.Sleep(10);
        }
        Assert.True(retired.IsCollected, $"{retired.Identity.Name} is still in memory; users: {retired.Users}");
    }

    [Fact]
    public void Replaced_build_answers_what_starts_afterwards_also_through_what_was_taken_before()
    {
        using var host = new VerifierHost(Build("old"));
        IVerifier taken = host.Load("6.12").Verifier!;
        Assert.Equal("old", Questions.Ask(taken));
        Assert.True(host.Replace(Questions.Release, Build("new"), out RetiredBuild? retired).Succeeded);
        Assert.Equal("new", Questions.Ask(taken));
        Assert.NotNull(retired);
        AssertCollected(retired);
    }

    [Fact]
    public async Task Verification_in_flight_finishes_on_the_build_it_started_on()
    {
        using var host = new VerifierHost(Build("old", WaitForFile));
        IVerifier verifier = host.Load("6.12").Verifier!;
        string released = Path.Combine(_folder.Path, "released");
        Task<string> inFlight = Task.Run(() => Ask(verifier, released));
        while (UsersOf(host) == 0)
            await Task.Delay(1);

        Assert.True(host.Replace(Questions.Release, Build("new"), out RetiredBuild? retired).Succeeded);
        Assert.Equal("new", Questions.Ask(verifier));
        Assert.Equal(1, retired!.Users);
        Assert.False(inFlight.IsCompleted);

        File.WriteAllText(released, "");
        Assert.Equal("old", await inFlight);
        Assert.Equal(0, retired.Users);
        AssertCollected(retired);
    }

    private static string Ask(IVerifier verifier, string file)
    {
        var program = new BpfProgram { Name = "waits", Type = ProgramType.SocketFilter, SectionName = file, Instructions = Questions.ReturnZero.Instructions };
        return verifier.Verify(program, verifier.DefaultProfile, VerifierOptions.Default).Message;
    }

    private static int UsersOf(VerifierHost host) => host.UsersOf(Questions.Release);

    [Fact]
    public void Lease_holds_one_build_for_all_that_is_done_under_it()
    {
        using var host = new VerifierHost(Build("old"));
        Assert.Null(host.TryAcquire(Questions.Release, out VerifierLease? lease));
        RetiredBuild? retired;
        using (lease)
        {
            Assert.True(host.Replace(Questions.Release, Build("new"), out retired).Succeeded);
            Assert.Equal("old", Questions.Ask(lease!.Verifier));
            Assert.Equal(1, retired!.Users);
        }
        Assert.Throws<ObjectDisposedException>(() => lease.Verifier);
        lease.Dispose();
        Assert.Equal(0, retired.Users);
        AssertCollected(retired);
    }

    [Fact]
    public void Refused_build_leaves_the_old_one_in_its_place()
    {
        using var host = new VerifierHost(Build("old"));
        IVerifier verifier = host.Load("6.12").Verifier!;
        VerifierSource faulty = VerifierSource.At(new FakeBuild { Verdict = "Rejected" }.WriteTo(_folder.Sub("faulty")));
        LoadResult replaced = host.Replace(Questions.Release, faulty, out RetiredBuild? retired);
        Assert.Equal(RefusalReason.Faulty, replaced.Refusal?.Reason);
        Assert.Null(retired);
        Assert.Equal("old", Questions.Ask(verifier));
        Assert.Equal(RefusalReason.NotFound, host.Replace(new KernelRelease(6, 99), Build("new")).Refusal?.Reason);
    }

    [Fact]
    public void Replace_brings_in_a_release_that_was_not_at_hand()
    {
        using var host = new VerifierHost(_folder.Path);
        Assert.Empty(host.Releases);
        Assert.True(host.Replace(Questions.Release, Build("new"), out RetiredBuild? retired).Succeeded);
        Assert.Null(retired);
        Assert.Equal([Questions.Release], host.Releases);
    }

    [Fact]
    public void Unloaded_release_is_loaded_again_when_it_is_asked_for()
    {
        using var host = new VerifierHost(Build("only"));
        IVerifier verifier = host.Load("6.12").Verifier!;
        RetiredBuild? retired = host.Unload(Questions.Release);
        Assert.Empty(host.Loaded);
        Assert.Null(host.Unload(Questions.Release));
        AssertCollected(retired!);
        Assert.Equal("only", Questions.Ask(verifier));
        Assert.Single(host.Loaded);
    }

    [Fact]
    public void File_may_change_while_its_content_is_loaded()
    {
        VerifierSource source = Build("old");
        using var host = new VerifierHost(source);
        IVerifier verifier = host.Load("6.12").Verifier!;
        File.WriteAllBytes(Path.Combine(_folder.Path, "old", "BpfVerifier.Linux.6.12.dll"), new byte[10]);
        Assert.Equal("old", Questions.Ask(verifier));
        host.Unload(Questions.Release);
        // Afterwards there is nothing to load: an answer with a reason, not an exception.
        BpfProgram program = Questions.ReturnZero;
        using var other = new VerifierHost(Build("profile"));
        VerificationResult answer = verifier.Verify(program, other.Load("6.12").Verifier!.DefaultProfile, VerifierOptions.Default);
        Assert.Equal(Verdict.NotImplemented, answer.Verdict);
        Assert.NotEqual("", answer.Message);
    }

    [Fact]
    public async Task Replacements_under_load_lose_and_mix_nothing()
    {
        const int replacements = 60;
        VerifierSource[] builds = [Build("even"), Build("odd")];
        using var host = new VerifierHost(builds[0]);
        var retired = new List<RetiredBuild>();
        using var stop = new CancellationTokenSource();
        long asked = 0;
        Task[] load = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                Assert.Null(host.TryAcquire(Questions.Release, out VerifierLease? lease));
                using (lease)
                {
                    string expected = lease!.Identity.Origin.Contains("even", StringComparison.Ordinal) ? "even" : "odd";
                    Assert.Equal(expected, Questions.Ask(lease.Verifier));
                }
                Interlocked.Increment(ref asked);
            }
        }))];
        for (int i = 1; i <= replacements; i++)
        {
            long before = Interlocked.Read(ref asked);
            Assert.True(host.Replace(Questions.Release, builds[i % 2], out RetiredBuild? old).Succeeded);
            if (old is not null)
                retired.Add(old);
            while (Interlocked.Read(ref asked) == before && !load.Any(task => task.IsCompleted))
                await Task.Yield();
        }
        await stop.CancelAsync();
        await Task.WhenAll(load);
        Assert.True(asked >= replacements);
        Assert.All(retired, AssertCollected);
    }

    [Fact]
    public void Real_release_is_collected_after_it_has_verified()
    {
        using var host = new VerifierHost();
        KernelRelease release = host.Releases.Max();
        long before = AllocatedAfterCollection();
        VerifyEverything(host, release);
        long loaded = AllocatedAfterCollection();
        RetiredBuild? retired = host.Unload(release);
        AssertCollected(retired!);
        long after = AllocatedAfterCollection();
        // Types and tables take megabytes while it is loaded; what is left is the host's and the test's own.
        Assert.True(loaded - before > 4 << 20, $"{before} {loaded}");
        Assert.True(after - before < (loaded - before) / 4, $"{before} {loaded} {after}");
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void VerifyEverything(VerifierHost host, KernelRelease release)
    {
        IVerifier verifier = host.Load(release).Verifier!;
        foreach (string sample in (string[])["basics/return_constant.bpf.o", "map/tail_call.bpf.o", "struct_ops/scheduler.bpf.o", "tracing/typed_pointers.bpf.o"])
        {
            BpfObject opened = Questions.Open(sample);
            foreach (ObjectProgram program in opened.Programs)
                if (opened.Prepare(program.Name, verifier.DefaultProfile) is { Succeeded: true } prepared)
                    Assert.NotEqual(Verdict.NotImplemented, verifier.Verify(prepared.Program, verifier.DefaultProfile, new VerifierOptions { LogLevel = 2 }).Verdict);
        }
    }

    private static long AllocatedAfterCollection()
    {
        for (int i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        return GC.GetTotalMemory(forceFullCollection: true);
    }
}
