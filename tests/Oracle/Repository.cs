namespace BpfVerifier.Oracle;

/// <summary>Where things lie in the working copy.</summary>
internal static class Repository
{
    /// <summary>The folder that holds Directory.Packages.props.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The ignored folder for everything downloaded or built.</summary>
    public static string Cache => Directory.CreateDirectory(Path.Combine(Root, ".cache")).FullName;

    /// <summary>The oracle's own part of the cache.</summary>
    public static string OracleCache => Directory.CreateDirectory(Path.Combine(Cache, "oracle")).FullName;

    /// <summary>Where a corpus is built.</summary>
    public static string Corpus(string name) =>
        name == "samples" ? Path.Combine(Root, "samples") : Path.Combine(Cache, "corpora", name);

    /// <summary>Where the goldens of a kernel lie.</summary>
    public static string Golden(string kernel, string corpus, bool unprivileged = false) =>
        Path.Combine(Root, "tests", "Parity", "golden", kernel, corpus + (unprivileged ? "-unprivileged" : "") + ".jsonl");

    private static string FindRoot()
    {
        foreach (string start in new[] { Directory.GetCurrentDirectory(), AppContext.BaseDirectory })
        {
            for (DirectoryInfo? at = new(start); at is not null; at = at.Parent)
            {
                if (File.Exists(Path.Combine(at.FullName, "Directory.Packages.props")))
                    return at.FullName;
            }
        }
        throw new OracleException("not inside a working copy: no Directory.Packages.props in this folder or above it");
    }
}

/// <summary>Something the user can mend; the message is all that is shown.</summary>
internal sealed class OracleException(string message) : Exception(message);
