namespace BpfVerifier.Parity;

/// <summary>Where a corpus's objects and goldens lie.</summary>
internal static class Corpus
{
    /// <summary>The repository, found from where the program runs.</summary>
    public static string Root { get; } = FindRoot();

    public static string Objects(string corpus) => corpus switch
    {
        "samples" => Path.Combine(Root, "samples"),
        _ => Path.Combine(Root, ".cache", "corpora", corpus),
    };

    public static string GoldenFile(string corpus, string kernel) => Path.Combine(Root, "tests", "Parity", "golden", kernel, corpus + ".jsonl");

    private static string FindRoot()
    {
        for (string? directory = AppContext.BaseDirectory; directory is not null; directory = Path.GetDirectoryName(directory))
            if (File.Exists(Path.Combine(directory, "Directory.Packages.props")))
                return directory;
        return Directory.GetCurrentDirectory();
    }
}
