namespace BpfVerifier.Packages.Tests;

/// <summary>Tests that share one feed.</summary>
[CollectionDefinition(Name)]
public sealed class PackedFeedGroup : ICollectionFixture<PackedFeed>
{
    public const string Name = "packed feed";
}

/// <summary>A feed of packages made of what was built, with two releases; and what a stranger's machine has besides.</summary>
public sealed class PackedFeed : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bpfverifier-feed-");

    public PackedFeed()
    {
        Directory.CreateDirectory(Folder);
        Environment = new Dictionary<string, string>
        {
            ["BPFVERIFIER"] = Repository.Root,
            ["FEED"] = Folder,
            // A cache of its own: another build of the same version may be in the machine's.
            ["NUGET_PACKAGES"] = Path.Combine(_folder.FullName, "cache"),
            ["DOTNET_CLI_UI_LANGUAGE"] = "en",
            ["DOTNET_NOLOGO"] = "true",
            ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "true",
            ["MSBUILDDISABLENODEREUSE"] = "1",
            ["UseSharedCompilation"] = "false",
        };
        (int code, string output) = Shell.Run(Repository.Root,
            $"""dotnet msbuild packaging/Packages.proj -nologo -v:m -p:Configuration={Repository.Configuration} -p:NoBuild=true '-p:KernelReleases="6.1;6.12"' '-p:PackageOutputPath={Folder}'""" + "\n",
            Environment);
        if (code != 0)
            throw new InvalidOperationException(output);
    }

    /// <summary>The packages.</summary>
    public string Folder => Path.Combine(_folder.FullName, "feed");

    internal IReadOnlyDictionary<string, string> Environment { get; }

    public void Dispose() => _folder.Delete(recursive: true);
}
