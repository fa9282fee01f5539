using System.Text.Json;
using BpfVerifier.HeaderIngest.Abi;

namespace BpfVerifier.HeaderIngest.Restore;

/// <summary>What lies in the cache for one release: written last, as <c>CACHE/RELEASE/restored.json</c>.</summary>
/// <param name="Packages">The packages it came from, which are not the pinned ones after a fallback.</param>
/// <param name="Debs">Every package fetched.</param>
/// <param name="Vmlinuz">Name of the image in the folder.</param>
/// <param name="Config">Name of the configuration in the folder, or null.</param>
/// <param name="HeaderRoots">Folders of the header packages, below the folder.</param>
/// <param name="SourceRoot">Folder of the kernel's source, below the folder; null where no package was unpacked.</param>
public sealed record RestoredRelease(ReleasePackages Packages, List<PackageRecord> Debs, string Vmlinuz, string? Config, List<string> HeaderRoots, string? SourceRoot = null)
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "restored.json";

    /// <summary>Reads the record of a folder, or gives null when it was not restored.</summary>
    public static RestoredRelease? Read(string folder)
    {
        string file = Path.Combine(folder, FileName);
        try
        {
            return File.Exists(file) ? JsonSerializer.Deserialize<RestoredRelease>(File.ReadAllText(file), AbiJson.Options) : null;
        }
        catch (JsonException e)
        {
            throw new IngestException($"{file} is damaged ({e.Message}); delete {folder} and restore again", e);
        }
    }

    /// <summary>Text of the file.</summary>
    public string Write() => AbiJson.Write(this, path => path.Length <= 1);
}
