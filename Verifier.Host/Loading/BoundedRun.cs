namespace BpfVerifier.Host;

/// <summary>Runs code from outside for the first time, and waits for its end only so long.</summary>
internal static class BoundedRun
{
    /// <summary>Runs on a thread of its own, for code that does not end cannot be stopped: it keeps that thread, which does not hold up the process's end.</summary>
    /// <param name="run">What to run; it catches what it throws.</param>
    /// <param name="bound">How long to wait.</param>
    /// <param name="result">What it returned, when it ended.</param>
    /// <returns>False when it did not end in time.</returns>
    public static bool TryRun<T>(Func<T> run, TimeSpan bound, out T? result)
    {
        T? returned = default;
        var thread = new Thread(() => returned = run()) { IsBackground = true, Name = "first run of a release assembly" };
        thread.Start();
        bool ended = thread.Join(bound);
        result = ended ? returned : default;
        return ended;
    }
}
