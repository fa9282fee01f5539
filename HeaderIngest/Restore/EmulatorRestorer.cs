using BpfVerifier.HeaderIngest.Emulation;

namespace BpfVerifier.HeaderIngest.Restore;

/// <summary>Brings libunicorn into the cache, out of Debian's package and without installing it.</summary>
public static class EmulatorRestorer
{
    private const string Package = "libunicorn2", Suite = "bookworm", Version = "2.0.1.post1-1+b1";
    private const string LibraryInPackage = "usr/lib/x86_64-linux-gnu/" + UnicornLibrary.FileName;

    /// <summary>Fetches it unless the cache has it; with <c>--offline</c> only says that it is missing.</summary>
    /// <exception cref="IngestException">The package cannot be fetched; names it and its suite.</exception>
    public static void Run(RestoreOptions options, Progress progress)
    {
        string file = UnicornLibrary.InCache(options.Cache);
        if (File.Exists(file))
            return;
        if (options.Offline)
        {
            progress.Say($"notice: {Package} is not in the cache, and --offline forbids fetching it: 'ingest' and 'facts' need it");
            return;
        }
        var apt = new PrivateApt(Path.Combine(options.Cache, "apt"), Suite, AptSources.Read(options.AptConfiguration));
        apt.Update();
        // The pinned version, or what the suite has in its place.
        AptPackage package = apt.Find(Package, Version) ?? apt.Find(Package, null) ?? throw new IngestException($"package {Package}: suite {Suite} does not have it");
        string folder = Path.GetDirectoryName(file)!, deb = Path.Combine(folder, Package + ".deb"), unpacked = Path.Combine(folder, "unpacked");
        Directory.CreateDirectory(unpacked);
        try
        {
            progress.Watch($"{package.Package} {package.Version}", deb, package.Size, () => apt.Download(package, deb));
            if (ImageStore.Hash(deb) is var hash && hash != package.Sha256)
                throw new IngestException($"package {package.Package} {package.Version} of suite {Suite}: its sha256 is {hash} where the list says {package.Sha256}");
            DebArchive.Extract(deb, [LibraryInPackage], unpacked);
            File.Move(Path.Combine(unpacked, UnicornLibrary.FileName), file, overwrite: true);
        }
        finally
        {
            File.Delete(deb);
            Directory.Delete(unpacked, recursive: true);
        }
    }
}
