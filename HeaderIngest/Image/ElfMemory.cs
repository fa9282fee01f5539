using System.Buffers.Binary;

namespace BpfVerifier.HeaderIngest.Image;

/// <summary>What a kernel has in memory when it starts: addresses to bytes of its ELF file, by the loadable program headers.</summary>
public sealed class ElfMemory
{
    private const int HeaderSize = 64, ProgramHeaderSize = 56;
    private const uint Loadable = 1;

    private readonly ReadOnlyMemory<byte> _file;
    private readonly List<Segment> _segments = [];

    private readonly record struct Segment(ulong Address, int Offset, int Size);

    /// <summary>Over an ELF file.</summary>
    /// <exception cref="IngestException">Not a 64-bit little-endian ELF file, or a header or segment lies outside it.</exception>
    public ElfMemory(ReadOnlyMemory<byte> file, string name)
    {
        _file = file;
        ReadOnlySpan<byte> elf = file.Span;
        if (elf.Length < HeaderSize || !elf.StartsWith<byte>([0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1]))
            throw new IngestException($"{name}: the kernel inside is not a 64-bit little-endian ELF file");
        ulong table = BinaryPrimitives.ReadUInt64LittleEndian(elf[0x20..]);
        int entry = BinaryPrimitives.ReadUInt16LittleEndian(elf[0x36..]);
        int count = BinaryPrimitives.ReadUInt16LittleEndian(elf[0x38..]);
        if (count > 0 && (entry < ProgramHeaderSize || !Fits(table, (ulong)entry * (ulong)count, elf.Length)))
            throw new IngestException($"{name}: the program headers of the kernel lie outside the file");
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> header = elf.Slice((int)table + i * entry, ProgramHeaderSize);
            if (BinaryPrimitives.ReadUInt32LittleEndian(header) != Loadable)
                continue;
            ulong offset = BinaryPrimitives.ReadUInt64LittleEndian(header[0x08..]), size = BinaryPrimitives.ReadUInt64LittleEndian(header[0x20..]);
            if (!Fits(offset, size, elf.Length))
                throw new IngestException($"{name}: a segment of the kernel lies outside the file");
            _segments.Add(new Segment(BinaryPrimitives.ReadUInt64LittleEndian(header[0x10..]), (int)offset, (int)size));
        }
    }

    /// <summary>The <paramref name="size"/> bytes at an address; false where the file has none (outside, or cleared at start).</summary>
    public bool TryRead(ulong address, int size, out ReadOnlySpan<byte> bytes)
    {
        foreach (Segment segment in _segments)
        {
            ulong at = address - segment.Address;
            if (address < segment.Address || size < 0 || !Fits(at, (ulong)size, segment.Size))
                continue;
            bytes = _file.Span.Slice(segment.Offset + (int)at, size);
            return true;
        }
        bytes = default;
        return false;
    }

    /// <summary>The address of a byte of the file, 0 where it is not loaded.</summary>
    public ulong AddressOf(int offset)
    {
        foreach (Segment segment in _segments)
        {
            if (offset >= segment.Offset && offset - segment.Offset < segment.Size)
                return segment.Address + (ulong)(offset - segment.Offset);
        }
        return 0;
    }

    /// <summary>A little-endian number of 4 bytes.</summary>
    public bool TryReadUInt32(ulong address, out uint value)
    {
        bool there = TryRead(address, sizeof(uint), out ReadOnlySpan<byte> bytes);
        value = there ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : 0;
        return there;
    }

    /// <summary>A little-endian number of 8 bytes.</summary>
    public bool TryReadUInt64(ulong address, out ulong value)
    {
        bool there = TryRead(address, sizeof(ulong), out ReadOnlySpan<byte> bytes);
        value = there ? BinaryPrimitives.ReadUInt64LittleEndian(bytes) : 0;
        return there;
    }

    /// <summary>Text up to a zero byte, at most <paramref name="limit"/> bytes of it; null when there is no such text.</summary>
    public string? ReadText(ulong address, int limit)
    {
        var text = new System.Text.StringBuilder();
        for (int i = 0; i <= limit && TryRead(address + (ulong)i, 1, out ReadOnlySpan<byte> one); i++)
        {
            if (one[0] == 0)
                return text.ToString();
            text.Append((char)one[0]);
        }
        return null;
    }

    private static bool Fits(ulong offset, ulong size, int length) => offset <= (ulong)length && size <= (ulong)length - offset;
}
