using System.IO.Compression;

namespace BpfVerifier.Live;

/// <summary>The files in which a running kernel describes itself, below a root.</summary>
internal static class KernelFolders
{
    /// <summary>The kernel's types.</summary>
    public const string Types = "sys/kernel/btf/vmlinux";
    /// <summary>What <c>uname -r</c> prints.</summary>
    public const string OsRelease = "proc/sys/kernel/osrelease";
    /// <summary>The kernel's banner.</summary>
    public const string Version = "proc/version";
    /// <summary>Ubuntu's own number and the mainline one.</summary>
    public const string Signature = "proc/version_signature";
    /// <summary>The kernel's symbols.</summary>
    public const string Kallsyms = "proc/kallsyms";

    // A kernel's types take some 5 MiB; the bound keeps a wrong file from filling memory.
    private const long MaxFile = 256 << 20;

    /// <summary>A file's text, empty when it cannot be read.</summary>
    public static string Text(string root, string path) => Bytes(root, path) is { } bytes ? System.Text.Encoding.UTF8.GetString(bytes) : "";

    /// <summary>A file's contents, null when it cannot be read.</summary>
    public static byte[]? Bytes(string root, string path)
    {
        try
        {
            var file = new FileInfo(Path.Combine(root, path));
            return file.Exists && file.Length <= MaxFile ? File.ReadAllBytes(file.FullName) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Path below the root of the file with the kernel's configuration, null when none can be read.</summary>
    /// <param name="root">The root.</param>
    /// <param name="name">What <c>uname -r</c> prints.</param>
    public static string? ConfigurationFile(string root, string name) =>
        ((string[])[$"boot/config-{name}", "proc/config.gz"]).FirstOrDefault(path => Bytes(root, path) is { Length: > 0 });

    /// <summary>The text of a configuration, compressed or not; null when it is damaged.</summary>
    public static string? ConfigurationText(byte[] data)
    {
        try
        {
            using Stream stream = data is [0x1f, 0x8b, ..] ? new GZipStream(new MemoryStream(data), CompressionMode.Decompress) : new MemoryStream(data);
            using var reader = new StreamReader(stream);
            return reader.ReadToEnd();
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }
}
