using System.IO.Compression;
using System.Xml;
using System.Xml.Linq;

namespace BpfVerifier.Host;

/// <summary>A NuGet package of a release: one assembly <c>lib/net10.0/BpfVerifier.Linux.6.12.dll</c> and a manifest.</summary>
/// <remarks>Nothing a package says is believed: not its paths, not its lengths, and what was unpacked must have the checksum the package gives.</remarks>
internal sealed class PackageArchive
{
    private const string LibraryFolder = "lib/net10.0/";
    private const int MaxEntries = 10_000, MaxManifest = 1 << 20;

    private readonly string _path;

    private PackageArchive(string path, string id, string version, KernelRelease release, string assemblyEntry)
    {
        _path = path;
        Id = id;
        Version = version;
        Release = release;
        AssemblyEntry = assemblyEntry;
    }

    public string Id { get; }

    /// <summary>As the manifest writes it, checked to be a version.</summary>
    public string Version { get; }

    public KernelRelease Release { get; }

    /// <summary>Path of the assembly in the package.</summary>
    public string AssemblyEntry { get; }

    public string Origin => $"{_path}!{AssemblyEntry}";

    /// <summary>Reads the directory and the manifest of a package.</summary>
    /// <returns>Null, or why it is no package of a release.</returns>
    public static Refusal? Open(string path, out PackageArchive? package)
    {
        package = null;
        try
        {
            using ZipArchive zip = ZipFile.OpenRead(path);
            if (zip.Entries.Count > MaxEntries)
                return new Refusal(RefusalReason.HostilePackage, $"{path}: more than {MaxEntries} files");
            foreach (ZipArchiveEntry entry in zip.Entries)
                if (Leaves(entry.FullName))
                    return new Refusal(RefusalReason.HostilePackage, $"{path}: the path '{entry.FullName}' leads out of the package");
            ZipArchiveEntry[] assemblies = [.. zip.Entries.Where(entry => entry.FullName.StartsWith(LibraryFolder, StringComparison.Ordinal)
                && entry.FullName.EndsWith(".dll", StringComparison.Ordinal)
                && VerifierIdentity.TryReadRelease(entry.FullName[LibraryFolder.Length..^".dll".Length], out _))];
            if (assemblies.Length != 1)
                return new Refusal(RefusalReason.WrongIdentity, $"{path}: {assemblies.Length} assemblies called {LibraryFolder}{VerifierIdentity.NamePrefix}*.dll, where one was expected");
            ZipArchiveEntry[] manifests = [.. zip.Entries.Where(entry => !entry.FullName.Contains('/') && entry.FullName.EndsWith(".nuspec", StringComparison.OrdinalIgnoreCase))];
            if (manifests.Length != 1)
                return new Refusal(RefusalReason.Damaged, $"{path}: {manifests.Length} manifests (*.nuspec), where one was expected");
            using Stream manifest = manifests[0].Open();
            if (!VerifierFile.TryReadAll(manifest, MaxManifest, out byte[]? text) || !TryReadManifest(text, out string id, out string version))
                return new Refusal(RefusalReason.Damaged, $"{path}: its manifest {manifests[0].FullName} gives no id and version");
            string name = assemblies[0].FullName[LibraryFolder.Length..^".dll".Length];
            if (!name.Equals(id, StringComparison.OrdinalIgnoreCase) || !VerifierIdentity.TryReadRelease(name, out KernelRelease release))
                return new Refusal(RefusalReason.WrongIdentity, $"{path}: the package is called {id}, the assembly in it {name}");
            package = new PackageArchive(path, id, version, release, assemblies[0].FullName);
            return null;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return new Refusal(RefusalReason.NotFound, $"{path}: {e.Message}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or NotSupportedException)
        {
            return new Refusal(RefusalReason.Damaged, $"{path}: not a package that can be read: {e.Message}");
        }
    }

    /// <summary>The assembly in the package, as a file that can be read.</summary>
    public VerifierFile File() => new(Release, PackageVersion.Parse(Version), Origin, OpenAssembly);

    /// <exception cref="InvalidDataException">The package was damaged or changed since it was opened, or is larger than any.</exception>
    public Stream OpenAssembly()
    {
        using ZipArchive zip = ZipFile.OpenRead(_path);
        ZipArchiveEntry entry = zip.GetEntry(AssemblyEntry) ?? throw new InvalidDataException("the package was changed since it was opened");
        using Stream packed = entry.Open();
        if (!VerifierFile.TryReadAll(packed, VerifierFile.MaxAssembly, out byte[]? content))
            throw new InvalidDataException($"the assembly is larger than any release's ({VerifierFile.MaxAssembly >> 20} MiB)");
        if (Crc32.Of(content) != entry.Crc32)
            throw new InvalidDataException("the assembly does not have the checksum the package gives for it");
        return new MemoryStream(content, writable: false);
    }

    /// <summary>True for paths that, joined to a folder, may name something outside of it on some system.</summary>
    private static bool Leaves(string path) =>
        path.Length == 0 || path[0] == '/' || path.AsSpan().IndexOfAny('\\', ':', '\0') >= 0 || path.Split('/').Contains("..");

    private static bool TryReadManifest(byte[] text, out string id, out string version)
    {
        id = version = "";
        try
        {
            using var stream = new MemoryStream(text);
            using var reader = XmlReader.Create(stream, new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null });
            XElement? metadata = XDocument.Load(reader).Root?.Elements().FirstOrDefault(element => element.Name.LocalName == "metadata");
            id = Value("id");
            version = Value("version");
            return id.Length != 0 && PackageVersion.Parse(version) is not null;

            string Value(string name) => metadata?.Elements().FirstOrDefault(element => element.Name.LocalName == name)?.Value.Trim() ?? "";
        }
        catch (XmlException)
        {
            return false;
        }
    }
}
