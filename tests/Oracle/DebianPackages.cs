namespace BpfVerifier.Oracle;

/// <summary>Fetches Debian packages into the cache with a private apt configuration; nothing is installed.</summary>
internal static class DebianPackages
{
    private static readonly string[] s_suites = ["bookworm", "trixie", "trixie-backports", "sid"];
    private static readonly string[] s_securitySuites = ["bookworm-security", "trixie-security"];

    private static string Folder => Directory.CreateDirectory(Path.Combine(Repository.Cache, "debian")).FullName;

    /// <summary>The extracted tree of a package.</summary>
    /// <param name="package">Name of the binary package.</param>
    /// <param name="version">The version the oracle was made with; a mirror that has dropped it is asked for its newest.</param>
    /// <param name="suite">The suite whose newest version is taken then.</param>
    public static string Extracted(string package, string version, string suite)
    {
        string safe = version.Replace(":", "%3a", StringComparison.Ordinal);
        string tree = Path.Combine(Folder, $"{package}_{safe}");
        if (Directory.Exists(tree))
            return tree;
        string config = AptConfiguration();
        string debs = Directory.CreateDirectory(Path.Combine(Folder, "debs")).FullName;
        try
        {
            Tool.Run("apt-get", ["-c", config, "-q", "download", $"{package}={version}"], debs);
        }
        catch (OracleException)
        {
            Console.Error.WriteLine($"{package} {version} is not served any more: taking the newest of {suite}");
            Tool.Run("apt-get", ["-c", config, "-q", "download", $"{package}/{suite}"], debs);
            safe = "*";
        }
        string deb = Directory.GetFiles(debs, $"{package}_{safe}_*.deb").Order(StringComparer.Ordinal).LastOrDefault()
            ?? throw new OracleException($"apt-get download {package}={version} left no file");
        string partial = tree + ".partial";
        if (Directory.Exists(partial))
            Directory.Delete(partial, recursive: true);
        Tool.Run("dpkg", ["-x", deb, partial]);
        Directory.Move(partial, tree);
        return tree;
    }

    /// <summary>Writes the private configuration and fetches the lists once.</summary>
    private static string AptConfiguration()
    {
        string apt = Directory.CreateDirectory(Path.Combine(Folder, "apt")).FullName;
        string config = Path.Combine(apt, "apt.conf");
        string lists = Path.Combine(apt, "lists");
        string done = Path.Combine(apt, "updated");
        if (File.Exists(done))
            return config;
        foreach (string folder in new[] { "lists/partial", "cache/archives/partial", "state" })
            Directory.CreateDirectory(Path.Combine(apt, folder));
        (string archive, string security) = Mirrors();
        string keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
        File.WriteAllLines(Path.Combine(apt, "sources.list"),
        [
            .. s_suites.Select(s => $"deb [signed-by={keyring}] {archive} {s} main"),
            .. s_securitySuites.Select(s => $"deb [signed-by={keyring}] {security} {s} main"),
        ]);
        File.WriteAllText(config, $"""
            Dir::Etc::sourcelist "{apt}/sources.list";
            Dir::Etc::sourceparts "/dev/null";
            Dir::State "{apt}/state";
            Dir::State::lists "{lists}";
            Dir::State::status "/dev/null";
            Dir::Cache "{apt}/cache";
            """);
        Console.Error.WriteLine("fetching the package lists…");
        Tool.Run("apt-get", ["-c", config, "-q", "update"]);
        File.WriteAllText(done, "");
        return config;
    }

    /// <summary>The archive and the security archive this machine's own apt uses.</summary>
    private static (string Archive, string Security) Mirrors()
    {
        List<string> uris = [];
        string parts = "/etc/apt/sources.list.d";
        if (Directory.Exists(parts))
        {
            foreach (string file in Directory.GetFiles(parts, "*.sources").Order(StringComparer.Ordinal))
            {
                uris.AddRange(File.ReadLines(file)
                    .Where(l => l.StartsWith("URIs:", StringComparison.Ordinal))
                    .Select(l => l["URIs:".Length..].Trim().Split(' ')[0]));
            }
        }
        if (File.Exists("/etc/apt/sources.list"))
        {
            uris.AddRange(File.ReadLines("/etc/apt/sources.list")
                .Where(l => l.StartsWith("deb ", StringComparison.Ordinal))
                .Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries).First(w => w.Contains("://", StringComparison.Ordinal))));
        }
        string archive = uris.FirstOrDefault(u => u.TrimEnd('/').EndsWith("/debian", StringComparison.Ordinal))
            ?? throw new OracleException("no Debian mirror in this machine's apt configuration");
        string security = uris.FirstOrDefault(u => u.TrimEnd('/').EndsWith("/debian-security", StringComparison.Ordinal))
            ?? archive.TrimEnd('/') + "-security";
        return (archive, security);
    }
}
