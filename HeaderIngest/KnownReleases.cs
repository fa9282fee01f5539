using System.Text.Json;

namespace BpfVerifier.HeaderIngest;

/// <summary>The packages one release is made from, as pinned in <c>packages.json</c>.</summary>
/// <param name="Abi">What <c>uname -r</c> prints.</param>
/// <param name="Version">Version of all its packages.</param>
/// <param name="Suite">Debian suite that serves them.</param>
/// <param name="Image">Package with the vmlinuz.</param>
/// <param name="Vmlinuz">Path of the vmlinuz in it.</param>
/// <param name="Config">Path of the configuration in it, or null.</param>
/// <param name="Headers">Header packages: the common ones, then those of the configuration; empty where none are served.</param>
/// <param name="Source">Package with the source, or null.</param>
public sealed record ReleasePackages(string Abi, string Version, string Suite, string Image, string Vmlinuz, string? Config, string[] Headers, string? Source);

/// <summary>The releases this program can make.</summary>
public static class KnownReleases
{
    private static readonly Dictionary<string, ReleasePackages> s_all = Load();

    /// <summary>All names, oldest first.</summary>
    public static IEnumerable<string> Names => s_all.Keys.OrderBy(Version.Parse);

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
