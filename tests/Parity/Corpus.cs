using System.Security.Cryptography;

namespace BpfVerifier.Parity;

/// <summary>Where corpora and goldens lie.</summary>
internal static class Corpus
{
    /// <summary>The repository, found from where the program runs.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Releases in their order, then other names.</summary>
    public static IComparer<string> KernelOrder { get; } = Comparer<string>.Create((a, b) =>
        (KernelRelease.TryParse(a, out KernelRelease first), KernelRelease.TryParse(b, out KernelRelease second)) switch
        {
            (true, true) => first.CompareTo(second),
            (true, false) => -1,
            (false, true) => 1,
            _ => string.CompareOrdinal(a, b),
        });

    private static string Goldens => Path.Combine(Root, "tests", "Parity", "golden");

    /// <summary>What a corpus is called when kernels were asked about it without capabilities.</summary>
    public const string Unprivileged = "-unprivileged";

    /// <summary>The corpus a file lies in, empty when it lies in none.</summary>
    public static string Of(string path)
    {
        string[] below = Path.GetRelativePath(Root, path).Split(Path.DirectorySeparatorChar);
        return below switch
        {
            ["samples", ..] => "samples",
            [".cache", "corpora", var name, ..] => name,
            _ => "",
        };
    }

    public static string Objects(string corpus) => corpus.EndsWith(Unprivileged, StringComparison.Ordinal)
        ? Objects(corpus[..^Unprivileged.Length])
        : corpus == "samples" ? Path.Combine(Root, "samples") : Path.Combine(Root, ".cache", "corpora", corpus);

    public static string GoldenFile(string corpus, string kernel) => Path.Combine(Goldens, kernel, corpus + ".jsonl");

    /// <summary>Kernels that answered about any corpus.</summary>
    public static IReadOnlyList<string> Kernels() =>
        [.. Directory.GetDirectories(Goldens).Select(d => Path.GetFileName(d)).Order(KernelOrder)];

    /// <summary>Corpora that any kernel answered about, samples first.</summary>
    public static IReadOnlyList<string> Names() =>
    [
        .. Directory.GetFiles(Goldens, "*.jsonl", SearchOption.AllDirectories).Select(f => Path.GetFileNameWithoutExtension(f)).Distinct()
            .OrderBy(n => n == "samples" ? 0 : 1).ThenBy(n => n, StringComparer.Ordinal),
    ];

    /// <summary>The first file of a golden that is not there or not as it was when the kernel was asked; null when all are.</summary>
    public static string? FirstOther(string goldenFile, string objects) => Golden.Read(goldenFile)
        .DistinctBy(g => g.Object)
        .FirstOrDefault(g => !File.Exists(Path.Combine(objects, g.Object)) || Hash(Path.Combine(objects, g.Object)) != g.Sha256)?.Object;

    private static string Hash(string path)
    {
        using FileStream file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }

    private static string FindRoot()
    {
        for (string? directory = AppContext.BaseDirectory; directory is not null; directory = Path.GetDirectoryName(directory))
            if (File.Exists(Path.Combine(directory, "Directory.Packages.props")))
                return directory;
        return Directory.GetCurrentDirectory();
    }
}
