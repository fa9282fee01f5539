using System.IO.Compression;

namespace BpfVerifier.Packages.Tests;

/// <summary>What is in the packages.</summary>
[Collection(PackedFeedGroup.Name)]
public sealed class PackageContentTests(PackedFeed feed)
{
    private const long MaxReleasePackage = 4 << 20;

    private string[] Packages => [.. Directory.EnumerateFiles(feed.Folder, "*.nupkg").Order(StringComparer.Ordinal)];

    private string[] Entries(string id)
    {
        using ZipArchive archive = ZipFile.OpenRead(Assert.Single(Packages, p => Path.GetFileName(p).StartsWith(id + ".0.", StringComparison.Ordinal)));
        return [.. archive.Entries.Select(e => e.FullName)];
    }

    [Fact]
    public void Every_package_has_page_icon_and_licence()
    {
        Assert.Equal(8, Packages.Length);
        foreach (string package in Packages)
        {
            using ZipArchive archive = ZipFile.OpenRead(package);
            Assert.NotNull(archive.GetEntry("README.md"));
            Assert.NotNull(archive.GetEntry("icon.png"));
            using var nuspec = new StreamReader(archive.Entries.Single(e => e.FullName.EndsWith(".nuspec", StringComparison.Ordinal)).Open());
            Assert.Contains("<license type=\"expression\">GPL-2.0-only</license>", nuspec.ReadToEnd(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("6.1")]
    [InlineData("6.12")]
    public void A_release_is_its_assembly_with_documentation_and_not_large(string release)
    {
        string id = "BpfVerifier.Linux." + release;
        string[] entries = Entries(id);
        Assert.Contains($"lib/net10.0/{id}.dll", entries);
        Assert.Contains($"lib/net10.0/{id}.xml", entries);
        Assert.Single(entries, e => e.EndsWith(".dll", StringComparison.Ordinal));
        Assert.InRange(new FileInfo(Packages.Single(p => Path.GetFileName(p).StartsWith(id + ".0.", StringComparison.Ordinal))).Length, 1 << 20, MaxReleasePackage);
    }

    [Fact]
    public void The_build_task_brings_its_checker_the_releases_and_a_page_for_every_code()
    {
        string[] entries = Entries("BpfVerifier.MSBuild");
        Assert.Contains("tasks/BpfVerifier.MSBuild.dll", entries);
        Assert.Contains("build/BpfVerifier.MSBuild.targets", entries);
        Assert.Contains("checker/BpfVerifier.MSBuild.Checker.runtimeconfig.json", entries);
        Assert.Contains("checker/BpfVerifier.Linux.6.12.dll", entries);
        Assert.Equal(
            Directory.EnumerateFiles(Repository.Path("docs", "rules"), "BPFV*.md").Select(f => "rules/" + Path.GetFileName(f)).Order(StringComparer.Ordinal),
            entries.Where(e => e.StartsWith("rules/", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(entries, e => e.StartsWith("lib/", StringComparison.Ordinal));
    }
}
