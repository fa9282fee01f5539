using System.Buffers.Binary;

namespace BpfVerifier.Oracle;

/// <summary>Finds BPF objects inside other files, where bpftool's skeletons keep them as plain bytes.</summary>
internal static class EmbeddedObjects
{
    private const int HeaderSize = 64, SectionHeaderSize = 64, Relocatable = 1, MachineBpf = 247, NoBits = 8;

    // magic, 64 bits, little-endian, version 1
    private static readonly byte[] s_start = [0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1];

    /// <summary>The place of every 64-bit little-endian relocatable BPF ELF image in a file, first to last.</summary>
    public static IEnumerable<Range> Find(byte[] file)
    {
        for (int at = 0; (at = Next(file, at)) >= 0;)
        {
            int size = SizeOf(file.AsSpan(at));
            if (size > 0)
                yield return new Range(at, at + size);
            at += Math.Max(size, 1);
        }
    }

    private static int Next(byte[] file, int from)
    {
        int found = file.AsSpan(from).IndexOf(s_start);
        return found < 0 ? -1 : from + found;
    }

    /// <summary>Bytes up to the end of the last section or of the section headers; 0 when it is no such image.</summary>
    private static int SizeOf(ReadOnlySpan<byte> image)
    {
        if (image.Length < HeaderSize
            || BinaryPrimitives.ReadUInt16LittleEndian(image[16..]) != Relocatable
            || BinaryPrimitives.ReadUInt16LittleEndian(image[18..]) != MachineBpf)
            return 0;
        ulong headers = BinaryPrimitives.ReadUInt64LittleEndian(image[40..]);
        int count = BinaryPrimitives.ReadUInt16LittleEndian(image[60..]);
        ulong end = headers + (ulong)count * SectionHeaderSize;
        if (headers > (ulong)image.Length || end > (ulong)image.Length)
            return 0;
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> section = image[((int)headers + i * SectionHeaderSize)..];
            if (BinaryPrimitives.ReadUInt32LittleEndian(section[4..]) == NoBits)
                continue;
            ulong offset = BinaryPrimitives.ReadUInt64LittleEndian(section[24..]), size = BinaryPrimitives.ReadUInt64LittleEndian(section[32..]);
            if (offset > (ulong)image.Length || size > (ulong)image.Length - offset)
                return 0;
            end = Math.Max(end, offset + size);
        }
        return (int)end;
    }
}
