using System.Text.Json;
using BpfVerifier.HeaderIngest.Abi;

namespace BpfVerifier.HeaderIngest;

/// <summary>The packages one release is made from.</summary>
/// <param name="Abi">What <c>uname -r</c> prints.</param>
/// <param name="Version">Version of all its packages.</param>
/// <param name="Suite">Debian suite that serves them.</param>
/// <param name="Image">Package with the vmlinuz.</param>
/// <param name="Vmlinuz">Path of the vmlinuz in it.</param>
/// <param name="Sha256">Hash of the vmlinuz, out of which the facts were read; null for an image that is not the pinned one.</param>
/// <param name="Config">Path of the configuration in it, or null.</param>
/// <param name="Headers">Header packages: the common ones, then those of the configuration; empty where none are served.</param>
/// <param name="Source">Package with the source, or null.</param>
/// <param name="ConfigPackage">Package with the configuration where that is not <paramref name="Image"/>.</param>
public sealed record ReleasePackages(
    string Abi, string Version, string Suite, string Image, string Vmlinuz, string? Sha256, string? Config, string[] Headers, string? Source, string? ConfigPackage = null)
{
    /// <summary>Debian's name of the kernel configuration all images here have.</summary>
    public const string Flavour = "-cloud-amd64";

    private string Base => Abi[..^Flavour.Length];

    /// <summary>The same packages of another patch level.</summary>
    /// <param name="abi">Its <c>uname -r</c>.</param>
    /// <param name="version">Its package version.</param>
    public ReleasePackages At(string abi, string version)
    {
        string old = Base, next = abi[..^Flavour.Length];
        string Renamed(string name) => name.Replace(old, next, StringComparison.Ordinal);
        return this with
        {
            Abi = abi,
            Version = version,
            Image = Renamed(Image),
            Vmlinuz = Renamed(Vmlinuz),
            Sha256 = null,
            Config = Config is null ? null : Renamed(Config),
            Headers = [.. Headers.Select(Renamed)],
            ConfigPackage = ConfigPackage is null ? null : Renamed(ConfigPackage),
        };
    }
}

/// <summary>The releases this program can make, pinned in <c>packages.json</c>.</summary>
public static class KnownReleases
{
    private static readonly Dictionary<string, ReleasePackages> s_all = Load();

    /// <summary>All names, oldest first.</summary>
    public static IEnumerable<string> Names => s_all.Keys.OrderBy(Version.Parse);

    /// <summary>Suites the known releases come from, those of the newest ones first.</summary>
    public static IReadOnlyCollection<string> Suites => [.. Names.Reverse().Select(name => s_all[name].Suite).Distinct()];

    /// <summary>The packages of a release, or null when it is not known.</summary>
    public static ReleasePackages? TryFind(string release) => s_all.GetValueOrDefault(release);

    /// <summary>Text of <c>packages.json</c> with a release in its place; what is pinned already stays.</summary>
    public static string With(string release, ReleasePackages packages)
    {
        var all = new Dictionary<string, ReleasePackages>(s_all, StringComparer.Ordinal);
        all.TryAdd(release, packages);
        return AbiJson.Write(new OrderedDictionary<string, ReleasePackages>(all.OrderBy(p => System.Version.Parse(p.Key)), StringComparer.Ordinal), path => path.Length <= 1);
    }

    /// <summary>The packages of a release.</summary>
    /// <exception cref="IngestException">Not a known release; the message lists them.</exception>
    public static ReleasePackages Find(string release) => s_all.TryGetValue(release, out ReleasePackages? packages)
        ? packages
        : throw new IngestException($"release '{release}' is not known; known are {string.Join(", ", Names)} (HeaderIngest/packages.json)");

    private static Dictionary<string, ReleasePackages> Load()
    {
        using Stream stream = typeof(KnownReleases).Assembly.GetManifestResourceStream("packages.json")!;
        return JsonSerializer.Deserialize<Dictionary<string, ReleasePackages>>(stream, new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.CamelCase })!;
    }
}
