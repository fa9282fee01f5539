using System.Formats.Tar;
using BpfVerifier.HeaderIngest.Image;

namespace BpfVerifier.HeaderIngest.Restore;

/// <summary>Takes files out of a .deb without installing it.</summary>
public static class DebArchive
{
    /// <summary>Copies single files, by their path in the package, into a folder under their own names.</summary>
    /// <exception cref="IngestException">The package has no such file.</exception>
    public static void Extract(string deb, string[] paths, string directory)
    {
        var left = new HashSet<string>(paths, StringComparer.Ordinal);
        ExternalTool.Read("dpkg-deb", ["--fsys-tarfile", deb], stream =>
        {
            using var tar = new TarReader(stream, leaveOpen: true);
            while (left.Count > 0 && tar.GetNextEntry() is { } entry)
            {
                string path = entry.Name.StartsWith("./", StringComparison.Ordinal) ? entry.Name[2..] : entry.Name;
                if (entry.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile && left.Remove(path))
                    entry.ExtractToFile(Path.Combine(directory, Path.GetFileName(path)), overwrite: true);
            }
        });
        if (left.Count > 0)
            throw new IngestException($"{Path.GetFileName(deb)}: has no {string.Join(", ", left)}");
    }

    /// <summary>Unpacks the whole package below a folder.</summary>
    public static void ExtractAll(string deb, string directory)
    {
        (int code, _, string error) = ExternalTool.Run("dpkg-deb", ["-x", deb, directory]);
        if (code != 0)
            throw new IngestException($"{Path.GetFileName(deb)}: cannot be unpacked: {error.Trim()}");
    }
}
