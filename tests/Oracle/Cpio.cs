using System.Globalization;
using System.Text;

namespace BpfVerifier.Oracle;

/// <summary>Writes an initramfs: an uncompressed cpio archive of the "newc" kind.</summary>
internal sealed class Cpio
{
    private readonly MemoryStream _archive = new();
    private readonly HashSet<string> _folders = [];
    private int _inode;

    private const int Folder = 0x4000, Regular = 0x8000, CharacterDevice = 0x2000;

    /// <summary>An archive that has the folders and the console every /init needs.</summary>
    public Cpio()
    {
        foreach (string folder in new[] { "dev", "proc", "sys", "tmp" })
            AddFolder(folder);
        Entry("dev/console", CharacterDevice | 0x180, [], deviceMajor: 5, deviceMinor: 1);
    }

    /// <summary>Adds a file and the folders above it.</summary>
    public void AddFile(string path, ReadOnlySpan<byte> content, bool executable = false)
    {
        for (int slash = path.IndexOf('/', StringComparison.Ordinal); slash > 0; slash = path.IndexOf('/', slash + 1))
            AddFolder(path[..slash]);
        Entry(path, Regular | (executable ? 0x1ed : 0x1a4), content);
    }

    /// <summary>Ends the archive and returns it.</summary>
    public byte[] Finish()
    {
        Entry("TRAILER!!!", 0, []);
        return _archive.ToArray();
    }

    private void AddFolder(string path)
    {
        if (_folders.Add(path))
            Entry(path, Folder | 0x1ed, []);
    }

    private void Entry(string path, int mode, ReadOnlySpan<byte> content, int deviceMajor = 0, int deviceMinor = 0)
    {
        byte[] name = Encoding.UTF8.GetBytes(path + "\0");
        int[] header = [++_inode, mode, 0, 0, 1, 0, content.Length, 0, 0, deviceMajor, deviceMinor, name.Length, 0];
        StringBuilder text = new("070701");
        foreach (int value in header)
            text.Append(value.ToString("x8", CultureInfo.InvariantCulture));
        _archive.Write(Encoding.ASCII.GetBytes(text.ToString()));
        _archive.Write(name);
        Align();
        _archive.Write(content);
        Align();
    }

    private void Align()
    {
        while (_archive.Length % 4 != 0)
            _archive.WriteByte(0);
    }
}
