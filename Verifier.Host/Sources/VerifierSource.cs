using System.Reflection;

namespace BpfVerifier.Host;

/// <summary>Release assemblies at hand: those of a file, a folder or of the resources of an assembly. Found once, when the source is made.</summary>
public sealed class VerifierSource
{
    private const string PackageExtension = ".nupkg", AssemblyExtension = ".dll";

    private readonly SortedDictionary<KernelRelease, VerifierFile> _files = [];
    private readonly List<Refusal> _problems = [];

    private VerifierSource(string name) => Name = name;

    /// <summary>What was looked at, for messages.</summary>
    public string Name { get; }

    /// <summary>Releases found, oldest first.</summary>
    public IReadOnlyCollection<KernelRelease> Releases => _files.Keys;

    /// <summary>Packages that were found but are none of a release, and why; a damaged package keeps no other from being used.</summary>
    public IReadOnlyList<Refusal> Problems => _problems;

    /// <summary>
    /// An assembly, a package (<c>.nupkg</c>), or a folder with assemblies, packages, or unpacked packages as NuGet lays
    /// them out (<c>bpfverifier.linux.6.12/1.0.0/lib/net10.0/</c>). Where a release is there more than once an assembly
    /// that lies by itself comes first, then the newest version.
    /// </summary>
    /// <param name="path">What does not exist has no releases, and a problem that says so.</param>
    public static VerifierSource At(string path)
    {
        var source = new VerifierSource(path);
        try
        {
            if (Directory.Exists(path))
                source.AddFolder(path);
            else
                source.AddFile(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            source._problems.Add(new Refusal(RefusalReason.Damaged, $"{path}: {e.Message}"));
        }
        return source;
    }

    /// <summary>The assemblies beside this one, which a program is built with; none is no problem.</summary>
    public static VerifierSource BesideHost() => At(AppContext.BaseDirectory);

    /// <summary>The assemblies among the resources of another, by the name of their file: <c>BpfVerifier.Linux.6.12.dll</c>.</summary>
    public static VerifierSource Embedded(Assembly assembly)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        var source = new VerifierSource(assembly.GetName().Name ?? "");
        foreach (string resource in assembly.GetManifestResourceNames())
            if (resource.EndsWith(AssemblyExtension, StringComparison.Ordinal) && VerifierIdentity.TryReadRelease(resource[..^AssemblyExtension.Length], out KernelRelease release))
                source.Add(new VerifierFile(release, null, $"{source.Name}!{resource}",
                    () => assembly.GetManifestResourceStream(resource) ?? throw new FileNotFoundException("the resource is not there", resource)));
        return source;
    }

    internal VerifierFile? Find(KernelRelease release) => _files.GetValueOrDefault(release.Branch);

    private void AddFolder(string path)
    {
        foreach (string file in Directory.EnumerateFiles(path).Order(StringComparer.Ordinal))
            if (file.EndsWith(PackageExtension, StringComparison.OrdinalIgnoreCase) || VerifierIdentity.TryReadRelease(AssemblyName(file), out _))
                AddFile(file);
        foreach (string package in Directory.EnumerateDirectories(path, VerifierIdentity.NamePrefix + "*", new EnumerationOptions { MatchCasing = MatchCasing.CaseInsensitive }).Order(StringComparer.Ordinal))
            foreach (string version in Directory.EnumerateDirectories(package).Order(StringComparer.Ordinal))
                if (PackageVersion.Parse(Path.GetFileName(version)) is { } number && Directory.Exists(Path.Combine(version, "lib", "net10.0")))
                    foreach (string file in Directory.EnumerateFiles(Path.Combine(version, "lib", "net10.0")).Order(StringComparer.Ordinal))
                        AddAssembly(file, number);
    }

    private void AddFile(string path)
    {
        if (!path.EndsWith(PackageExtension, StringComparison.OrdinalIgnoreCase))
        {
            if (!AddAssembly(path, null))
                _problems.Add(new Refusal(RefusalReason.WrongIdentity, $"{path}: neither a package, nor a folder, nor named {VerifierIdentity.NamePrefix}<release>{AssemblyExtension}"));
            return;
        }
        if (PackageArchive.Open(path, out PackageArchive? package) is { } refusal)
            _problems.Add(refusal);
        else if (package is not null)
            Add(package.File());
    }

    private bool AddAssembly(string path, PackageVersion? version)
    {
        bool named = VerifierIdentity.TryReadRelease(AssemblyName(path), out KernelRelease release);
        if (named)
            Add(new VerifierFile(release, version, path, () => File.OpenRead(path)));
        return named;
    }

    private static string AssemblyName(string path) =>
        path.EndsWith(AssemblyExtension, StringComparison.Ordinal) ? Path.GetFileNameWithoutExtension(path) : "";

    private void Add(VerifierFile file)
    {
        if (!_files.TryGetValue(file.Release, out VerifierFile? other) || (other.Version is not null && (file.Version is null || file.Version.CompareTo(other.Version) > 0)))
            _files[file.Release] = file;
    }
}
