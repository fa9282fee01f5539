using System.Text;
using System.Text.RegularExpressions;
using BpfVerifier.HeaderIngest.Emulation;
using BpfVerifier.HeaderIngest.Headers;
using BpfVerifier.HeaderIngest.Image;

namespace BpfVerifier.HeaderIngest.Adding;

/// <summary>The release folder of a kernel that is in nobody's list, made from its image alone.</summary>
public static partial class OutOfTree
{
    /// <summary>Makes the files of the folder by name; nothing is written.</summary>
    /// <param name="name">What the kernel shall be called: letters, digits, <c>.</c>, <c>-</c>, <c>_</c>.</param>
    /// <param name="image">A <c>vmlinuz</c> or <c>vmlinux</c>.</param>
    /// <param name="headers">Its headers; without them the manual of the helpers and macros stay unknown.</param>
    /// <param name="libClang">File of libclang for the headers, or null to look for it.</param>
    /// <param name="unicorn">File of libunicorn, or null for the system's.</param>
    /// <param name="project">Text of the project file of a release.</param>
    /// <param name="progress">Told what is read.</param>
    /// <param name="release">The release the image is of, <c>6.12</c>.</param>
    /// <exception cref="IngestException">The name is none, or the image cannot be read.</exception>
    public static Dictionary<string, byte[]> Make(
        string name, string image, KernelHeaders? headers, string? libClang, string? unicorn, Func<string, string> project, Progress progress, out string release)
    {
        if (!Name().IsMatch(name))
            throw new IngestException($"'{name}' cannot be the name of a release: use letters, digits, '.', '-' and '_', for instance 6.12-acme");
        BootBanner banner = BootBanner.Read(Ingest.ReadFile(image), Path.GetFileName(image));
        string[] numbers = banner.Version.Split('.');
        release = $"{numbers[0]}.{numbers[1]}";
        UnicornLibrary.Load(unicorn, ".cache");
        var packages = new ReleasePackages(banner.Abi, banner.PackageVersion, "", "", Path.GetFileName(image), null, null, [], null);
        Dictionary<string, byte[]> files = Ingest.Run(release, packages, new IngestInputs(image, null, headers, [], libClang), progress);
        files.Remove($"BpfVerifier.Linux.{release}.csproj");
        files.Add($"BpfVerifier.Linux.{name}.csproj", Encoding.UTF8.GetBytes(project(release)));
        return files;
    }

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Name();
}
