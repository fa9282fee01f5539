namespace BpfVerifier.HeaderIngest;

/// <summary>Where this repository lies, for the defaults of options.</summary>
public static class Repository
{
    private const string Mark = "Directory.Packages.props";

    /// <summary>The nearest folder above the current one, or above the program, that holds the repository's mark; null when neither does.</summary>
    public static string? Root => Above(Directory.GetCurrentDirectory()) ?? Above(AppContext.BaseDirectory);

    private static string? Above(string start)
    {
        for (DirectoryInfo? folder = new(start); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, Mark)) && Directory.Exists(Path.Combine(folder.FullName, "HeaderIngest")))
                return folder.FullName;
        }
        return null;
    }
}
