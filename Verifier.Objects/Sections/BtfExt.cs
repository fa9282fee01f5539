using System.Buffers.Binary;

namespace BpfVerifier.Objects.Sections;

/// <summary>Records of one kind that belong to one code section.</summary>
/// <param name="SectionNameOffset">String offset of the section's name in the object's BTF.</param>
/// <param name="SectionIndex">Index of the section in the file, 0 when there is none of that name.</param>
/// <param name="Records">The records back to back.</param>
internal sealed record BtfExtSection(uint SectionNameOffset, int SectionIndex, ReadOnlyMemory<byte> Records);

/// <summary>All records of one kind.</summary>
/// <param name="RecordSize">Bytes in a record; may be more than this reader knows.</param>
/// <param name="Sections">The records by code section, in file order.</param>
internal sealed record BtfExtInfo(int RecordSize, IReadOnlyList<BtfExtSection> Sections)
{
    public static BtfExtInfo Empty { get; } = new(0, []);

    public uint Word(BtfExtSection section, int record, int word) =>
        BinaryPrimitives.ReadUInt32LittleEndian(section.Records.Span[(record * RecordSize + word * 4)..]);

    public int Count(BtfExtSection section) => section.Records.Length / RecordSize;
}

/// <summary>A <c>.BTF.ext</c> section: func_info, line_info and CO-RE relocations.</summary>
internal sealed class BtfExt
{
    public required BtfExtInfo Functions { get; init; }
    public required BtfExtInfo Lines { get; init; }
    public required BtfExtInfo CoreRelocations { get; init; }

    /// <summary>Reads the section; null when it is malformed, which libbpf ignores.</summary>
    /// <param name="data">The section's bytes.</param>
    /// <param name="sectionIndex">Finds a code section by its name's string offset, 0 when there is none.</param>
    public static BtfExt? TryParse(ReadOnlyMemory<byte> data, Func<uint, int> sectionIndex)
    {
        const int WithLines = 24, WithCore = 32;
        ReadOnlySpan<byte> d = data.Span;
        if (d.Length < 8 || BinaryPrimitives.ReadUInt16LittleEndian(d) != 0xeb9f || d[2] != 1 || d[3] != 0)
            return null;
        uint header = BinaryPrimitives.ReadUInt32LittleEndian(d[4..]);
        if (header < WithLines || header >= d.Length)
            return null;
        BtfExtInfo? functions = Parse(data, header, 8, 8, sectionIndex);
        BtfExtInfo? lines = Parse(data, header, 16, 16, sectionIndex);
        BtfExtInfo? core = header >= WithCore ? Parse(data, header, 24, 16, sectionIndex) : BtfExtInfo.Empty;
        return functions is null || lines is null || core is null
            ? null
            : new BtfExt { Functions = functions, Lines = lines, CoreRelocations = core };
    }

    private static BtfExtInfo? Parse(ReadOnlyMemory<byte> data, uint header, int at, int minRecord, Func<uint, int> sectionIndex)
    {
        ReadOnlySpan<byte> d = data.Span;
        uint offset = BinaryPrimitives.ReadUInt32LittleEndian(d[at..]);
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(d[(at + 4)..]);
        if (length == 0)
            return BtfExtInfo.Empty;
        if (offset % 4 != 0 || (ulong)header + offset + length > (ulong)d.Length || length <= 4)
            return null;
        ReadOnlyMemory<byte> rest = data.Slice((int)(header + offset), (int)length);
        uint recordSize = BinaryPrimitives.ReadUInt32LittleEndian(rest.Span);
        if (recordSize < minRecord || recordSize % 4 != 0 || recordSize > length)
            return null;
        rest = rest[4..];
        var sections = new List<BtfExtSection>();
        while (!rest.IsEmpty)
        {
            if (rest.Length < 8)
                return null;
            uint name = BinaryPrimitives.ReadUInt32LittleEndian(rest.Span);
            ulong bytes = (ulong)BinaryPrimitives.ReadUInt32LittleEndian(rest.Span[4..]) * recordSize;
            if (bytes == 0 || bytes > (ulong)(rest.Length - 8))
                return null;
            sections.Add(new BtfExtSection(name, sectionIndex(name), rest.Slice(8, (int)bytes)));
            rest = rest[(8 + (int)bytes)..];
        }
        return new BtfExtInfo((int)recordSize, sections);
    }
}
