using System.Text;
using BpfVerifier.HeaderIngest.Adding;
using BpfVerifier.HeaderIngest.Restore;

namespace BpfVerifier.HeaderIngest.Tests;

/// <summary>What a release more changes in a repository, with committed releases standing for the new one.</summary>
public sealed class AdditionTests : IDisposable
{
    private static readonly string[] s_files = ["abi.json", "release.json", "symbols.br", "vmlinux.btf.br"];
    private const string Solution = """
        <Solution>
          <Folder Name="/kernel-headers/">
            <Project Path="kernel-headers/6.1/BpfVerifier.Linux.6.1.csproj" />
            <Project Path="kernel-headers/7.0/BpfVerifier.Linux.7.0.csproj" />
          </Folder>
          <Project Path="Other/Other.csproj" />
        </Solution>

        """;
    private const string Readme = "Before.\n\n<!-- releases (HeaderIngest add) -->\nKnown so far: nothing.\n<!-- /releases -->\n\nAfter.\n";

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("headeringest-add-");

    public AdditionTests()
    {
        Write("BpfVerifier.slnx", Solution);
        Write("README.md", Readme);
        foreach (string release in (string[])["6.1", "7.0"])
            Write($"kernel-headers/{release}/abi.json", Committed.Text(release, "abi.json"));
        File.WriteAllBytes(Path.Combine(_root.FullName, "kernel-headers", "catalog.json"), Ingest.Catalog(Path.Combine(_root.FullName, "kernel-headers")));
    }

    public void Dispose() => _root.Delete(recursive: true);

