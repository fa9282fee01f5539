namespace BpfVerifier.Surface;

/// <summary>Where things lie.</summary>
internal sealed record Repository(string Root)
{
    public string Runtime => Path.Combine(Root, "Verifier.Runtime");

    public string CatalogFile => Path.Combine(Root, "kernel-headers", "catalog.json");

    public IEnumerable<string> Releases => Directory.EnumerateDirectories(Path.Combine(Root, "kernel-headers"))
        .Where(folder => File.Exists(Path.Combine(folder, "abi.json"))).Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal);

    public string SurfaceFile(string release) => Path.Combine(Root, "kernel-headers", release, "surface.txt");

    /// <summary>The repository a folder lies in.</summary>
    public static Repository Find(string folder)
    {
        string? directory = folder;
        while (directory is not null && !File.Exists(Path.Combine(directory, "Directory.Packages.props")))
            directory = Path.GetDirectoryName(directory);
        return new Repository(directory ?? throw new DirectoryNotFoundException("the repository's root"));
    }
}
