using System.IO.Compression;
using System.Text;
using Xunit;

namespace BpfVerifier.Host.Tests;

/// <summary>Assemblies and packages that must not be loaded, each with the reason that is given.</summary>
public sealed class RefusalTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static Refusal Refused(VerifierSource source, AllowList? allowed = null)
    {
        using var host = new VerifierHost(source, new HostOptions { Allowed = allowed });
        LoadResult loaded = host.Load("6.12");
        Assert.False(loaded.Succeeded);
        Assert.Empty(host.Loaded);
        // A verification says the same, and is no exception.
        Assert.Equal(loaded.Refusal, host.TryAcquire(Questions.Release, out VerifierLease? lease));
        Assert.Null(lease);
        Assert.False(host.TryGet(Questions.Release, out _));
        return loaded.Refusal;
    }

    private Refusal Refused(FakeBuild build) => Refused(VerifierSource.At(build.WriteTo(_folder.Path)));

    private static void Says(Refusal refusal, RefusalReason reason, params string[] words)
    {
        Assert.Equal(reason, refusal.Reason);
        Assert.All(words, word => Assert.Contains(word, refusal.Message, StringComparison.Ordinal));
        Assert.DoesNotContain('\n', refusal.Message);
    }

    [Fact]
    public void Other_facade() =>
        Says(Refused(new FakeBuild { FacadeVersion = Facade.Version + 1 }), RefusalReason.WrongFacade,
            $"version {Facade.Version + 1}", $"version {Facade.Version}.", "dotnet build kernel-headers/6.12");

    [Fact]
    public void Other_release_inside() =>
        Says(Refused(new FakeBuild { Attribute = FakeBuild.AttributeOf("Fake.Verifier", "6.13") }), RefusalReason.WrongIdentity, "6.13", "6.12");

    [Fact]
    public void Other_name_inside() => Says(Refused(new FakeBuild { AssemblyName = "BpfVerifier.Linux.6.13" }), RefusalReason.WrongIdentity, "BpfVerifier.Linux.6.13");

    [Fact]
    public void No_release_assembly() => Says(Refused(new FakeBuild { Attribute = "" }), RefusalReason.WrongIdentity, "names no verifier");

    [Fact]
    public void Verifier_of_another_release_at_the_first_question()
    {
        // Its metadata claims one release, its code answers for another.
        Refusal refusal = Refused(new FakeBuild { Release = "6.12", Attribute = FakeBuild.AttributeOf("Fake.Liar"), Members = Liar("new(5, 4)") });
        Says(refusal, RefusalReason.Faulty, "5.4");
    }

    private static string Liar(string release) => $$"""
        } public sealed class Liar : IVerifier
        {
            public KernelRelease Release => {{release}};
            public KernelProfile DefaultProfile => throw new InvalidOperationException("no profile");
            public VerificationResult Verify(BpfProgram program, KernelProfile profile, VerifierOptions options, CancellationToken cancellation) => null;
            public System.Collections.Generic.IReadOnlyList<VerifierChange> GetChanges(KernelProfile profile) => [];
        """;

    [Fact]
    public void Throws_at_the_first_question() =>
        Says(Refused(new FakeBuild { Attribute = FakeBuild.AttributeOf("Fake.Liar"), Members = Liar("new(6, 12)") }), RefusalReason.Faulty, "no profile");

    [Fact]
    public void Rejects_the_smallest_program() => Says(Refused(new FakeBuild { Verdict = "Rejected" }), RefusalReason.Faulty, "r0 = 0; exit");

    [Fact]
    public void Verifier_does_not_implement_the_facade() =>
        Says(Refused(new FakeBuild { Attribute = FakeBuild.AttributeOf("Fake.Other"), Members = "} public sealed class Other {" }), RefusalReason.Faulty, "IVerifier");

    [Theory]
    [InlineData("static Verifier() => throw new InvalidOperationException(\"bad static\");", "bad static")]
    [InlineData("public Verifier() => throw new NotSupportedException(\"bad constructor\");", "bad constructor")]
    [InlineData("[System.Runtime.CompilerServices.ModuleInitializer] internal static void Start() => throw new InvalidOperationException(\"bad module\");", "bad module")]
    public void Throws_in_an_initialiser(string member, string words) => Says(Refused(new FakeBuild { Members = member }), RefusalReason.Faulty, words);

    [Theory]
    [InlineData("static Verifier() => Thread.Sleep(Timeout.Infinite);", "")]
    [InlineData("public Verifier() => Thread.Sleep(Timeout.Infinite);", "")]
    [InlineData("[System.Runtime.CompilerServices.ModuleInitializer] internal static void Start() => Thread.Sleep(Timeout.Infinite);", "")]
    [InlineData("", "Thread.Sleep(Timeout.Infinite);")]
    public void Does_not_come_to_an_end(string member, string onVerify)
    {
        string path = new FakeBuild { Members = member, OnVerify = onVerify }.WriteTo(_folder.Path);
        using var host = new VerifierHost(VerifierSource.At(path), new HostOptions { LoadTimeout = TimeSpan.FromMilliseconds(100) });
        Says(host.Load("6.12").Refusal!, RefusalReason.Faulty, "did not come to an end within 0.1 seconds");
        Assert.Empty(host.Loaded);
        // It keeps one thread, not one for each who asks.
        Says(host.Load("6.12").Refusal!, RefusalReason.Faulty, "not run again");
    }

    [Fact]
    public void Another_build_takes_the_place_of_one_without_end()
    {
        VerifierSource endless = VerifierSource.At(new FakeBuild { Members = "static Verifier() => Thread.Sleep(Timeout.Infinite);" }.WriteTo(_folder.Path));
        string other = Directory.CreateDirectory(Path.Combine(_folder.Path, "other")).FullName;
        VerifierSource good = VerifierSource.At(new FakeBuild().WriteTo(other));
        using var host = new VerifierHost(endless, new HostOptions { LoadTimeout = TimeSpan.FromSeconds(2) });
        Assert.False(host.Load("6.12").Succeeded);
        Assert.True(host.Replace(Questions.Release, good).Succeeded);
        // And the other way: what answers now goes on answering.
        Says(host.Replace(Questions.Release, endless).Refusal!, RefusalReason.Faulty, "not run again");
        Assert.Single(host.Loaded);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(1e10)]
    public void Time_that_no_load_can_take(double milliseconds) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new HostOptions { LoadTimeout = TimeSpan.FromMilliseconds(milliseconds) });

    [Fact]
    public void Content_that_is_not_allowed()
    {
        string path = new FakeBuild().WriteTo(_folder.Path);
        string hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(path)));
        Says(Refused(VerifierSource.At(path), AllowList.Of(new string('0', 64))), RefusalReason.NotAllowed, hash);
        using var host = new VerifierHost(VerifierSource.At(path), new HostOptions { Allowed = AllowList.Of(hash) });
        Assert.Equal(hash, host.Load("6.12").Identity?.Sha256);
    }

    [Fact]
    public void List_of_allowed_content_is_read_as_sha256sum_writes_it()
    {
        string hash = new('A', 64);
        Assert.Null(AllowList.Parse($"# ours\n{hash}  BpfVerifier.Linux.6.12.dll\n\n", out AllowList list));
        Assert.True(list.Allows(hash.ToLowerInvariant()));
        Assert.Contains("line 2", AllowList.Parse($"{hash}\nabc  file\n", out list), StringComparison.Ordinal);
        Assert.False(list.Allows(hash.ToLowerInvariant()));
    }

    [Fact]
    public void Assembly_cut_short_anywhere()
    {
        byte[] whole = new FakeBuild().Bytes();
        for (int length = 0; length < whole.Length; length += 37)
        {
            Refusal? refusal = ReleaseImage.Check(whole[..length], "cut", Questions.Release, null, out ReleaseImage? image);
            Assert.Equal(RefusalReason.Damaged, refusal?.Reason);
            Assert.Null(image);
        }
    }

    [Fact]
    public void Damaged_metadata_is_answered_and_never_an_exception()
    {
        byte[] whole = new FakeBuild().Bytes();
        var random = new Random(6);
        for (int i = 0; i < 3000; i++)
        {
            byte[] damaged = [.. whole];
            for (int flips = random.Next(1, 4); flips > 0; flips--)
                damaged[random.Next(damaged.Length)] ^= (byte)random.Next(1, 256);
            Refusal? refusal = ReleaseImage.Check(damaged, "damaged", Questions.Release, null, out ReleaseImage? image);
            Assert.NotEqual(refusal is null, image is null);
        }
    }

    [Theory]
    [InlineData("../../evil.dll")]
    [InlineData("lib/../../../evil.dll")]
    [InlineData("/etc/evil")]
    [InlineData("lib\\..\\evil.dll")]
    [InlineData("c:evil.dll")]
    public void Package_with_a_path_that_leads_out(string path)
    {
        string package = new FakeBuild().Pack(_folder.Path, "1.0.0", (path, [1]));
        Says(Assert.Single(VerifierSource.At(package).Problems), RefusalReason.HostilePackage, path, "out of the package");
        string place = _folder.Sub("inner/packages");
        Assert.Equal(RefusalReason.HostilePackage, PackageFolder.Install(package, place, out _)?.Reason);
        Assert.Empty(Directory.EnumerateFileSystemEntries(place));
        Assert.Equal(["packages"], Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(place)!).Select(Path.GetFileName));
    }

    [Fact]
    public void Package_cut_short_anywhere()
    {
        string package = new FakeBuild().Pack(_folder.Path, "1.0.0");
        byte[] whole = File.ReadAllBytes(package);
        for (int length = 0; length < whole.Length; length += whole.Length / 60)
        {
            string cut = Path.Combine(_folder.Path, "cut.nupkg");
            File.WriteAllBytes(cut, whole[..length]);
            Assert.Equal(RefusalReason.Damaged, Assert.Single(VerifierSource.At(cut).Problems).Reason);
        }
    }

    [Fact]
    public void Package_whose_assembly_was_changed()
    {
        // Stored as it is, so that a changed byte of the archive is a changed byte of the assembly; its checksum stays.
        byte[] assembly = new FakeBuild().Bytes();
        string package = new FakeBuild { Label = "stored" }.Pack(_folder.Path, "1.0.0");
        using (ZipArchive zip = ZipFile.Open(package, ZipArchiveMode.Update))
        {
            zip.GetEntry("lib/net10.0/BpfVerifier.Linux.6.12.dll")!.Delete();
            using Stream entry = zip.CreateEntry("lib/net10.0/BpfVerifier.Linux.6.12.dll", CompressionLevel.NoCompression).Open();
            entry.Write(assembly);
        }
        byte[] whole = File.ReadAllBytes(package);
        int at = whole.AsSpan().IndexOf(assembly.AsSpan(0, 512));
        Assert.True(at > 0);
        whole[at + 0x50] ^= 0xff;
        File.WriteAllBytes(package, whole);
        Says(Refused(VerifierSource.At(package)), RefusalReason.Damaged, "checksum");
        Assert.Equal(RefusalReason.Damaged, PackageFolder.Install(package, _folder.Sub("packages"), out _)?.Reason);
    }

    [Fact]
    public void Package_of_another_name_than_its_assembly()
    {
        string package = Path.Combine(_folder.Path, "x.nupkg");
        using (ZipArchive zip = ZipFile.Open(package, ZipArchiveMode.Create))
        {
            Write(zip, "x.nuspec", Encoding.UTF8.GetBytes("<package><metadata><id>BpfVerifier.Linux.6.13</id><version>1.0.0</version></metadata></package>"));
            Write(zip, "lib/net10.0/BpfVerifier.Linux.6.12.dll", new FakeBuild().Bytes());
        }
        Says(Assert.Single(VerifierSource.At(package).Problems), RefusalReason.WrongIdentity, "BpfVerifier.Linux.6.13");
    }

    [Theory]
    [InlineData("<!DOCTYPE package [<!ENTITY a \"aaaa\">]><package><metadata><id>&a;</id><version>1.0.0</version></metadata></package>")]
    [InlineData("<package><metadata><id>BpfVerifier.Linux.6.12</id><version>../../1</version></metadata></package>")]
    [InlineData("<package>")]
    public void Package_with_a_hostile_manifest(string manifest)
    {
        string package = Path.Combine(_folder.Path, "x.nupkg");
        using (ZipArchive zip = ZipFile.Open(package, ZipArchiveMode.Create))
        {
            Write(zip, "x.nuspec", Encoding.UTF8.GetBytes(manifest));
            Write(zip, "lib/net10.0/BpfVerifier.Linux.6.12.dll", new FakeBuild().Bytes());
        }
        Says(Assert.Single(VerifierSource.At(package).Problems), RefusalReason.Damaged, "no id and version");
    }

    [Fact]
    public void Release_that_is_not_at_hand()
    {
        using var host = new VerifierHost(VerifierSource.At(new FakeBuild().WriteTo(_folder.Path)));
        Says(host.Load("6.99").Refusal!, RefusalReason.NotFound, "6.99", "6.12");
        Says(host.Load("newest").Refusal!, RefusalReason.NotFound, "newest");
    }

    [Fact]
    public void What_was_refused_is_tried_again_when_it_is_loaded_again()
    {
        string path = new FakeBuild { Verdict = "Rejected" }.WriteTo(_folder.Path);
        using var host = new VerifierHost(VerifierSource.At(path));
        Assert.False(host.Load("6.12").Succeeded);
        new FakeBuild().WriteTo(_folder.Path);
        Assert.False(host.TryGet(Questions.Release, out _));
        Assert.True(host.Load("6.12").Succeeded);
        Assert.True(host.TryGet(Questions.Release, out _));
    }

    private static void Write(ZipArchive zip, string name, byte[] content)
    {
        using Stream entry = zip.CreateEntry(name).Open();
        entry.Write(content);
    }
}
