namespace BpfVerifier.Oracle;

/// <summary>Keeps the machine's own kernel from objects that could harm it.</summary>
/// <remarks>
/// A verifier bug can corrupt the kernel that verifies: a selftest of a newer kernel has done so. The host is
/// therefore asked only about three corpora, and about an object of them only after a guest has answered for
/// exactly the same bytes without a complaint.
/// </remarks>
internal static class HostGuard
{
    /// <summary>The guest release whose answers clear an object for the host: the line the host belongs to.</summary>
    public static string GuestLine { get; } = string.Join('.', Environment.OSVersion.Version.Major, Environment.OSVersion.Version.Minor);

    private static readonly string[] s_corpora = ["samples", "debian", "selftests-6.12"];

    private static string Cleared => Path.Combine(Repository.OracleCache, $"clean-in-{GuestLine}.txt");

    /// <summary>Remembers objects a guest has answered for without a complaint.</summary>
    public static void Remember(string kernel, IEnumerable<BatchObject> clean)
    {
        if (kernel != GuestLine)
            return;
        HashSet<string> known = Known();
        File.AppendAllLines(Cleared, clean.Select(o => o.Sha256).Where(known.Add));
    }

    /// <summary>Refuses what the host must not load.</summary>
    public static void Check(IEnumerable<BatchObject> objects)
    {
        HashSet<string> known = Known();
        foreach (BatchObject item in objects)
        {
            string path = Path.GetFullPath(item.Path);
            if (!s_corpora.Any(c => path.StartsWith(Path.GetFullPath(Repository.Corpus(c)) + Path.DirectorySeparatorChar, StringComparison.Ordinal)))
                throw new OracleException($"{item.Path} is in none of the corpora the host may load ({string.Join(", ", s_corpora)}): ask --kernel {GuestLine} instead");
            if (!known.Contains(item.Sha256))
                throw new OracleException($"{item.Path} has not run clean in a guest yet: ask --kernel {GuestLine} first");
        }
    }

    private static HashSet<string> Known() => File.Exists(Cleared) ? [.. File.ReadLines(Cleared)] : [];
}
