using System.Formats.Tar;
using BpfVerifier.HeaderIngest.Image;

namespace BpfVerifier.HeaderIngest.Restore;

/// <summary>Unpacks what <c>ingest</c> reads of a kernel source package: C files, headers and makefiles, without what is of other processors, of user space
/// or far from BPF.</summary>
public static class SourceArchive
{
    private static readonly string[] s_out = ["Documentation/", "drivers/gpu/", "rust/", "samples/", "scripts/", "sound/", "tools/", "usr/"];
    // Headers that files of the kernel take from there.
    private static readonly string[] s_in = ["arch/x86/include/", "tools/lib/bpf/"];
    // Where every C file is taken: one may take in the text of another. Drivers' files are taken when they speak of BPF's tables.
    private static readonly string[] s_drivers = ["arch/", "drivers/"];
    private static readonly byte[][] s_tables = ["bpf_func_proto"u8.ToArray(), "register_btf_kfunc_id_set"u8.ToArray()];

    /// <summary>Whether a file is unpacked.</summary>
    /// <param name="path">Path below the source's root.</param>
    /// <param name="contents">Gives its contents; asked only of drivers' C files.</param>
    public static bool IsWanted(string path, Func<byte[]> contents)
    {
        static bool Below(string path, string[] folders) => folders.Any(folder => path.StartsWith(folder, StringComparison.Ordinal));
        if (Path.GetFileName(path) is "Makefile" or "Kbuild")
            return !Below(path, s_out);
        if (path.EndsWith(".h", StringComparison.Ordinal))
            return Below(path, s_in) || !Below(path, s_out) && !path.StartsWith("arch/", StringComparison.Ordinal);
        if (!path.EndsWith(".c", StringComparison.Ordinal) || Below(path, s_out))
            return false;
        return !Below(path, s_drivers) || contents() is var text && s_tables.Any(table => text.AsSpan().IndexOf(table) >= 0);
    }

    /// <summary>Unpacks a source package (<c>usr/src/linux-source-RELEASE.tar.xz</c> in a .deb) below a folder.</summary>
    /// <exception cref="IngestException">The package holds no such archive, or it is damaged.</exception>
    public static void Extract(string deb, string directory)
    {
        Directory.CreateDirectory(directory);
        string archive = Path.Combine(directory, "archive.tar.xz");
        bool found = false;
        ExternalTool.Read("dpkg-deb", ["--fsys-tarfile", deb], stream =>
        {
            using var tar = new TarReader(stream, leaveOpen: true);
            while (!found && tar.GetNextEntry() is { } entry)
            {
                if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile) || !entry.Name.EndsWith(".tar.xz", StringComparison.Ordinal))
                    continue;
                entry.ExtractToFile(archive, overwrite: true);
                found = true;
            }
        });
        if (!found)
            throw new IngestException($"{Path.GetFileName(deb)}: has no archive of the kernel's source");
        string root = Path.GetFullPath(directory) + Path.DirectorySeparatorChar;
        ExternalTool.Read("xz", ["-dc", "-T0", archive], stream =>
        {
            using var tar = new TarReader(stream, leaveOpen: true);
            while (tar.GetNextEntry() is { } entry)
            {
                // The first folder carries the archive's name.
                int slash = entry.Name.IndexOf('/', StringComparison.Ordinal);
                string path = entry.Name[(slash + 1)..];
                byte[]? contents = null;
                byte[] Contents()
                {
                    contents = new byte[entry.Length];
                    entry.DataStream?.ReadExactly(contents);
                    return contents;
                }
                if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile) || !IsWanted(path, Contents))
                    continue;
                string file = Path.GetFullPath(Path.Combine(root, path));
                if (!file.StartsWith(root, StringComparison.Ordinal))
                    throw new IngestException($"{Path.GetFileName(deb)}: the path {entry.Name} leads out of the archive");
                Directory.CreateDirectory(Path.GetDirectoryName(file)!);
                if (contents is null)
                    entry.ExtractToFile(file, overwrite: true);
                else
                    File.WriteAllBytes(file, contents);
            }
        });
        File.Delete(archive);
    }
}