    private void Write(string name, string text)
    {
        string file = Path.Combine(_root.FullName, name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }

    private string Text(string name) => File.ReadAllText(Path.Combine(_root.FullName, name));

    private Dictionary<string, string> Tree() => Directory.EnumerateFiles(_root.FullName, "*", SearchOption.AllDirectories)
        .ToDictionary(f => Path.GetRelativePath(_root.FullName, f), f => Convert.ToBase64String(File.ReadAllBytes(f)));

    private static Dictionary<string, byte[]> FolderOf(string release) =>
        s_files.ToDictionary(name => name, name => File.ReadAllBytes(Path.Combine(Committed.Directory, release, name)));

    private Addition Add(string release) => Addition.Of(_root.FullName, release, KnownReleases.Find(release), FolderOf(release));

    [Fact]
    public void A_release_goes_where_it_belongs_and_a_second_time_changes_nothing()
    {
        List<string> written = FolderWriter.Replace(_root.FullName, Add("6.12").Files);
        Assert.Equal(
            ["BpfVerifier.slnx", "HeaderIngest/packages.json", "README.md", "kernel-headers/6.12/abi.json", "kernel-headers/6.12/release.json",
             "kernel-headers/6.12/symbols.br", "kernel-headers/6.12/vmlinux.btf.br", "kernel-headers/catalog.json"],
            written.Order(StringComparer.Ordinal));
        Assert.Equal(Solution.Replace("    <Project Path=\"kernel-headers/7.0", "    <Project Path=\"kernel-headers/6.12/BpfVerifier.Linux.6.12.csproj\" />\n    <Project Path=\"kernel-headers/7.0", StringComparison.Ordinal), Text("BpfVerifier.slnx"));
        Assert.Equal(
            "Before.\n\n<!-- releases (HeaderIngest add) -->\nKnown so far: **6.1** (6.1.192), **6.12** (6.12.117), **7.0** (7.0.13), as Debian ships them for x86-64.\n<!-- /releases -->\n\nAfter.\n",
            Text("README.md"));
        Assert.StartsWith("{\n \"schema\": 1,\n \"releases\": [\"6.1\",\"6.12\",\"7.0\"]", Text("kernel-headers/catalog.json"), StringComparison.Ordinal);
        Assert.Equal(File.ReadAllText(Path.Combine(Repository.Root!, "HeaderIngest", "packages.json")), Text("HeaderIngest/packages.json"));

        Assert.Empty(FolderWriter.Replace(_root.FullName, Add("6.12").Files));
    }

    [Fact]
    public void The_order_in_which_releases_are_added_does_not_matter()
    {
        FolderWriter.Replace(_root.FullName, Add("6.12").Files);
        FolderWriter.Replace(_root.FullName, Add("5.10").Files);
        Dictionary<string, string> one = Tree();
        Directory.Delete(Path.Combine(_root.FullName, "kernel-headers", "6.12"), recursive: true);
        Directory.Delete(Path.Combine(_root.FullName, "kernel-headers", "5.10"), recursive: true);
        Write("BpfVerifier.slnx", Solution);
        FolderWriter.Replace(_root.FullName, Add("5.10").Files);
        FolderWriter.Replace(_root.FullName, Add("6.12").Files);
        Assert.Equal(one.OrderBy(f => f.Key), Tree().OrderBy(f => f.Key));
    }

    [Fact]
    public void The_drift_is_told_against_the_nearest_older_release()
    {
        string drift = Add("6.12").Drift;
        Assert.StartsWith("drift from 6.1 (6.1.192) to 6.12 (6.12.117):\n  helpers: +2 -0 ~", drift, StringComparison.Ordinal);
        Assert.Contains("\n    + cgrp_storage_delete cgrp_storage_get\n", drift, StringComparison.Ordinal);
        Assert.Contains("\n    + NETFILTER\n", drift, StringComparison.Ordinal);
        Assert.Contains("\n    + ARENA ", drift, StringComparison.Ordinal);
        Assert.Contains("\n    + bpf_dummy_ops.test_sleepable", drift, StringComparison.Ordinal);
        Assert.Contains("drift from 6.1 ", Add("6.18").Drift, StringComparison.Ordinal);
        Assert.Equal("no release older than 5.10 to compare with\n", Add("5.10").Drift);
    }

    [Theory]
    [InlineData("BpfVerifier.slnx", "<Solution>\n</Solution>\n", "no folder /kernel-headers/")]
    [InlineData("README.md", "nothing\n", "no list of releases")]
    [InlineData("kernel-headers/7.0/abi.json", "{", "7.0")]
    public void A_repository_that_is_not_as_expected_stays_as_it_was(string file, string text, string message)
    {
        Write(file, text);
        Dictionary<string, string> before = Tree();
        Assert.Contains(message, Assert.Throws<IngestException>(() => Add("6.12")).Message, StringComparison.Ordinal);
        Assert.Equal(before, Tree());
    }

    [Fact]
    public void A_folder_that_cannot_be_written_leaves_the_others_as_they_were()
    {
        Dictionary<string, byte[]> files = Add("6.12").Files;
        // A folder stands where a file is to go, so that the last move fails after all others were made.
        Directory.CreateDirectory(Path.Combine(_root.FullName, "z", "full"));
        files.Add("z", []);
        Dictionary<string, string> before = Tree();
        Assert.ThrowsAny<Exception>(() => FolderWriter.Replace(_root.FullName, files));
        Assert.Equal(before, Tree());
        Assert.False(Directory.Exists(Path.Combine(_root.FullName, "kernel-headers", "6.12")));
    }

    [Theory]
    [InlineData("six")]
    [InlineData("6")]
    [InlineData("../6.1")]
    [InlineData("6.1$(true)")]
    public void What_is_no_name_of_a_release_is_refused_before_anything_is_asked(string name)
    {
        var finder = new PackageFinder(_ => throw new InvalidOperationException("asked"), new Progress(TextWriter.Null, terminal: false));
        Assert.Contains("is not the name of a release", Assert.Throws<IngestException>(() => finder.Newest(name, ["sid"])).Message, StringComparison.Ordinal);
        Assert.Contains("is not the name of a release", Assert.Throws<IngestException>(() => finder.Around(name, "x", [])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_kept_image_says_its_packages_itself()
    {
        Write("store/vmlinuz", "");
        string file = Path.Combine(_root.FullName, "store", "vmlinuz");
        File.WriteAllBytes(file, Images.Boot(Images.Gzip(Encoding.ASCII.GetBytes("no kernel"))));
        var finder = new PackageFinder(_ => throw new InvalidOperationException("asked"), new Progress(TextWriter.Null, terminal: false));
        ReleasePackages found = finder.Around("6.12", file, []);
        Assert.Equal(("6.12.117+deb13-cloud-amd64", "6.12.117-1", ImageStore.Hash(file)), (found.Abi, found.Version, found.Sha256));
        Assert.Empty(found.Headers);
        Assert.Contains("is Linux 6.12.117, not 6.1", Assert.Throws<IngestException>(() => finder.Around("6.1", file, [])).Message, StringComparison.Ordinal);
    }
}
