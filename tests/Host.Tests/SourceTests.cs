using System.IO.Compression;
using System.Text;
using Xunit;

namespace BpfVerifier.Host.Tests;

/// <summary>Where release assemblies come from.</summary>
public sealed class SourceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static string Loaded(VerifierSource source)
    {
        using var host = new VerifierHost(source);
        LoadResult loaded = host.Load("6.12");
        return loaded.Succeeded ? Questions.Ask(loaded.Verifier) : $"refused: {loaded.Refusal.Reason}";
    }

    [Fact]
    public void Assembly() => Assert.Equal("first", Loaded(VerifierSource.At(new FakeBuild().WriteTo(_folder.Path))));

    [Fact]
    public void Directory_of_assemblies()
    {
        new FakeBuild().WriteTo(_folder.Path);
        new FakeBuild { Release = "6.13", AssemblyName = "BpfVerifier.Linux.6.13" }.WriteTo(_folder.Path);
        VerifierSource source = VerifierSource.At(_folder.Path);
        Assert.Equal(["6.12", "6.13"], source.Releases.Select(release => release.ToString()));
        Assert.Equal("first", Loaded(source));
    }

    [Fact]
    public void Package() => Assert.Equal("first", Loaded(VerifierSource.At(new FakeBuild().Pack(_folder.Path, "1.0.0"))));

    [Fact]
    public void Directory_of_packages_takes_the_newest()
    {
        foreach (string version in (string[])["1.2.0", "1.10.0", "1.10.0-preview.2", "1.9.9"])
            new FakeBuild { Label = version }.Pack(_folder.Path, version);
        Assert.Equal("1.10.0", Loaded(VerifierSource.At(_folder.Path)));
    }

    [Fact]
    public void Package_folder_of_NuGet()
    {
        foreach (string version in (string[])["2.0.0", "10.0.0"])
            new FakeBuild { Label = version }.WriteTo(_folder.Sub($"bpfverifier.linux.6.12/{version}/lib/net10.0"));
        Assert.Equal("10.0.0", Loaded(VerifierSource.At(_folder.Path)));
    }

    [Fact]
    public void Embedded_set()
    {
        // This assembly carries none; the real one is beside it and becomes a resource of an assembly made here.
        Assert.Empty(VerifierSource.Embedded(typeof(SourceTests).Assembly).Releases);
        Assert.Equal("first", Loaded(VerifierSource.Embedded(EmbeddedSet.With("BpfVerifier.Linux.6.12.dll", new FakeBuild().Bytes()))));
    }

    [Fact]
    public void Missing_path_has_no_releases_and_says_so()
    {
        VerifierSource source = VerifierSource.At(Path.Combine(_folder.Path, "nothing.nupkg"));
        Assert.Empty(source.Releases);
        Assert.Equal(RefusalReason.NotFound, Assert.Single(source.Problems).Reason);
    }

    [Fact]
    public void Damaged_package_keeps_no_other_from_being_used()
    {
        new FakeBuild().Pack(_folder.Path, "1.0.0");
        File.WriteAllText(Path.Combine(_folder.Path, "aaa.nupkg"), "not a zip");
        VerifierSource source = VerifierSource.At(_folder.Path);
        Assert.Equal("first", Loaded(source));
        Assert.Contains("aaa.nupkg", Assert.Single(source.Problems).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1.0.0", "1.0.1")]
    [InlineData("1.9.0", "1.10.0")]
    [InlineData("1.0.0-alpha", "1.0.0")]
    [InlineData("1.0.0-alpha.2", "1.0.0-alpha.10")]
    [InlineData("1.0.0-alpha", "1.0.0-alpha.1")]
    [InlineData("1.0.0.1", "1.0.0.2")]
    public void Versions_are_ordered_as_NuGet_orders_them(string earlier, string later)
    {
        Assert.True(PackageVersion.Parse(earlier)!.CompareTo(PackageVersion.Parse(later)) < 0);
        Assert.True(PackageVersion.Parse(later)!.CompareTo(PackageVersion.Parse(earlier)) > 0);
    }

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("1.x")]
    [InlineData("1.0.0-../../x")]
    [InlineData("1.0.0-")]
    [InlineData("99999999999.0.0")]
    public void Other_text_is_no_version(string text) => Assert.Null(PackageVersion.Parse(text));

    [Fact]
    public void Install_unpacks_whole_and_again_without_effect()
    {
        string package = new FakeBuild().Pack(_folder.Path, "1.0.0"), place = Path.Combine(_folder.Path, "packages");
        for (int i = 0; i < 2; i++)
            Assert.Null(PackageFolder.Install(package, place, out _));
        Assert.Equal("first", Loaded(VerifierSource.At(place)));
        Assert.Equal(["bpfverifier.linux.6.12"], Directory.EnumerateFileSystemEntries(place).Select(Path.GetFileName));
    }

    [Fact]
    public void Install_of_other_content_under_the_same_version_is_refused()
    {
        string place = Path.Combine(_folder.Path, "packages");
        Assert.Null(PackageFolder.Install(new FakeBuild().Pack(_folder.Sub("a"), "1.0.0"), place, out _));
        Refusal? refusal = PackageFolder.Install(new FakeBuild { Label = "other" }.Pack(_folder.Sub("b"), "1.0.0"), place, out _);
        Assert.Equal(RefusalReason.WrongIdentity, refusal?.Reason);
        Assert.Equal("first", Loaded(VerifierSource.At(place)));
    }

    [Fact]
    public void What_a_killed_process_left_is_not_looked_at_and_removed_later()
    {
        string package = new FakeBuild().Pack(_folder.Path, "1.0.0"), place = _folder.Sub("packages");
        // As Install leaves it when it is killed while it writes: a part of the assembly under a name that is not its own.
        string young = Path.Combine(place, ".partial-1"), old = Path.Combine(place, ".partial-2");
        foreach (string partial in (string[])[young, old])
        {
            Directory.CreateDirectory(Path.Combine(partial, "lib", "net10.0"));
            File.WriteAllBytes(Path.Combine(partial, "lib", "net10.0", "BpfVerifier.Linux.6.12.dll"), new FakeBuild().Bytes()[..1000]);
        }
        Directory.SetLastWriteTimeUtc(old, DateTime.UtcNow.AddHours(-2));
        Assert.Empty(VerifierSource.At(place).Releases);
        Assert.Null(PackageFolder.Install(package, place, out _));
        Assert.Equal("first", Loaded(VerifierSource.At(place)));
        Assert.True(Directory.Exists(young));
        Assert.False(Directory.Exists(old));
    }
}
