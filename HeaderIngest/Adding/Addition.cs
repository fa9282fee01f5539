using System.Text;

namespace BpfVerifier.HeaderIngest.Adding;

/// <summary>Everything that a release more changes in the repository.</summary>
/// <param name="Files">Contents of every file concerned by its path below the repository.</param>
/// <param name="Drift">What is different from the nearest older release, for people.</param>
public sealed record Addition(Dictionary<string, byte[]> Files, string Drift)
{
    /// <summary>Folder of the releases.</summary>
    public const string Headers = "kernel-headers";
    private const string AbiFile = "abi.json", TypesFile = "vmlinux.btf.br";
    /// <summary>Files of a release that not every source tells.</summary>
    private static readonly string[] s_told = ["symbols.br", TypesFile];

    /// <summary>Makes the addition; nothing is written.</summary>
    /// <param name="root">The repository.</param>
    /// <param name="release">The release.</param>
    /// <param name="packages">What it was made from; null for a kernel of no packages.</param>
    /// <param name="folder">Files of its folder, as <see cref="Ingest.Run"/> gives them; without types there is no project, and the solution stays as it is.</param>
    /// <exception cref="IngestException">A file that lists releases is not as expected, or the release is there and known better.</exception>
    public static Addition Of(string root, string release, ReleasePackages? packages, IReadOnlyDictionary<string, byte[]> folder)
    {
        // What is left of another kernel would be taken for this one's.
        if (s_told.FirstOrDefault(name => !folder.ContainsKey(name) && File.Exists(Path.Combine(root, Headers, release, name))) is { } left)
            throw new IngestException($"{Headers}/{release} has {left}, which the sources named now do not tell: name better ones, or remove that folder first");
        AbiDocument added = Ingest.ReadAbi(Encoding.UTF8.GetString(folder[AbiFile]), $"{release}/{AbiFile}");
        List<AbiDocument> others = [.. Ingest.Committed(Path.Combine(root, Headers)).Where(r => r.Release != release)];
        var files = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach ((string name, byte[] contents) in folder)
            files.Add($"{Headers}/{release}/{name}", contents);
        void Text(string name, string text) => files.Add(name, Encoding.UTF8.GetBytes(text));
        string Read(string name) => Encoding.UTF8.GetString(Ingest.ReadFile(Path.Combine(root, name)));
        Text($"{Headers}/catalog.json", CatalogBuilder.Build([.. others, added]).Write());
        if (packages is not null)
            Text("HeaderIngest/packages.json", KnownReleases.With(release, packages));
        if (folder.ContainsKey(TypesFile))
            Text(SolutionFile.Name, SolutionFile.With(Read(SolutionFile.Name), release));
        Text(ReleaseList.Name, ReleaseList.With(Read(ReleaseList.Name), others.Append(added).Select(r =>
            new KnownVersion(r.Release, r.Version, KnownReleases.TryFind(r.Release) is not null || packages is not null && r.Release == release))));
        AbiDocument? older = others.Where(r => Version.Parse(r.Release) < Version.Parse(release)).MaxBy(r => Version.Parse(r.Release));
        return new Addition(files, older is null ? $"no release older than {release} to compare with\n" : ReleaseDrift.Between(older, added).Text());
    }
}
