using System.Formats.Tar;
using System.Text;
using BpfVerifier.HeaderIngest.Image;
using BpfVerifier.HeaderIngest.Restore;

namespace BpfVerifier.HeaderIngest.Tests;

/// <summary>A test that unpacks a Debian package, and is left out where Debian's programs are missing.</summary>
public sealed class DebianToolsFactAttribute() : NeedsFactAttribute(s_missing)
{
    private static readonly Lazy<string?> s_missing = Missing(() =>
    {
        ExternalTool.Run("dpkg-deb", ["--version"]);
        ExternalTool.Run("xz", ["--version"]);
    });
}

/// <summary>Source packages.</summary>
public sealed class SourceArchiveTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("headeringest-archive-");

    private string Target => Path.Combine(_directory.FullName, "source");

    public void Dispose() => _directory.Delete(recursive: true);

    private static byte[] Tar(params (string Name, byte[] Contents)[] files)
    {
        var stream = new MemoryStream();
        using (var writer = new TarWriter(stream, TarEntryFormat.Ustar, leaveOpen: true))
        {
            foreach ((string name, byte[] contents) in files)
                writer.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(contents) });
        }
        return stream.ToArray();
    }

    // An ar archive of three members, each beginning at an even place.
    private string Deb(byte[] data)
    {
        var deb = new MemoryStream();
        deb.Write("!<arch>\n"u8);
        foreach ((string name, byte[] contents) in (ReadOnlySpan<(string, byte[])>)[("debian-binary", "2.0\n"u8.ToArray()), ("control.tar", Tar(("./control", "Package: x\n"u8.ToArray()))), ("data.tar", data)])
        {
            deb.Write(Encoding.ASCII.GetBytes($"{name,-16}{0,-12}{0,-6}{0,-6}{100644,-8}{contents.Length,-10}`\n"));
            deb.Write(contents);
            if (contents.Length % 2 == 1)
                deb.WriteByte((byte)'\n');
        }
        string file = Path.Combine(_directory.FullName, "linux-source-9.9_9.9.1-1.deb");
        File.WriteAllBytes(file, deb.ToArray());
        return file;
    }

    private static byte[] Compressed(byte[] tar) => ExternalTool.Filter("xz", ["-c"], tar, "x", tar.Length + 1000);

    [DebianToolsFact]
    public void What_can_matter_is_unpacked_without_the_archives_own_folder()
    {
        byte[] source = Tar(
            ("linux-source-9.9/net/core/filter.c", "int x;"u8.ToArray()),
            ("linux-source-9.9/net/core/Makefile", "obj-y += filter.o"u8.ToArray()),
            ("linux-source-9.9/drivers/a/bpf.c", "const struct bpf_func_proto x"u8.ToArray()),
            ("linux-source-9.9/drivers/a/other.c", "int x;"u8.ToArray()),
            ("linux-source-9.9/tools/x.c", "bpf_func_proto"u8.ToArray()));
        SourceArchive.Extract(Deb(Tar(("./usr/share/doc/README", []), ("./usr/src/linux-source-9.9.tar.xz", Compressed(source)))), Target);
        Assert.Equal(
            ["drivers/a/bpf.c", "net/core/Makefile", "net/core/filter.c"],
            Directory.EnumerateFiles(Target, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(Target, f)).Order(StringComparer.Ordinal));
        Assert.Equal("const struct bpf_func_proto x", File.ReadAllText(Path.Combine(Target, "drivers/a/bpf.c")));
        Assert.Equal("int x;", File.ReadAllText(Path.Combine(Target, "net/core/filter.c")));
    }

    [DebianToolsFact]
    public void A_path_that_leads_out_of_the_archive_is_refused()
    {
        byte[] source = Compressed(Tar(("linux-source-9.9/../../outside.c", "int x;"u8.ToArray())));
        Assert.Contains("leads out of the archive", Assert.Throws<IngestException>(() => SourceArchive.Extract(Deb(Tar(("./usr/src/linux-source-9.9.tar.xz", source))), Target)).Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_directory.FullName, "outside.c")));
    }

    [DebianToolsFact]
    public void A_package_that_is_damaged_or_holds_something_else_is_refused()
    {
        Assert.Contains("has no archive of the kernel's source", Assert.Throws<IngestException>(() => SourceArchive.Extract(Deb(Tar(("./usr/README", []))), Target)).Message, StringComparison.Ordinal);
        byte[] source = Compressed(Tar(("linux-source-9.9/net/a.c", new byte[5000])));
        foreach (byte[] bad in (byte[][])[source[..(source.Length / 2)], "no archive"u8.ToArray(), []])
            Assert.Throws<IngestException>(() => SourceArchive.Extract(Deb(Tar(("./usr/src/linux-source-9.9.tar.xz", bad))), Target));
        string garbage = Path.Combine(_directory.FullName, "garbage.deb");
        File.WriteAllText(garbage, "no package");
        Assert.Throws<IngestException>(() => SourceArchive.Extract(garbage, Target));
    }
}
