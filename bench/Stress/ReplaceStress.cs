using System.Diagnostics;
using System.Globalization;
using BpfVerifier.Host;

namespace BpfVerifier.Bench.Stress;

/// <summary>Replacements under a load of concurrent verifications.</summary>
internal sealed class ReplaceStress(VerifierHost host, KernelRelease release, IWorkload workload, int rest)
{
    private const int WarmUp = 100, Lines = 10;
    /// <summary>Beyond what the first hundred replacements need: noise of the collector, not a kernel's builds, of which one takes 5 MiB and more.</summary>
    private const long Tolerance = 8L << 20;

    private readonly Dictionary<string, Guid> _ids = [];
    private readonly List<RetiredBuild> _retired = [];
    private long _asked, _answered, _wrong, _refused;
    private volatile bool _stop;

    /// <param name="real">Of the newest kernel's verifier, not of the tiny one.</param>
    /// <param name="replacements">How many.</param>
    /// <param name="workers">Threads that verify meanwhile.</param>
    /// <param name="rest">Milliseconds each of them rests between two verifications.</param>
    public static int Run(bool real, int replacements, int workers, int rest)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("bpfverifier-stress-");
        try
        {
            Builds of = real ? Builds.Newest : Builds.Tiny;
            VerifierSource[] builds = [of.Write(folder.FullName, 0), of.Write(folder.FullName, 1)];
            using var host = new VerifierHost(builds[0]);
            IWorkload workload = real ? new SampleWorkload(host, of.Release) : new TinyWorkload();
            Print($"{workload.Title}, {workers} workers verifying with {rest} ms between, {replacements} replacements");
            return new ReplaceStress(host, of.Release, workload, rest).Run(builds, replacements, workers) ? 0 : 1;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private bool Run(VerifierSource[] builds, int replacements, int workers)
    {
        for (int i = 0; i < builds.Length; i++)
            _ids[host.Replace(release, builds[i]).Identity!.Sha256] = Builds.Id(i);
        Thread[] load = [.. Enumerable.Range(0, workers).Select(worker => new Thread(() => Verify(worker)))];
        foreach (Thread thread in load)
            thread.Start();

        var clock = Stopwatch.StartNew();
        int inFlight = 0, failed = 0;
        long first = 0, last = 0;
        for (int i = 1; i <= replacements; i++)
        {
            if (!host.Replace(release, builds[i % 2], out RetiredBuild? old).Succeeded)
                failed++;
            if (old is { Users: > 0 })
                inFlight++;
            if (old is not null)
                _retired.Add(old);
            if (i == WarmUp || i % Math.Max(1, replacements / Lines) == 0 || i == replacements)
            {
                last = Memory();
                first = first == 0 && i >= WarmUp ? last : first;
                Print($"{i,6} replacements, {Interlocked.Read(ref _answered),8} verifications, {clock.Elapsed.TotalSeconds,6:0} s: {last / 1048576.0,6:0.0} MiB of objects, {Environment.WorkingSet >> 20,4} MiB resident, {_retired.Count} old builds in memory");
            }
        }
        _stop = true;
        foreach (Thread thread in load)
            thread.Join();
        Memory();
        Print($"asked {_asked}, answered {_answered}, wrong or by another build than the lease's {_wrong}, refused {_refused}; replacements that failed {failed}, with verifications in flight {inFlight}");
        Print($"growth after the first {WarmUp}: {(last - first) / 1048576.0:0.0} MiB; old builds still in memory: {_retired.Count}");
        return _asked == _answered && _wrong + _refused + failed + _retired.Count == 0 && inFlight > 0 && last - first < Tolerance;
    }

    private void Verify(int worker)
    {
        if (!host.TryGet(release, out IVerifier? proxy))
            return;
        for (long i = worker * 7919L; !_stop; i++)
        {
            Thread.Sleep(rest);
            Interlocked.Increment(ref _asked);
            if (i % 2 == 0)
            {
                Count(workload.Ask(i, proxy, null));
                continue;
            }
            if (host.TryAcquire(release, out VerifierLease? lease) is not null)
            {
                Interlocked.Increment(ref _refused);
                continue;
            }
            using (lease)
            {
                Count(workload.Ask(i, lease!.Verifier, _ids[lease.Identity.Sha256]));
            }
        }
    }

    private void Count(bool right)
    {
        Interlocked.Increment(ref _answered);
        if (!right)
            Interlocked.Increment(ref _wrong);
    }

    /// <summary>Bytes in objects that are reachable; verifications under way hold some.</summary>
    private long Memory()
    {
        for (int i = 0; i < 5; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        _retired.RemoveAll(build => build.IsCollected);
        return GC.GetTotalMemory(forceFullCollection: true);
    }

    private static void Print(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
