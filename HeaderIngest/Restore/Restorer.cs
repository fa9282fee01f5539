using System.Text.RegularExpressions;
using BpfVerifier.HeaderIngest.Image;

namespace BpfVerifier.HeaderIngest.Restore;

/// <summary>How <c>restore</c> works.</summary>
public sealed record RestoreOptions
{
    /// <summary>The cache.</summary>
    public required string Cache { get; init; }
    /// <summary>Store of kept images looked into first, or null.</summary>
    public string? Images { get; init; }
    /// <summary>Ask no mirror.</summary>
    public bool Offline { get; init; }
    /// <summary>Leave out the kernel's source, with which <c>ingest</c> compares what it read from the image.</summary>
    public bool NoSource { get; init; }
    /// <summary>apt's own configuration directory.</summary>
    public string AptConfiguration { get; init; } = "/etc/apt";
}

/// <summary>Brings a release's image and headers into the cache.</summary>
public sealed class Restorer
{
    private readonly RestoreOptions _options;
    private readonly Progress _progress;
    private PrivateApt? _apt;

    /// <summary>With options and somewhere to report to.</summary>
    public Restorer(RestoreOptions options, Progress progress)
    {
        _options = options;
        _progress = progress;
    }

    /// <summary>Restores a release; afterwards <c>CACHE/RELEASE/</c> is whole, or was not touched.</summary>
    /// <exception cref="IngestException">Something is missing; the message names package and suite.</exception>
    public RestoredRelease Run(string release, ReleasePackages pinned)
    {
        string folder = Path.Combine(_options.Cache, release), work = folder + ".partial";
        (string Vmlinuz, string? Config)? kept = _options.Images is null ? null : ImageStore.Find(_options.Images, release);
        if (kept is not null && pinned.Sha256 is not null && ImageStore.Hash(kept.Value.Vmlinuz) != pinned.Sha256)
            throw new IngestException($"{kept.Value.Vmlinuz}: is not the image of {pinned.Image} {pinned.Version} (sha256 {pinned.Sha256} expected)");

        Dictionary<string, PackageRecord> cached = CachedDebs();
        ReleasePackages packages = Resolve(release, pinned, kept is not null, cached);
        var debs = new List<PackageRecord>();
        foreach (string name in Wanted(packages, kept is not null))
            debs.Add(Fetch(name, packages, cached));

        if (Directory.Exists(work))
            Directory.Delete(work, recursive: true);
        Directory.CreateDirectory(work);
        string vmlinuz = Path.GetFileName(packages.Vmlinuz);
        string? config = packages.Config is null ? null : Path.GetFileName(packages.Config);
        if (kept is { } store)
        {
            File.Copy(store.Vmlinuz, Path.Combine(work, vmlinuz));
            config = store.Config is null ? null : Path.GetFileName(store.Config);
            if (config is not null)
                File.Copy(store.Config!, Path.Combine(work, config));
            _progress.Say($"{vmlinuz}: from the store of images");
        }
        else
        {
            DebArchive.Extract(DebFile(debs.Single(d => d.Package == packages.Image)), [packages.Vmlinuz], work);
            if (packages.Config is not null)
                DebArchive.Extract(DebFile(debs.Single(d => d.Package == (packages.ConfigPackage ?? packages.Image))), [packages.Config], work);
        }
        if (packages.Sha256 is not null && ImageStore.Hash(Path.Combine(work, vmlinuz)) is var hash && hash != packages.Sha256)
            throw new IngestException($"{vmlinuz} of {packages.Image} {packages.Version} has sha256 {hash}, {packages.Sha256} was expected");
        foreach (string name in packages.Headers)
            DebArchive.ExtractAll(DebFile(debs.Single(d => d.Package == name)), Path.Combine(work, "headers"));
        PackageRecord? source = debs.Find(d => d.Package == packages.Source);
        if (source is not null)
            SourceArchive.Extract(DebFile(source), Path.Combine(work, "source"));

        var restored = new RestoredRelease(packages, debs, vmlinuz, config, [.. packages.Headers.Select(name => $"headers/usr/src/{name}")], source is null ? null : "source");
        foreach (string root in restored.HeaderRoots.Where(root => !Directory.Exists(Path.Combine(work, root))))
            throw new IngestException($"package {Path.GetFileName(root)} {packages.Version} of suite {packages.Suite} has no {root["headers".Length..]}");
        File.WriteAllText(Path.Combine(work, RestoredRelease.FileName), restored.Write());
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        Directory.Move(work, folder);
        return restored;
    }

    private string Debs => Path.Combine(_options.Cache, "packages");

    private string DebFile(PackageRecord deb) => Path.Combine(Debs, $"{deb.Package}_{deb.Version}.deb");

    private List<string> Wanted(ReleasePackages packages, bool imageKept)
    {
        var names = new List<string>(packages.Headers);
        if (!imageKept)
            names.InsertRange(0, packages.ConfigPackage is null ? [packages.Image] : [packages.Image, packages.ConfigPackage]);
        if (packages.Source is not null && !_options.NoSource)
            names.Add(packages.Source);
        return names;
    }

