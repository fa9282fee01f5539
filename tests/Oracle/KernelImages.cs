using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;

namespace BpfVerifier.Oracle;

/// <summary>Finds the kernel image of a release and takes the ELF out of it, which boots faster than the compressed file.</summary>
internal static class KernelImages
{
    private const int SetupSectors = 0x1f1, HeaderMagic = 0x202, PayloadOffset = 0x248, PayloadLength = 0x24c;

    /// <summary>The folder that has a folder per release, with the release's vmlinuz in it.</summary>
    /// <param name="asked">The --images option, or null to look where images are usually kept.</param>
    public static string Folder(string? asked)
    {
        string[] places = asked is not null
            ? [asked]
            : [Path.Combine(Repository.Root, "..", "shared", "data", "kernel-images"), Path.Combine(Repository.Cache, "kernel-images")];
        return places.FirstOrDefault(Directory.Exists)
            ?? throw new OracleException($"no kernel images: looked in {string.Join(", ", places)}; name their folder with --images");
    }

    /// <summary>The releases an image folder has.</summary>
    public static IEnumerable<string> Releases(string folder) => Directory.GetDirectories(folder)
        .Where(d => Compressed(d) is not null)
        .Select(d => Path.GetFileName(d))
        .OrderBy(r => Version.TryParse(r, out Version? v) ? v : new Version(0, 0));

    /// <summary>The uncompressed image of a release, made in the cache when it is not there yet.</summary>
    public static string Vmlinux(string release, string folder)
    {
        string compressed = Compressed(Path.Combine(folder, release))
            ?? throw new OracleException($"no image of {release} in {folder}; there are: {string.Join(", ", Releases(folder))}");
        byte[] image = File.ReadAllBytes(compressed);
        string hash = Convert.ToHexStringLower(SHA256.HashData(image))[..16];
        string path = Path.Combine(Repository.OracleCache, $"vmlinux-{release}-{hash}");
        if (!File.Exists(path))
        {
            string partial = path + ".partial";
            File.WriteAllBytes(partial, Decompress(image, compressed));
            File.Move(partial, path, overwrite: true);
        }
        return path;
    }

    private static string? Compressed(string folder) =>
        Directory.Exists(folder) ? Directory.GetFiles(folder, "vmlinuz*").Order(StringComparer.Ordinal).FirstOrDefault() : null;

    /// <summary>Follows the x86 boot protocol's header to the compressed kernel.</summary>
    private static byte[] Decompress(byte[] image, string name)
    {
        if (image.Length < 0x1000 || !image.AsSpan(HeaderMagic, 4).SequenceEqual("HdrS"u8))
            throw new OracleException($"{name} is not an x86 kernel image");
        long start = (image[SetupSectors] + 1L) * 512 + BinaryPrimitives.ReadUInt32LittleEndian(image.AsSpan(PayloadOffset));
        long length = BinaryPrimitives.ReadUInt32LittleEndian(image.AsSpan(PayloadLength));
        if (length < 16 || start + length > image.Length)
            throw new OracleException($"{name} is cut off");
        ReadOnlyMemory<byte> payload = image.AsMemory((int)start, (int)length);
        // All but gzip have the unpacked size appended, four bytes that are not part of the stream.
        return payload.Span[..4] switch
        {
            [0x1f, 0x8b, ..] => Gunzip(payload),
            [0xfd, 0x37, 0x7a, 0x58] => Tool.Filter("xz", ["-dc"], payload[..^4]),
            [0x28, 0xb5, 0x2f, 0xfd] => Tool.Filter("zstd", ["-dc"], payload[..^4]),
            [0x02, 0x21, 0x4c, 0x18] => Tool.Filter("lz4", ["-dc"], payload[..^4]),
            _ => throw new OracleException($"{name}: unknown compression {Convert.ToHexStringLower(payload.Span[..4])}"),
        };
    }

    private static byte[] Gunzip(ReadOnlyMemory<byte> payload)
    {
        using GZipStream stream = new(new MemoryStream(payload.ToArray()), CompressionMode.Decompress);
        using MemoryStream output = new();
        stream.CopyTo(output);
        return output.ToArray();
    }
}
