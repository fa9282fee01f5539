namespace BpfVerifier.Live.Tests;

/// <summary>Files of the repository.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    public static IEnumerable<string> Releases => Directory.EnumerateDirectories(Path.Combine(Root, "kernel-headers"))
        .Where(d => File.Exists(Path.Combine(d, "abi.json"))).Select(d => Path.GetFileName(d)!);

    private static string Find()
    {
        string directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "Directory.Packages.props")))
            directory = Path.GetDirectoryName(directory) ?? throw new DirectoryNotFoundException("the repository's root");
        return directory;
    }
}