    // The pinned version while the cache or the mirror still has it, else the newest patch level of the same branch.
    private ReleasePackages Resolve(string release, ReleasePackages pinned, bool imageKept, Dictionary<string, PackageRecord> cached)
    {
        List<string> missing = [.. Wanted(pinned, imageKept).Where(name => !cached.ContainsKey($"{name} {pinned.Version}"))];
        if (missing.Count == 0)
            return pinned;
        PrivateApt apt = Apt(missing[0], pinned);
        missing.RemoveAll(name => apt.Find(name, pinned.Version) is not null);
        if (missing.Count == 0)
            return pinned;

        string branch = Regex.Escape(release + ".");
        (string Abi, string Version)? newest = null;
        string prefix = pinned.Image[..pinned.Image.IndexOf(pinned.Abi, StringComparison.Ordinal)];
        foreach (string name in apt.Search($"^{prefix}{branch}[0-9].*{ReleasePackages.Flavour}$"))
        {
            if (apt.Find(name, null) is { } found && (newest is null || PrivateApt.IsOlder(newest.Value.Version, found.Version)))
                newest = (name[prefix.Length..], found.Version);
        }
        string gone = $"suite {pinned.Suite} no longer serves {missing[0]} {pinned.Version}";
        if (newest is null)
            throw new IngestException($"{gone}, and no other patch level of {release}");
        if (imageKept)
            throw new IngestException($"{gone}; the image kept in {_options.Images} is of that version, so headers of {newest.Value.Version} would not fit (leave --images out to use that one)");
        _progress.Say($"notice: {gone}; using {newest.Value.Version}, the newest of the same branch. What is made of it differs from what is committed.");
        return pinned.At(newest.Value.Abi, newest.Value.Version);
    }

    private PackageRecord Fetch(string name, ReleasePackages packages, Dictionary<string, PackageRecord> cached)
    {
        if (cached.TryGetValue($"{name} {packages.Version}", out PackageRecord? have))
        {
            _progress.Say($"{name} {packages.Version}: in the cache");
            return have;
        }
        AptPackage found = Apt(name, packages).Find(name, packages.Version)
            ?? throw new IngestException($"package {name} {packages.Version}: suite {packages.Suite} does not have it");
        var record = new PackageRecord(name, found.Version, packages.Suite, found.Sha256);
        string file = DebFile(record), partial = file + ".part";
        Directory.CreateDirectory(Debs);
        _progress.Watch($"{name} {found.Version}", partial, found.Size, () => Apt(name, packages).Download(found, partial));
        if (new FileInfo(partial).Length is var size && size != found.Size)
            throw new IngestException($"package {name} {found.Version} of suite {packages.Suite}: {size} bytes came where the list says {found.Size}");
        if (ImageStore.Hash(partial) is var hash && hash != found.Sha256)
        {
            File.Delete(partial);
            throw new IngestException($"package {name} {found.Version} of suite {packages.Suite}: its sha256 is {hash} where the list says {found.Sha256}");
        }
        File.Move(partial, file, overwrite: true);
        // The hash apt's signed list gave, so that later runs can tell damage without asking the mirror.
        File.WriteAllText(file + ".sha256", $"{hash}  {packages.Suite}\n");
        return record;
    }

    // "NAME VERSION" → what lies in the cache and is whole.
    private Dictionary<string, PackageRecord> CachedDebs()
    {
        var cached = new Dictionary<string, PackageRecord>(StringComparer.Ordinal);
        if (!Directory.Exists(Debs))
            return cached;
        foreach (string file in Directory.EnumerateFiles(Debs, "*.deb"))
        {
            string[] name = Path.GetFileNameWithoutExtension(file).Split('_', 2);
            string[] sum = File.Exists(file + ".sha256") ? File.ReadAllText(file + ".sha256").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) : [];
            if (name.Length == 2 && sum.Length == 2 && ImageStore.Hash(file) == sum[0])
                cached[$"{name[0]} {name[1]}"] = new PackageRecord(name[0], name[1], sum[1], sum[0]);
        }
        return cached;
    }

    private PrivateApt Apt(string package, ReleasePackages packages)
    {
        if (_apt is not null)
            return _apt;
        if (_options.Offline)
            throw new IngestException($"package {package} {packages.Version} of suite {packages.Suite} is not in the cache, and --offline forbids fetching it");
        var apt = new PrivateApt(Path.Combine(_options.Cache, "apt"), packages.Suite, AptSources.Read(_options.AptConfiguration));
        _progress.Say($"package lists of {packages.Suite}");
        try
        {
            apt.Update();
        }
        catch (IngestException e)
        {
            throw new IngestException($"package {package} {packages.Version} cannot be fetched: {e.Message}", e);
        }
        return _apt = apt;
    }
}
