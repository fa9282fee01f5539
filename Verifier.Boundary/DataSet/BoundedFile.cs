namespace BpfVerifier.Boundary.DataSet;

/// <summary>Reads a whole file of limited size.</summary>
internal static class BoundedFile
{
    /// <summary>64 MiB: two hundred times ten releases of the kernel's verifier.</summary>
    public const int Limit = 64 << 20;

    /// <param name="path">The file.</param>
    /// <param name="data">Its bytes without a byte order mark; empty when there is a problem.</param>
    /// <param name="limit">Most bytes that are read.</param>
    /// <returns>Null, or why it cannot be read and what to do.</returns>
    public static string? Read(string path, out byte[] data, int limit = Limit)
    {
        data = [];
        string shown = Printable.Of(path);
        try
        {
            if (Directory.Exists(path))
                return $"{shown} is a folder: give a file";
            using FileStream file = File.OpenRead(path);
            // A pipe or a device has no length to trust, so the bound is on what arrives.
            var read = new MemoryStream();
            byte[] buffer = new byte[1 << 16];
            for (int count; (count = file.Read(buffer)) > 0;)
            {
                if (read.Length + count > limit)
                    return $"{shown} is larger than {limit >> 20} MiB: give a shorter history";
                read.Write(buffer, 0, count);
            }
            data = read.ToArray();
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return $"{shown} does not exist";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return $"{shown} cannot be read: {Printable.Of(e.Message)}";
        }
        if (data.AsSpan().StartsWith("\uFEFF"u8))
            data = data[3..];
        return null;
    }
}
