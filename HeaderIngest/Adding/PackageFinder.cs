using System.Text.RegularExpressions;
using BpfVerifier.HeaderIngest.Image;
using BpfVerifier.HeaderIngest.Restore;

namespace BpfVerifier.HeaderIngest.Adding;

/// <summary>Which packages a release that nobody pinned is made from.</summary>
/// <param name="apt">A private apt for a suite, its lists fetched.</param>
/// <param name="progress">Told what is looked at.</param>
public sealed partial class PackageFinder(Func<string, PrivateApt> apt, Progress progress)
{
    /// <summary>The newest patch level that one of the suites serves.</summary>
    /// <exception cref="IngestException">No suite has an image of the release.</exception>
    public ReleasePackages Newest(string release, IReadOnlyCollection<string> suites)
    {
        RequireName(release);
        foreach (string suite in suites)
        {
            PrivateApt lists = apt(suite);
            (string Name, string Version)? newest = null;
            // linux-binary holds the image from 6.19 on, where linux-image only asks for it.
            foreach (string kind in (string[])["binary", "image"])
            {
                foreach (string name in lists.Search($"^linux-{kind}-{Regex.Escape(release)}[.][0-9].*{ReleasePackages.Flavour}$"))
                {
                    if (lists.Find(name, null) is { } found && (newest is null || PrivateApt.IsOlder(newest.Value.Version, found.Version)))
                        newest = (name, found.Version);
                }
                if (newest is not null)
                    return Of(lists, release, suite, newest.Value.Name.Split('-', 3)[2], newest.Value.Version, newest.Value.Name);
            }
        }
        throw new IngestException($"no image of release {release} is served by {string.Join(", ", suites)}; name another suite with --suite");
    }

    /// <summary>The packages around a kept image, whose headers may or may not be served.</summary>
    /// <param name="release">Release.</param>
    /// <param name="vmlinuz">The image.</param>
    /// <param name="suites">Suites to look for its version in; empty: its headers are not looked for.</param>
    /// <exception cref="IngestException">It is no image of the release.</exception>
    public ReleasePackages Around(string release, string vmlinuz, IReadOnlyCollection<string> suites)
    {
        RequireName(release);
        BootBanner banner = BootBanner.Read(Ingest.ReadFile(vmlinuz), Path.GetFileName(vmlinuz));
        if (!banner.Version.StartsWith(release + ".", StringComparison.Ordinal))
            throw new IngestException($"{vmlinuz}: is Linux {banner.Version}, not {release}");
        ReleasePackages? served = null;
        foreach (string suite in suites)
        {
            PrivateApt lists = apt(suite);
            foreach (string kind in (string[])["binary", "image"])
            {
                if (served is null && lists.Find($"linux-{kind}-{banner.Abi}", banner.PackageVersion) is not null)
                    served = Of(lists, release, suite, banner.Abi, banner.PackageVersion, $"linux-{kind}-{banner.Abi}");
            }
        }
        if (served is null)
            progress.Say($"notice: {banner.PackageVersion} is served by none of the suites asked ({string.Join(", ", suites)}): its headers stay unknown");
        served ??= new ReleasePackages(banner.Abi, banner.PackageVersion, "", $"linux-image-{banner.Abi}", $"boot/vmlinuz-{banner.Abi}", null, null, [], null);
        return served with { Sha256 = ImageStore.Hash(vmlinuz) };
    }

    private ReleasePackages Of(PrivateApt lists, string release, string suite, string abi, string version, string image)
    {
        progress.Say($"{suite}: {image} {version}");
        bool Served(string name) => lists.Find(name, version) is not null;
        string common = $"linux-headers-{abi[..^ReleasePackages.Flavour.Length]}-common", configured = $"linux-headers-{abi}", source = $"linux-source-{release}";
        string apart = $"linux-base-{abi}";
        // From 7.2 on configuration and image lie beside the modules.
        bool beside = Served(apart);
        return new ReleasePackages(
            abi, version, suite, image,
            beside ? $"usr/lib/modules/{abi}/vmlinuz" : $"boot/vmlinuz-{abi}",
            null,
            beside ? $"usr/lib/modules/{abi}/config" : image.StartsWith("linux-image-", StringComparison.Ordinal) ? $"boot/config-{abi}" : null,
            Served(common) && Served(configured) ? [common, configured] : [],
            Served(source) ? source : null,
            beside ? apart : null);
    }

    private static void RequireName(string release)
    {
        if (!Name().IsMatch(release))
            throw new IngestException($"'{release}' is not the name of a release: one is written 6.12");
    }

    [GeneratedRegex(@"^\d{1,2}\.\d{1,3}$", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Name();
}
