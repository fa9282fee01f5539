using BpfVerifier.HeaderIngest.Restore;

namespace BpfVerifier.HeaderIngest.Tests;

public class RestoreTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("headeringest-test-");

    public void Dispose() => _directory.Delete(recursive: true);

    private const string Stanzas = """
        # a comment
        Types: deb deb-src
        URIs: https://mirror.example/debian
        Suites: bookworm bookworm-updates
        Components: main contrib
        Signed-By: /usr/share/keyrings/a.gpg

        Types: deb
        URIs: https://mirror.example/debian-security
        Suites: bookworm-security
        Components: main
        Signed-By:
         -----BEGIN PGP PUBLIC KEY BLOCK-----
         .
         key
         -----END PGP PUBLIC KEY BLOCK-----

        Types: deb
        Enabled: no
        URIs: https://other.example/debian
        Suites: sid
        Components: main

        Types: deb-src
        URIs: https://source.example/debian
        Suites: sid
        """;

    private const string Lines = """
        # deb https://commented.example/debian bookworm main
        deb [arch=amd64 signed-by=/usr/share/keyrings/b.gpg] https://mirror.example/debian bookworm main contrib # why
        deb-src https://mirror.example/debian bookworm main
        deb https://mirror.example/debian-security bookworm-security main
        """;

    [Fact]
    public void Stanzas_are_read_with_keys_and_without_what_is_off()
    {
        AptSource[] sources = [.. AptSources.ParseStanzas(Stanzas)];
        Assert.Equal(["https://mirror.example/debian", "https://mirror.example/debian-security"], sources.Select(s => s.Uri));
        Assert.Equal(["bookworm", "bookworm-updates"], sources[0].Suites);
        Assert.Equal("/usr/share/keyrings/a.gpg", sources[0].SignedBy);
        Assert.Equal([false, true], sources.Select(s => s.IsSecurity));
        Assert.Contains("\n key\n", sources[1].SignedBy, StringComparison.Ordinal);
    }

    [Fact]
    public void Lines_are_read_with_options_and_without_comments()
    {
        AptSource[] sources = [.. AptSources.ParseOneLine(Lines)];
        Assert.Equal(["https://mirror.example/debian", "https://mirror.example/debian-security"], sources.Select(s => s.Uri));
        Assert.Equal(["/usr/share/keyrings/b.gpg", null], sources.Select(s => s.SignedBy));
        Assert.Equal(["main", "contrib"], sources[0].Components);
    }

    [Fact]
    public void A_machine_is_read_in_both_forms_and_in_order()
    {
        Directory.CreateDirectory(Path.Combine(_directory.FullName, "sources.list.d"));
        File.WriteAllText(Path.Combine(_directory.FullName, "sources.list"), "deb http://first.example/ stable main\n");
        File.WriteAllText(Path.Combine(_directory.FullName, "sources.list.d", "b.sources"), Stanzas);
        File.WriteAllText(Path.Combine(_directory.FullName, "sources.list.d", "a.list"), Lines);
        File.WriteAllText(Path.Combine(_directory.FullName, "sources.list.d", "c.list.disabled"), Lines);
        Assert.Equal([true, false, true, false, true], AptSources.Read(_directory.FullName).Select(s => s.Uri.Contains("mirror", StringComparison.Ordinal) ? s.IsSecurity : s.Uri.Contains("first", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("trixie-security", "https://mirror.example/debian-security")]
    [InlineData("trixie-backports", "https://mirror.example/debian")]
    public void A_suite_comes_from_the_archive_of_its_kind(string suite, string uri)
    {
        string stanza = PrivateApt.SourceFor(suite, [.. AptSources.ParseStanzas(Stanzas)]);
        Assert.StartsWith($"Types: deb\nURIs: {uri}\nSuites: {suite}\nComponents: main\nSigned-By: ", stanza, StringComparison.Ordinal);
    }

    [Fact]
    public void A_machine_without_archives_is_told_so() =>
        Assert.Contains("trixie-security cannot be reached", Assert.Throws<IngestException>(() => PrivateApt.SourceFor("trixie-security", [])).Message, StringComparison.Ordinal);

    [Fact]
    public void Another_patch_level_renames_every_package()
    {
        ReleasePackages other = KnownReleases.Find("6.12").At("6.12.200+deb13-cloud-amd64", "6.12.200-1");
        Assert.Equal("linux-image-6.12.200+deb13-cloud-amd64", other.Image);
        Assert.Equal("boot/vmlinuz-6.12.200+deb13-cloud-amd64", other.Vmlinuz);
        Assert.Equal("boot/config-6.12.200+deb13-cloud-amd64", other.Config);
        Assert.Equal(["linux-headers-6.12.200+deb13-common", "linux-headers-6.12.200+deb13-cloud-amd64"], other.Headers);
        Assert.Equal(("6.12.200-1", null), (other.Version, other.Sha256));
    }

    [Fact]
    public void An_unknown_release_is_told_which_are_known() =>
        Assert.StartsWith($"release '6.11' is not known; known are {string.Join(", ", Committed.Names)}", Assert.Throws<IngestException>(() => KnownReleases.Find("6.11")).Message, StringComparison.Ordinal);

    [Fact]
    public void Offline_with_an_empty_cache_names_package_and_suite_and_writes_nothing()
    {
        string cache = Path.Combine(_directory.FullName, "cache");
        var restorer = new Restorer(new RestoreOptions { Cache = cache, Offline = true }, new Progress(TextWriter.Null, terminal: false));
        string message = Assert.Throws<IngestException>(() => restorer.Run("6.12", KnownReleases.Find("6.12"))).Message;
        Assert.Contains("linux-image-6.12.117+deb13-cloud-amd64 6.12.117-1 of suite trixie-security", message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(cache));
    }

    [Fact]
    public void An_image_of_the_store_that_does_not_have_its_hash_is_refused()
    {
        string folder = Path.Combine(_directory.FullName, "6.18");
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "vmlinuz-x"), "no image");
        File.WriteAllText(Path.Combine(_directory.FullName, "SHA256SUMS"), new string('0', 64) + "  6.18/vmlinuz-x\n");
        Assert.Contains("SHA256SUMS says 0000", Assert.Throws<IngestException>(() => ImageStore.Find(_directory.FullName, "6.18")).Message, StringComparison.Ordinal);
        File.Delete(Path.Combine(_directory.FullName, "SHA256SUMS"));
        Assert.Equal(Path.Combine(folder, "vmlinuz-x"), ImageStore.Find(_directory.FullName, "6.18")!.Value.Vmlinuz);
        Assert.Null(ImageStore.Find(_directory.FullName, "6.1"));
    }

    [Fact]
    public void The_wrong_image_in_the_store_is_refused_before_anything_is_written()
    {
        string store = Path.Combine(_directory.FullName, "store"), cache = Path.Combine(_directory.FullName, "cache");
        Directory.CreateDirectory(Path.Combine(store, "6.18"));
        File.WriteAllText(Path.Combine(store, "6.18", "vmlinuz-x"), "no image");
        var restorer = new Restorer(new RestoreOptions { Cache = cache, Images = store, Offline = true }, new Progress(TextWriter.Null, terminal: false));
        Assert.Contains("is not the image of", Assert.Throws<IngestException>(() => restorer.Run("6.18", KnownReleases.Find("6.18"))).Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(cache));
    }

    [Fact]
    public void A_damaged_record_of_the_cache_is_told()
    {
        File.WriteAllText(Path.Combine(_directory.FullName, RestoredRelease.FileName), "{");
        Assert.Contains("restore again", Assert.Throws<IngestException>(() => RestoredRelease.Read(_directory.FullName)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_are_replaced_all_or_none()
    {
        string folder = Path.Combine(_directory.FullName, "out");
        Assert.Equal(["a", "b"], FolderWriter.Replace(folder, new Dictionary<string, byte[]> { ["a"] = [1], ["b"] = [2] }));
        Assert.Equal(["b"], FolderWriter.Replace(folder, new Dictionary<string, byte[]> { ["a"] = [1], ["b"] = [3] }));
        Assert.Empty(FolderWriter.Replace(folder, new Dictionary<string, byte[]> { ["a"] = [1], ["b"] = [3] }));
        // The second name lies below a file: the first must not change.
        Assert.ThrowsAny<IOException>(() => FolderWriter.Replace(folder, new Dictionary<string, byte[]> { ["a"] = [9], ["b/c"] = [9] }));
        Assert.Equal([1], File.ReadAllBytes(Path.Combine(folder, "a")));
        Assert.Equal(2, Directory.GetFiles(folder).Length);
    }
}
