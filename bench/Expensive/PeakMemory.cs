namespace BpfVerifier.Bench;

/// <summary>What a verification holds at most, in bytes of live objects.</summary>
internal static class PeakMemory
{
    private const int Rounds = 5;
    /// <summary>Between two collections, each of which stops the verification: without a pause it hardly gets on.</summary>
    private const int PauseMilliseconds = 2;

    /// <summary>
    /// Verifies several times while another thread collects the heap every few milliseconds and counts what is left of it; the greatest count,
    /// less what was alive before. A verification that ends between two collections is seen only by chance, hence the rounds.
    /// </summary>
    public static long Of(Func<VerificationResult> verify)
    {
        verify();
        long before = GC.GetTotalMemory(forceFullCollection: true), peak = before;
        using var done = new ManualResetEventSlim();
        var counter = new Thread(() =>
        {
            while (!done.IsSet)
            {
                GC.Collect();
                peak = Math.Max(peak, GC.GetTotalMemory(forceFullCollection: false));
                Thread.Sleep(PauseMilliseconds);
            }
        });
        counter.Start();
        for (int i = 0; i < Rounds; i++)
            verify();
        done.Set();
        counter.Join();
        return peak - before;
    }
}
