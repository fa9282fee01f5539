namespace BpfVerifier.Packages.Tests;

/// <summary>Where things are.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    /// <summary>How this test was built, and so what it packs.</summary>
    public static string Configuration { get; } = AppContext.BaseDirectory.Contains("/Release/", StringComparison.Ordinal) ? "Release" : "Debug";

    public static string Path(params string[] parts) => System.IO.Path.Combine([Root, .. parts]);

    private static string Find()
    {
        string directory = AppContext.BaseDirectory;
        while (!File.Exists(System.IO.Path.Combine(directory, "Directory.Packages.props")))
            directory = System.IO.Path.GetDirectoryName(directory) ?? throw new DirectoryNotFoundException("the repository's root");
        return directory;
    }
}
