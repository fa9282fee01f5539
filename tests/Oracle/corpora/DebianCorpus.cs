using System.Globalization;

namespace BpfVerifier.Oracle;

/// <summary>The objects Debian ships prebuilt: files of their own, and those that programs carry inside them.</summary>
internal static class DebianCorpus
{
    private static readonly (string Package, string Version)[] s_packages =
    [
        ("libbpf-tools", "0.26.0+ds-1"),
        ("libxdp1", "1.3.1-1"),
        ("xdp-tools", "1.3.1-1"),
    ];

    /// <summary>Restores the packages and writes the objects under <c>.cache/corpora/debian/PACKAGE/</c>; returns how many.</summary>
    public static int Restore()
    {
        string corpus = Repository.Corpus("debian");
        if (Directory.Exists(corpus))
            Directory.Delete(corpus, recursive: true);
        int count = 0;
        foreach ((string package, string version) in s_packages)
        {
            string tree = DebianPackages.Extracted(package, version, "bookworm");
            string target = Directory.CreateDirectory(Path.Combine(corpus, package)).FullName;
            EnumerationOptions files = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint };
            foreach (string file in Directory.EnumerateFiles(tree, "*", files).Order(StringComparer.Ordinal))
                count += Take(file, target);
        }
        return count;
    }

    private static int Take(string file, string target)
    {
        byte[] content = File.ReadAllBytes(file);
        List<Range> images = [.. EmbeddedObjects.Find(content)];
        string name = Path.GetFileName(file);
        for (int i = 0; i < images.Count; i++)
        {
            // bpftool's skeletons call their object PROGRAM_bpf, and libbpf cuts a file's name at its first dot
            string suffix = images.Count > 1 ? "." + (i + 1).ToString(CultureInfo.InvariantCulture) : "";
            string path = images[i].Start.Value == 0 && name.EndsWith(".o", StringComparison.Ordinal)
                ? name
                : name.Replace('-', '_') + "_bpf" + suffix + ".o";
            File.WriteAllBytes(Path.Combine(target, path), content[images[i]]);
        }
        return images.Count;
    }
}
