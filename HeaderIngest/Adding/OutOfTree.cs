using System.Text;
using System.Text.RegularExpressions;
using BpfVerifier.HeaderIngest.Image;

namespace BpfVerifier.HeaderIngest.Adding;

/// <summary>The release folder of a kernel that is no one's package.</summary>
public static partial class OutOfTree
{
    /// <summary>Makes the files of the folder by name; nothing is written. libunicorn must be loaded where there is an image.</summary>
    /// <param name="inputs">What to read, as <see cref="LocalSources.Open"/> gives it.</param>
    /// <param name="identity">Which kernel it is.</param>
    /// <param name="progress">Told what is read, and what stays unknown.</param>
    /// <exception cref="IngestException">Something cannot be read, or is not all of one kernel.</exception>
    public static Dictionary<string, byte[]> Read(IngestInputs inputs, BootBanner identity, Progress progress)
    {
        var packages = new ReleasePackages(identity.Abi, identity.PackageVersion, "", "", Path.GetFileName(inputs.Vmlinuz) ?? "", null, null, [], null);
        Dictionary<string, byte[]> files = Ingest.Run(LocalSources.ReleaseOf(identity), packages, inputs, progress);
        AbiDocument abi = Ingest.ReadAbi(Encoding.UTF8.GetString(files["abi.json"]), "abi.json");
        if (UnknownSections.Of(abi, files.ContainsKey("symbols.br")) is { Count: > 0 } unknown)
            progress.Say($"unknown: {string.Join(", ", unknown)}");
        if (!abi.HasTypes)
            progress.Say("notice: without the kernel's types nothing can be verified for it: no project is made");
        else if (abi.ProgramTypes is null)
            progress.Say("notice: without the kernel's image every verdict of its verifier is not_implemented; what objects need is compared (drift) as far as types and symbols tell");
        return files;
    }

    /// <summary>What such a release changes in the repository; nothing is written.</summary>
    /// <param name="root">The repository.</param>
    /// <param name="name">The release it is to be.</param>
    /// <param name="inputs">What to read.</param>
    /// <param name="identity">Which kernel it is.</param>
    /// <param name="progress">Told what is read, and what stays unknown.</param>
    /// <exception cref="IngestException">It is another release, or something cannot be read.</exception>
    public static Addition Add(string root, string name, IngestInputs inputs, BootBanner identity, Progress progress)
    {
        string release = LocalSources.ReleaseOf(identity);
        return release == name
            ? Addition.Of(root, name, null, Read(inputs, identity, progress))
            : throw new IngestException($"the kernel is Linux {identity.Version}, not {name}: say 'add {release}', or make a project of another name with 'bpfverifier new-release'");
    }

    /// <summary>The same with a project of its own, for a folder outside this repository.</summary>
    /// <param name="name">What the kernel shall be called: letters, digits, <c>.</c>, <c>-</c>, <c>_</c>.</param>
    /// <param name="inputs">What to read.</param>
    /// <param name="identity">Which kernel it is.</param>
    /// <param name="project">Text of the project file of a release.</param>
    /// <param name="progress">Told what is read, and what stays unknown.</param>
    /// <exception cref="IngestException">The name is none, there are no types, or something cannot be read.</exception>
    public static Dictionary<string, byte[]> Make(string name, IngestInputs inputs, BootBanner identity, Func<string, string> project, Progress progress)
    {
        if (inputs.Vmlinuz is null && inputs.Parts?.Btf is null)
            throw new IngestException("a verifier needs the kernel's types at least: say --image, --live or --btf too");
        string release = LocalSources.ReleaseOf(identity);
        Dictionary<string, byte[]> files = Read(inputs, identity, progress);
        files.Remove(Ingest.ProjectOf(release));
        files.Add(Ingest.ProjectOf(name), Encoding.UTF8.GetBytes(project(release)));
        return files;
    }

    /// <summary>Refuses what cannot be the name of a kernel.</summary>
    /// <exception cref="IngestException">It cannot.</exception>
    public static void RequireName(string name)
    {
        if (!Name().IsMatch(name))
            throw new IngestException($"'{name}' cannot be the name of a release: use letters, digits, '.', '-' and '_', for instance 6.12-acme");
    }

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Name();
}
