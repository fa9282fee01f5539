namespace BpfVerifier.Oracle;

/// <summary>Parts of kernel source trees, from Debian's linux-source packages.</summary>
internal static class KernelSource
{
    /// <summary>Folder of the BPF selftests in the tree.</summary>
    public const string Selftests = "tools/testing/selftests/bpf";

    private static readonly Dictionary<string, (string Package, string Version, string Suite)> s_packages = new()
    {
        ["5.10"] = ("linux-source-5.10", "5.10.262-1", "bullseye-security"),
        ["6.1"] = ("linux-source-6.1", "6.1.192-2", "bookworm-security"),
        ["6.12"] = ("linux-source-6.12", "6.12.117-1~deb12u1", "bookworm-security"),
        ["7.3"] = ("linux-source-7.3", "7.3.4-1~bpo13+1", "trixie-backports"),
    };

    /// <summary>The release's tree in the cache, with at least these folders of it.</summary>
    /// <param name="release">5.10, 6.1, 6.12 or 7.3.</param>
    /// <param name="folders">Paths below the top of the tree, with slashes.</param>
    public static string Restore(string release, params string[] folders)
    {
        string tree = Directory.CreateDirectory(Path.Combine(Repository.Cache, "linux-source", release)).FullName;
        string[] missing = [.. folders.Where(f => !Directory.Exists(Path.Combine(tree, f)))];
        if (missing.Length == 0)
            return tree;
        (string package, string version, string suite) = s_packages[release];
        string sources = Path.Combine(DebianPackages.Extracted(package, version, suite), "usr/src");
        string archive = Path.Combine(sources, package + ".tar.xz");
        string partial = tree + ".partial";
        if (Directory.Exists(partial))
            Directory.Delete(partial, recursive: true);
        Directory.CreateDirectory(partial);
        Tool.Run("tar", ["-xJf", archive, "-C", partial, "--strip-components=1", .. missing.Select(f => $"{package}/{f}")]);
        foreach (string folder in missing)
        {
            string target = Path.Combine(tree, folder);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            Directory.Move(Path.Combine(partial, folder), target);
        }
        Directory.Delete(partial, recursive: true);
        return tree;
    }
}
