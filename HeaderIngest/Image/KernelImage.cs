using System.Buffers.Binary;
using System.IO.Compression;

namespace BpfVerifier.HeaderIngest.Image;

/// <summary>A Linux x86 boot image (bzImage): the uncompressed kernel inside it and that kernel's types.</summary>
/// <remarks>Layout: Documentation/arch/x86/boot.rst. <c>setup_sects</c> 0x1f1, magic <c>HdrS</c> 0x202, protocol version 0x206,
/// <c>payload_offset</c> 0x248 and <c>payload_length</c> 0x24c counted from the end of the setup sectors. The payload's last four bytes
/// are the uncompressed size.</remarks>
public static class KernelImage
{
    private const int SetupSectors = 0x1f1, Magic = 0x202, Protocol = 0x206, PayloadOffset = 0x248, PayloadLength = 0x24c, HeaderEnd = 0x250;
    /// <summary>The first protocol version with <c>payload_offset</c>.</summary>
    private const int FirstProtocolWithPayload = 0x208;
    /// <summary>No kernel comes near this; a larger claim is damage.</summary>
    private const uint MaxKernelSize = 1u << 30;

    /// <summary>Takes the ELF <c>vmlinux</c> out of a <c>vmlinuz</c>.</summary>
    /// <exception cref="IngestException">Not a boot image, cut short, or compressed in a way that cannot be undone here.</exception>
    public static byte[] ExtractVmlinux(byte[] vmlinuz, string name)
    {
        ReadOnlySpan<byte> image = vmlinuz;
        if (image.Length < HeaderEnd || !image.Slice(Magic, 4).SequenceEqual("HdrS"u8))
            throw new IngestException($"{name}: not a Linux boot image (no HdrS magic at byte {Magic})");
        int protocol = BinaryPrimitives.ReadUInt16LittleEndian(image[Protocol..]);
        if (protocol < FirstProtocolWithPayload)
            throw new IngestException($"{name}: boot protocol {protocol >> 8}.{protocol & 255:00} is too old to say where the kernel lies (2.08 is needed)");

        // setup_sects 0 means 4, as in the oldest images.
        int setup = image[SetupSectors] == 0 ? 4 : image[SetupSectors];
        long start = (setup + 1) * 512L + BinaryPrimitives.ReadUInt32LittleEndian(image[PayloadOffset..]);
        long length = BinaryPrimitives.ReadUInt32LittleEndian(image[PayloadLength..]);
        if (length < 8 || start + length > image.Length)
            throw new IngestException($"{name}: truncated: the compressed kernel lies at bytes {start} to {start + length} of a file of {image.Length}; get the file again");

        ReadOnlyMemory<byte> payload = vmlinuz.AsMemory((int)start, (int)length);
        uint size = BinaryPrimitives.ReadUInt32LittleEndian(payload.Span[^4..]);
        if (size > MaxKernelSize)
            throw new IngestException($"{name}: the compressed kernel claims {size} bytes, more than any kernel has");
        byte[] kernel = Decompress(payload, name, (int)size);
        if (kernel.Length != size)
            throw new IngestException($"{name}: the compressed kernel gave {kernel.Length} bytes where its trailer says {size}");
        return kernel;
    }

    private static byte[] Decompress(ReadOnlyMemory<byte> payload, string name, int size)
    {
        ReadOnlySpan<byte> head = payload.Span;
        // gzip's own trailer is the size; the other formats carry it behind their stream.
        ReadOnlyMemory<byte> body = payload[..^4];
        if (head.StartsWith<byte>([0x1f, 0x8b]))
            return Gunzip(payload, name, size);
        if (head.StartsWith<byte>([0xfd, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0]))
            return ExternalTool.Filter("xz", ["-dc"], body, name, size);
        if (head.StartsWith<byte>([0x28, 0xb5, 0x2f, 0xfd]))
            return ExternalTool.Filter("zstd", ["-dcq"], body, name, size);
        if (head.StartsWith<byte>([0x02, 0x21, 0x4c, 0x18]))
            return ExternalTool.Filter("lz4", ["-dcq"], body, name, size);
        if (head.StartsWith<byte>([0x5d, 0, 0]))
            return ExternalTool.Filter("xz", ["-dc", "--format=lzma"], body, name, size);
        throw new IngestException($"{name}: the kernel is compressed in a format not known here (first bytes {Convert.ToHexStringLower(head[..6])})");
    }

    private static byte[] Gunzip(ReadOnlyMemory<byte> payload, string name, int size)
    {
        try
        {
            using var source = new GZipStream(new MemoryStream(payload.ToArray()), CompressionMode.Decompress);
            byte[] kernel = new byte[size];
            int got = source.ReadAtLeast(kernel, size, throwOnEndOfStream: false);
            if (got == size && source.ReadByte() >= 0)
                throw new IngestException($"{name}: the compressed kernel gives more than the {size} bytes its trailer says");
            uint sum = BinaryPrimitives.ReadUInt32LittleEndian(payload.Span[^8..]);
            return got < size || Crc32.Of(kernel) == sum ? kernel[..got] : throw new IngestException($"{name}: the compressed kernel is damaged (its check sum is not {sum:x8})");
        }
        catch (InvalidDataException e)
        {
            throw new IngestException($"{name}: the compressed kernel is damaged ({e.Message})", e);
        }
    }
}
