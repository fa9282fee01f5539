using System.Globalization;
using BpfVerifier.HeaderIngest.Image;

namespace BpfVerifier.HeaderIngest.Restore;

/// <summary>A package as apt's signed lists describe it.</summary>
/// <param name="Package">Name.</param>
/// <param name="Version">Version.</param>
/// <param name="Size">Bytes of the .deb.</param>
/// <param name="Sha256">Hash of the .deb.</param>
public sealed record AptPackage(string Package, string Version, long Size, string Sha256);

/// <summary>apt with lists, state and cache of its own. It takes archives and keys from the machine's configuration, adds the suites asked
/// for, installs nothing, and needs no root.</summary>
public sealed class PrivateApt
{
    private const string Helper = "/usr/lib/apt/apt-helper";
    private readonly string _configuration;
    private readonly string _suite;

    /// <summary>Prepares a private apt for one suite.</summary>
    /// <param name="directory">Where its files go; made when missing.</param>
    /// <param name="suite">For instance trixie-security.</param>
    /// <param name="sources">The machine's own sources.</param>
    /// <exception cref="IngestException">The machine's configuration names no archive.</exception>
    public PrivateApt(string directory, string suite, IReadOnlyList<AptSource> sources)
    {
        _suite = suite;
        Directory.CreateDirectory(directory);
        foreach (string part in (string[])["lists/partial", "cache/archives/partial", "state"])
            Directory.CreateDirectory(Path.Combine(directory, part));
        string list = Path.Combine(directory, suite + ".sources");
        File.WriteAllText(list, SourceFor(suite, sources));
        _configuration = Path.Combine(directory, suite + ".conf");
        File.WriteAllText(_configuration, string.Join('\n',
            // The machine's hooks clean up after an update of its own lists.
            "#clear APT::Update::Pre-Invoke;",
            "#clear APT::Update::Post-Invoke;",
            "#clear APT::Update::Post-Invoke-Success;",
            $"Dir::Etc::sourcelist \"{list}\";",
            "Dir::Etc::sourceparts \"/dev/null\";",
            $"Dir::State \"{directory}/state\";",
            $"Dir::State::lists \"{directory}/lists\";",
            "Dir::State::status \"/dev/null\";",
            $"Dir::Cache \"{directory}/cache\";",
            // Root would hand downloads to a user who may not write here.
            Environment.IsPrivilegedProcess ? "APT::Sandbox::User \"root\";" : "",
            "APT::Update::Error-Mode \"any\";",
            "Acquire::Languages \"none\";",
            "Acquire::Retries \"3\";",
            ""));
    }

    /// <summary>The stanza for a suite: security suites from the machine's security archive, others from its main one.</summary>
    public static string SourceFor(string suite, IReadOnlyList<AptSource> sources)
    {
        bool security = suite.EndsWith("-security", StringComparison.Ordinal);
        AptSource source = sources.FirstOrDefault(s => s.IsSecurity == security && s.Suites.Length > 0)
            ?? throw new IngestException(
                $"suite {suite} cannot be reached: this machine's apt configuration names no {(security ? "security " : "")}archive (looked in sources.list and sources.list.d)");
        string key = source.SignedBy is null ? "" : $"Signed-By: {source.SignedBy}\n";
        return $"Types: deb\nURIs: {source.Uri}\nSuites: {suite}\nComponents: main\n{key}";
    }

    /// <summary>Fetches the suite's lists.</summary>
    /// <exception cref="IngestException">The suite cannot be reached; names it.</exception>
    public void Update()
    {
        (int code, _, string error) = ExternalTool.Run("apt-get", ["-c", _configuration, "-q", "update"]);
        if (code != 0)
            throw new IngestException($"suite {_suite}: its package lists cannot be fetched:\n{Indented(error)}");
    }

    /// <summary>Describes a package, or gives null when the suite does not have it.</summary>
    /// <param name="package">Name.</param>
    /// <param name="version">Version, or null for the newest.</param>
    public AptPackage? Find(string package, string? version)
    {
        (int code, string output, _) = ExternalTool.Run("apt-cache", ["-c", _configuration, "show", "--no-all-versions", version is null ? package : $"{package}={version}"]);
        if (code != 0)
            return null;
        Dictionary<string, string> fields = Fields(output);
        return fields.TryGetValue("Version", out string? found) && fields.TryGetValue("SHA256", out string? hash)
            && fields.TryGetValue("Size", out string? size) && long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out long bytes)
            && fields.GetValueOrDefault("Package") == package && (version is null || found == version)
            ? new AptPackage(package, found, bytes, hash)
            : null;
    }

    /// <summary>Names of the suite's packages that match a regular expression.</summary>
    public List<string> Search(string pattern)
    {
        (_, string output, _) = ExternalTool.Run("apt-cache", ["-c", _configuration, "search", "--names-only", pattern]);
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')[0]).Order(StringComparer.Ordinal)];
    }

    /// <summary>Fetches a package into <paramref name="file"/>, going on where an earlier attempt stopped.</summary>
    /// <exception cref="IngestException">It cannot be fetched; names package and suite.</exception>
    public void Download(AptPackage package, string file)
    {
        (int code, string output, string error) = ExternalTool.Run("apt-get", ["-c", _configuration, "--print-uris", "download", $"{package.Package}={package.Version}"]);
        string[] parts = output.Split('\'');
        if (code == 0 && parts.Length >= 3)
            (code, _, error) = ExternalTool.Run(Helper, ["-c", _configuration, "download-file", parts[1], file, "SHA256:" + package.Sha256]);
        if (code != 0 || !File.Exists(file))
            throw new IngestException($"package {package.Package} {package.Version} of suite {_suite} cannot be fetched:\n{Indented(error)}");
    }

    /// <summary>Whether one Debian version is older than another.</summary>
    public static bool IsOlder(string version, string than) => ExternalTool.Run("dpkg", ["--compare-versions", version, "lt", than]).ExitCode == 0;

    private static Dictionary<string, string> Fields(string stanza)
    {
        var fields = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (string line in stanza.Split('\n').TakeWhile(l => l.Length > 0))
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0 && !char.IsWhiteSpace(line[0]))
                fields[line[..colon]] = line[(colon + 1)..].Trim();
        }
        return fields;
    }

    private static string Indented(string text) => "  " + text.Trim().ReplaceLineEndings("\n  ");
}
