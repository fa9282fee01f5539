using System.Buffers.Binary;
using System.Text;

namespace BpfVerifier.HeaderIngest.Image;

/// <summary>Finds a section of a 64-bit little-endian ELF file, which is what every x86-64 <c>vmlinux</c> is.</summary>
public static class ElfSections
{
    private const int HeaderSize = 64, SectionHeaderSize = 64;
    private const uint NoBits = 8;

    /// <summary>The bytes of the section called <paramref name="section"/>.</summary>
    /// <exception cref="IngestException">No such section, or a header or the section points outside the file.</exception>
    public static ReadOnlyMemory<byte> Find(ReadOnlyMemory<byte> file, string section, string name)
    {
        ReadOnlySpan<byte> header = Header(file.Span, section, name);
        return file.Slice((int)BinaryPrimitives.ReadUInt64LittleEndian(header[0x18..]), (int)BinaryPrimitives.ReadUInt64LittleEndian(header[0x20..]));
    }

    /// <summary>The address at which the section is linked to run.</summary>
    /// <exception cref="IngestException">No such section, or a header or the section points outside the file.</exception>
    public static ulong AddressOf(ReadOnlyMemory<byte> file, string section, string name) =>
        BinaryPrimitives.ReadUInt64LittleEndian(Header(file.Span, section, name)[0x10..]);

    /// <summary>Every section, in the order of the file.</summary>
    /// <exception cref="IngestException">Not an ELF file for x86-64, or a header or a section with contents lies outside it.</exception>
    public static List<ElfSection> All(ReadOnlyMemory<byte> file, string name)
    {
        ReadOnlySpan<byte> elf = file.Span;
        (int table, int entry, int count, int namesIndex) = Table(elf, name);
        ReadOnlySpan<byte> names = Contents(elf, HeaderOf(elf, table, entry, namesIndex), ".shstrtab", name);
        var sections = new List<ElfSection>();
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> header = HeaderOf(elf, table, entry, i);
            uint nameOffset = BinaryPrimitives.ReadUInt32LittleEndian(header);
            ReadOnlySpan<byte> rest = nameOffset < names.Length ? names[(int)nameOffset..] : default;
            int end = rest.IndexOf((byte)0);
            string section = Encoding.ASCII.GetString(end < 0 ? default : rest[..end]);
            bool contents = BinaryPrimitives.ReadUInt32LittleEndian(header[4..]) is not (0 or NoBits);
            if (contents)
                Contents(elf, header, section, name);
            sections.Add(new ElfSection(
                section,
                BinaryPrimitives.ReadUInt64LittleEndian(header[0x10..]),
                contents ? (int)BinaryPrimitives.ReadUInt64LittleEndian(header[0x18..]) : 0,
                BinaryPrimitives.ReadUInt64LittleEndian(header[0x20..]),
                BinaryPrimitives.ReadUInt64LittleEndian(header[0x08..]),
                contents));
        }
        return sections;
    }

    /// <summary>The header of a section that has contents, all of which lie in the file.</summary>
    private static ReadOnlySpan<byte> Header(ReadOnlySpan<byte> elf, string section, string name)
    {
        (int table, int entry, int count, int namesIndex) = Table(elf, name);
        ReadOnlySpan<byte> names = Contents(elf, HeaderOf(elf, table, entry, namesIndex), ".shstrtab", name);
        byte[] wanted = [.. Encoding.ASCII.GetBytes(section), 0];
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> header = HeaderOf(elf, table, entry, i);
            uint nameOffset = BinaryPrimitives.ReadUInt32LittleEndian(header);
            if (nameOffset >= names.Length || !names[(int)nameOffset..].StartsWith(wanted))
                continue;
            if (BinaryPrimitives.ReadUInt32LittleEndian(header[4..]) == NoBits)
                throw new IngestException($"{name}: section {section} has no contents");
            Contents(elf, header, section, name);
            return header;
        }
        throw new IngestException(section == ".BTF"
            ? $"{name}: the kernel has no section {section} (built without CONFIG_DEBUG_INFO_BTF?); its facts cannot be read without types: build it with that option"
            : $"{name}: the kernel has no section {section}");
    }

    /// <summary>Where the section table lies, size and number of its entries, and which of them holds the names.</summary>
    private static (int Table, int Entry, int Count, int Names) Table(ReadOnlySpan<byte> elf, string name)
    {
        if (elf.Length < HeaderSize || !elf.StartsWith<byte>([0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1]))
            throw new IngestException($"{name}: the kernel inside is not a 64-bit little-endian ELF file");
        ulong table = BinaryPrimitives.ReadUInt64LittleEndian(elf[0x28..]);
        int entry = BinaryPrimitives.ReadUInt16LittleEndian(elf[0x3a..]);
        int count = BinaryPrimitives.ReadUInt16LittleEndian(elf[0x3c..]);
        int names = BinaryPrimitives.ReadUInt16LittleEndian(elf[0x3e..]);
        return entry >= SectionHeaderSize && Fits(table, (ulong)entry * (ulong)count, elf.Length) && names < count
            ? ((int)table, entry, count, names)
            : throw new IngestException($"{name}: the section table of the kernel lies outside the file");
    }

    private static ReadOnlySpan<byte> HeaderOf(ReadOnlySpan<byte> elf, int table, int entry, int index) =>
        elf.Slice(table + index * entry, SectionHeaderSize);

    private static ReadOnlySpan<byte> Contents(ReadOnlySpan<byte> elf, ReadOnlySpan<byte> header, string section, string name)
    {
        ulong offset = BinaryPrimitives.ReadUInt64LittleEndian(header[0x18..]);
        ulong size = BinaryPrimitives.ReadUInt64LittleEndian(header[0x20..]);
        return Fits(offset, size, elf.Length)
            ? elf.Slice((int)offset, (int)size)
            : throw new IngestException($"{name}: section {section} lies at bytes {offset} to {offset + size} of a kernel of {elf.Length}");
    }

    private static bool Fits(ulong offset, ulong size, int length) => offset <= (ulong)length && size <= (ulong)length - offset;
}
