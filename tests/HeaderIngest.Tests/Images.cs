using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace BpfVerifier.HeaderIngest.Tests;

/// <summary>Makes small boot images and ELF files.</summary>
internal static class Images
{
    public const string Banner = "6.12.117+deb13-cloud-amd64 (someone@somewhere) #1 SMP PREEMPT_DYNAMIC Debian 6.12.117-1 (2026-01-01)";

    /// <summary>A boot image around a compressed kernel.</summary>
    public static byte[] Boot(byte[] payload, int protocol = 0x20f)
    {
        const int setup = 1024, banner = 0x260;
        byte[] image = new byte[setup + payload.Length];
        image[0x1f1] = 1;
        "HdrS"u8.CopyTo(image.AsSpan(0x202));
        BinaryPrimitives.WriteUInt16LittleEndian(image.AsSpan(0x206), (ushort)protocol);
        BinaryPrimitives.WriteUInt16LittleEndian(image.AsSpan(0x20e), banner - 0x200);
        BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(0x24c), (uint)payload.Length);
        Encoding.ASCII.GetBytes(Banner).CopyTo(image, banner);
        payload.CopyTo(image, setup);
        return image;
    }

    /// <summary>gzip, whose own trailer is the size.</summary>
    public static byte[] Gzip(byte[] data)
    {
        var output = new MemoryStream();
        using (var gzip = new GZipStream(output, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(data);
        return output.ToArray();
    }

    /// <summary>An ELF file with one section and the names of sections.</summary>
    public static byte[] Elf(string section, byte[] contents, uint type = 1)
    {
        byte[] names = Encoding.ASCII.GetBytes($"\0.shstrtab\0{section}\0");
        int namesAt = 64, contentsAt = namesAt + names.Length, table = contentsAt + contents.Length;
        byte[] elf = new byte[table + 3 * 64];
        ((ReadOnlySpan<byte>)[0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1]).CopyTo(elf);
        BinaryPrimitives.WriteUInt64LittleEndian(elf.AsSpan(0x28), (ulong)table);
        BinaryPrimitives.WriteUInt16LittleEndian(elf.AsSpan(0x3a), 64);
        BinaryPrimitives.WriteUInt16LittleEndian(elf.AsSpan(0x3c), 3);
        BinaryPrimitives.WriteUInt16LittleEndian(elf.AsSpan(0x3e), 1);
        names.CopyTo(elf, namesAt);
        contents.CopyTo(elf, contentsAt);
        Header(elf.AsSpan(table + 64), 1, 3, namesAt, names.Length);
        Header(elf.AsSpan(table + 128), 11, type, contentsAt, contents.Length);
        return elf;
    }

    /// <summary>An ELF file with one loadable segment, which is its section .text.</summary>
    public static byte[] Loaded(byte[] text, ulong address)
    {
        // Contents begin at a multiple of 8, as linkers have it: 7 bytes behind the names of sections.
        const int HeaderAndNames = 64 + 17, Padding = 7;
        byte[] elf = Elf(".text", [.. new byte[Padding], .. text]);
        int contents = HeaderAndNames + Padding, section = elf.Length - 64, header = elf.Length;
        BinaryPrimitives.WriteUInt64LittleEndian(elf.AsSpan(section + 0x10), address);
        BinaryPrimitives.WriteUInt64LittleEndian(elf.AsSpan(section + 0x18), (ulong)contents);
        BinaryPrimitives.WriteUInt64LittleEndian(elf.AsSpan(section + 0x20), (ulong)text.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(elf.AsSpan(0x20), (ulong)header);
        BinaryPrimitives.WriteUInt16LittleEndian(elf.AsSpan(0x36), 56);
        BinaryPrimitives.WriteUInt16LittleEndian(elf.AsSpan(0x38), 1);
        byte[] program = new byte[56];
        BinaryPrimitives.WriteUInt32LittleEndian(program, 1);
        BinaryPrimitives.WriteUInt64LittleEndian(program.AsSpan(0x08), (ulong)contents);
        BinaryPrimitives.WriteUInt64LittleEndian(program.AsSpan(0x10), address);
        BinaryPrimitives.WriteUInt64LittleEndian(program.AsSpan(0x20), (ulong)text.Length);
        return [.. elf, .. program];
    }

    private static void Header(Span<byte> header, uint name, uint type, int offset, int size)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(header, name);
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], type);
        BinaryPrimitives.WriteUInt64LittleEndian(header[0x18..], (ulong)offset);
        BinaryPrimitives.WriteUInt64LittleEndian(header[0x20..], (ulong)size);
    }
}
