using BpfVerifier.HeaderIngest.Image;
using BpfVerifier.HeaderIngest.Restore;

namespace BpfVerifier.Oracle;

/// <summary>Finds the kernel image of a release and takes the ELF out of it, which boots faster than the compressed file.</summary>
internal static class KernelImages
{
    /// <summary>The folder that has a folder per release, with the release's vmlinuz in it.</summary>
    /// <param name="asked">The --images option, or null to look where images are usually kept, HeaderIngest's cache last.</param>
    public static string Folder(string? asked)
    {
        string[] places = asked is not null
            ? [asked]
            : [Path.Combine(Repository.Root, "..", "shared", "data", "kernel-images"), Repository.Cache];
        return places.FirstOrDefault(p => Directory.Exists(p) && Releases(p).Any())
            ?? throw new OracleException($"no kernel images: looked in {string.Join(", ", places)}; name their folder with --images, or restore a release with HeaderIngest");
    }

    /// <summary>The releases an image folder has.</summary>
    public static IEnumerable<string> Releases(string folder) => Directory.GetDirectories(folder)
        .Select(d => Path.GetFileName(d))
        .Where(r => Version.TryParse(r, out _) && Directory.EnumerateFiles(Path.Combine(folder, r), "vmlinuz*").Any())
        .OrderBy(Version.Parse);

    /// <summary>The uncompressed image of a release, made in the cache when it is not there yet.</summary>
    public static string Vmlinux(string release, string folder)
    {
        string compressed = ImageStore.Find(folder, release)?.Vmlinuz
            ?? throw new OracleException($"no image of {release} in {folder}; there are: {string.Join(", ", Releases(folder))}");
        string path = Path.Combine(Repository.OracleCache, $"vmlinux-{release}-{ImageStore.Hash(compressed)[..16]}");
        if (!File.Exists(path))
        {
            string partial = path + ".partial";
            File.WriteAllBytes(partial, KernelImage.ExtractVmlinux(File.ReadAllBytes(compressed), compressed));
            File.Move(partial, path, overwrite: true);
        }
        return path;
    }
}
