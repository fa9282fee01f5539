using BpfVerifier.HeaderIngest.Restore;

namespace BpfVerifier.Oracle;

/// <summary>Fetches Debian packages into the cache, as HeaderIngest does, and unpacks them there; nothing is installed.</summary>
internal static class DebianPackages
{
    /// <summary>The extracted tree of a package.</summary>
    /// <param name="package">Name of the binary package.</param>
    /// <param name="version">The version the oracle was made with.</param>
    /// <param name="suite">The suite that serves it; when it has dropped that version its newest is taken, with a notice.</param>
    public static string Extracted(string package, string version, string suite)
    {
        string folder = Directory.CreateDirectory(Path.Combine(Repository.Cache, "debian")).FullName;
        string tree = Path.Combine(folder, $"{package}_{version.Replace(":", "%3a", StringComparison.Ordinal)}");
        if (Directory.Exists(tree))
            return tree;
        PrivateApt apt = new(Path.Combine(Repository.Cache, "apt"), suite, AptSources.Read("/etc/apt"));
        Console.Error.WriteLine($"{package} {version} of {suite}…");
        apt.Update();
        AptPackage found = apt.Find(package, version) ?? Newest(apt, package, version, suite);
        string deb = tree + ".deb", partial = tree + ".partial";
        apt.Download(found, deb);
        if (Directory.Exists(partial))
            Directory.Delete(partial, recursive: true);
        DebArchive.ExtractAll(deb, partial);
        Directory.Move(partial, tree);
        File.Delete(deb);
        return tree;
    }

    private static AptPackage Newest(PrivateApt apt, string package, string version, string suite)
    {
        AptPackage newest = apt.Find(package, null) ?? throw new OracleException($"suite {suite} has no package {package}");
        Console.Error.WriteLine($"notice: {suite} no longer serves {package} {version}; using {newest.Version}. What is recorded with it may differ.");
        return newest;
    }
}
