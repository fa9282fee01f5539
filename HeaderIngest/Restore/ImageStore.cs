using System.Security.Cryptography;

namespace BpfVerifier.HeaderIngest.Restore;

/// <summary>A folder of kept images: <c>RELEASE/vmlinuz…</c>, <c>RELEASE/config…</c>, and <c>SHA256SUMS</c> beside them.</summary>
public static class ImageStore
{
    /// <summary>Image and configuration of a release, or null when the store does not have it.</summary>
    /// <exception cref="IngestException">A file does not have the hash SHA256SUMS says.</exception>
    public static (string Vmlinuz, string? Config)? Find(string directory, string release)
    {
        string folder = Path.Combine(directory, release);
        if (Newest(folder, "vmlinuz*") is not { } vmlinuz)
            return null;
        string? config = Newest(folder, "config*");
        Dictionary<string, string> sums = Sums(Path.Combine(directory, "SHA256SUMS"));
        foreach (string file in (string[])[vmlinuz, .. config is null ? Array.Empty<string>() : [config]])
        {
            if (sums.TryGetValue($"{release}/{Path.GetFileName(file)}", out string? expected) && Hash(file) is var actual && actual != expected)
                throw new IngestException($"{file}: sha256 is {actual}, SHA256SUMS says {expected}");
        }
        return (vmlinuz, config);
    }

    /// <summary>sha256 of a file in lower-case hexadecimal.</summary>
    public static string Hash(string file)
    {
        using FileStream stream = File.OpenRead(file);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private static string? Newest(string folder, string pattern) =>
        Directory.Exists(folder) ? Directory.EnumerateFiles(folder, pattern).Order(StringComparer.Ordinal).LastOrDefault() : null;

    private static Dictionary<string, string> Sums(string file) => !File.Exists(file)
        ? []
        : File.ReadLines(file)
            .Select(line => line.Split((char[]?)null, 2, StringSplitOptions.RemoveEmptyEntries))
            .Where(parts => parts.Length == 2)
            .ToDictionary(parts => parts[1].Trim().TrimStart('*'), parts => parts[0], StringComparer.Ordinal);
}
