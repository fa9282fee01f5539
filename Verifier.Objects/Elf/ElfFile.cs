using System.Buffers.Binary;
using System.Text;

namespace BpfVerifier.Objects.Elf;

/// <summary>A section's header and where its bytes lie.</summary>
/// <param name="Index">Index in the section header table.</param>
/// <param name="Name">Name, empty for section 0.</param>
/// <param name="Type"><c>SHT_*</c>.</param>
/// <param name="Flags"><c>SHF_*</c>.</param>
/// <param name="Offset">File offset of the bytes.</param>
/// <param name="Size">Bytes, also for sections without any in the file.</param>
/// <param name="Link">Section this one refers to.</param>
/// <param name="Info">Section a relocation section applies to.</param>
/// <param name="EntrySize">Bytes in an entry of a table.</param>
internal sealed record ElfSection(int Index, string Name, uint Type, ulong Flags, ulong Offset, ulong Size, uint Link, uint Info, ulong EntrySize)
{
    public const uint ProgBits = 1, SymTab = 2, StrTab = 3, NoBits = 8, Rel = 9, LlvmAddrSig = 0x6fff4c03;
    public const ulong ExecInstr = 4;

    public bool IsExecutable => (Flags & ExecInstr) != 0;
}

/// <summary>A symbol.</summary>
internal readonly record struct ElfSymbol(uint NameOffset, byte Info, byte Other, ushort SectionIndex, ulong Value, ulong Size)
{
    public const int TypeNone = 0, TypeObject = 1, TypeFunc = 2, TypeSection = 3;
    public const int BindLocal = 0, BindGlobal = 1, BindWeak = 2;
    public const ushort SectionReserved = 0xff00;

    public int Type => Info & 0xf;
    public int Binding => Info >> 4;
    public bool IsHidden => (Other & 3) is 1 or 2;
    public bool IsExtern => SectionIndex == 0 && Binding is BindGlobal or BindWeak && Type == TypeNone;
}

/// <summary>A relocation without addend.</summary>
internal readonly record struct ElfRelocation(ulong Offset, uint SymbolIndex, uint Type);

/// <summary>The parts of a 64-bit little-endian ELF relocatable file. Everything is checked before it is handed out.</summary>
internal sealed class ElfFile
{
    public const int SymbolSize = 24, RelocationSize = 16;

    /// <summary>Names with more bytes are none.</summary>
    public const int LongestName = 4096;

    private readonly ReadOnlyMemory<byte> _data;
    private readonly List<ElfSection> _sections = [];
    private readonly Dictionary<uint, string> _sectionNames = [];
    private readonly Dictionary<uint, string> _symbolNames = [];
    // Names that lie within each other could be many times longer together than the file; compilers share a tail now and then.
    private long _nameBytesLeft;

    private ElfFile(ReadOnlyMemory<byte> data)
    {
        _data = data;
        _nameBytesLeft = (4L * data.Length) + (64 << 10);
    }

    public IReadOnlyList<ElfSection> Sections => _sections;

    /// <summary>The symbol table's section, or null.</summary>
    public ElfSection? SymbolTable { get; private set; }

    public int SymbolCount { get; private set; }

    public static ElfFile? TryOpen(ReadOnlyMemory<byte> data, string name, out ObjectFailure failure)
    {
        var file = new ElfFile(data);
        failure = file.Read(name) ?? ObjectFailure.None;
        return failure.IsNone ? file : null;
    }

    private static ObjectFailure Unreadable(string message, Errno errno) => new(Verdict.Unreadable, errno, message);

    private ObjectFailure? Read(string name)
    {
        ReadOnlySpan<byte> d = _data.Span;
        if (d.Length < 4 || !d.StartsWith("\u007fELF"u8))
            return Unreadable($"elf: '{name}' is not a proper ELF object", LibbpfErrno.Format);
        if (d.Length < 16)
            return Unreadable($"elf: failed to get ELF header from {name}: truncated file", LibbpfErrno.Format);
        if (d[4] != 2)
            return Unreadable($"elf: '{name}' is not a 64-bit ELF object", LibbpfErrno.Format);
        if (d[5] is not (1 or 2))
            return Unreadable($"elf: '{name}' has unknown byte order", LibbpfErrno.Endian);
        if (d.Length < 64)
            return Unreadable($"elf: failed to get ELF header from {name}: truncated file", LibbpfErrno.Format);
        bool big = d[5] == 2;
        ushort type = big ? BinaryPrimitives.ReadUInt16BigEndian(d[16..]) : BinaryPrimitives.ReadUInt16LittleEndian(d[16..]);
        ushort machine = big ? BinaryPrimitives.ReadUInt16BigEndian(d[18..]) : BinaryPrimitives.ReadUInt16LittleEndian(d[18..]);
        // Compilers of 2016 left the machine out; 1 is a relocatable file, 247 is BPF.
        if (type != 1 || machine is not (0 or 247))
            return Unreadable($"elf: {name} is not a valid eBPF object file{Machine(machine)}", LibbpfErrno.Format);
        if (big)
            return Unreadable($"object '{name}': loading non-native endianness is unsupported", LibbpfErrno.Endian);
        return ReadSections(d, name);
    }

    private static string Machine(ushort machine) => machine switch
    {
        0 or 247 => "",
        3 => " (it is for i386)",
        40 => " (it is for ARM)",
        62 => " (it is for x86-64)",
        183 => " (it is for AArch64)",
        243 => " (it is for RISC-V)",
        _ => $" (it is for ELF machine {machine})",
    };

    private ObjectFailure? ReadSections(ReadOnlySpan<byte> d, string name)
    {
        ulong tableOffset = BinaryPrimitives.ReadUInt64LittleEndian(d[40..]);
        ulong headerSize = BinaryPrimitives.ReadUInt16LittleEndian(d[58..]);
        ulong count = BinaryPrimitives.ReadUInt16LittleEndian(d[60..]);
        uint namesIndex = BinaryPrimitives.ReadUInt16LittleEndian(d[62..]);
        ObjectFailure broken = Unreadable($"elf: failed to get section names section index for {name}: truncated or damaged section headers", LibbpfErrno.Format);
        if (tableOffset == 0 || headerSize != 64 || !Fits(tableOffset, 64))
            return broken;
        // More sections or a higher index than 16 bits hold are stored in the first header.
        ReadOnlySpan<byte> first = d.Slice((int)tableOffset, 64);
        if (count == 0)
            count = BinaryPrimitives.ReadUInt64LittleEndian(first[32..]);
        if (namesIndex == 0xffff)
            namesIndex = BinaryPrimitives.ReadUInt32LittleEndian(first[40..]);
        if (count > (ulong)d.Length / 64 || !Fits(tableOffset, count * 64) || namesIndex >= count)
            return broken;

        ReadOnlySpan<byte> names = default;
        for (int pass = 0; pass < 2; pass++)
        {
            for (int i = pass == 0 ? (int)namesIndex : 0; i < (int)count; i++)
            {
                ReadOnlySpan<byte> h = d.Slice((int)tableOffset + i * 64, 64);
                var section = new ElfSection(
                    i,
                    pass == 0 ? "" : StringAt(names, BinaryPrimitives.ReadUInt32LittleEndian(h), _sectionNames) ?? "\0",
                    BinaryPrimitives.ReadUInt32LittleEndian(h[4..]),
                    BinaryPrimitives.ReadUInt64LittleEndian(h[8..]),
                    BinaryPrimitives.ReadUInt64LittleEndian(h[24..]),
                    BinaryPrimitives.ReadUInt64LittleEndian(h[32..]),
                    BinaryPrimitives.ReadUInt32LittleEndian(h[40..]),
                    BinaryPrimitives.ReadUInt32LittleEndian(h[44..]),
                    BinaryPrimitives.ReadUInt64LittleEndian(h[56..]));
                if (pass == 0)
                {
                    if (section.Type != ElfSection.StrTab || !Fits(section.Offset, section.Size))
                        return Unreadable($"elf: failed to get section names strings from {name}: truncated or damaged", LibbpfErrno.Format);
                    names = d.Slice((int)section.Offset, (int)section.Size);
                    break;
                }
                if (section.Name == "\0")
                    return Unreadable($"elf: failed to get section({i}) name from {name}: invalid string offset", LibbpfErrno.Format);
                _sections.Add(section);
            }
        }
        return ReadSymbols(name);
    }

    private ObjectFailure? ReadSymbols(string name)
    {
        foreach (ElfSection section in _sections)
        {
            if (section.Type != ElfSection.SymTab)
                continue;
            if (SymbolTable is not null)
                return Unreadable($"elf: multiple symbol tables in {name}", LibbpfErrno.Format);
            if (!TryData(section, out _))
                return Unreadable($"elf: failed to get section({section.Index}) {section.Name} data from {name}: truncated file", LibbpfErrno.Format);
            SymbolTable = section;
            SymbolCount = (int)(section.Size / SymbolSize);
        }
        return SymbolTable is null
            ? new ObjectFailure(Verdict.Unreadable, Errno.ENOENT, $"elf: couldn't find symbol table in {name}, stripped object file?")
            : null;
    }

    private bool Fits(ulong offset, ulong size) => offset <= (ulong)_data.Length && size <= (ulong)_data.Length - offset;

    /// <summary>A section's bytes; false when they reach past the end of the file. Sections without bytes in the file give none.</summary>
    public bool TryData(ElfSection section, out ReadOnlyMemory<byte> data)
    {
        data = default;
        if (section.Type is ElfSection.NoBits or 0)
            return true;
        if (!Fits(section.Offset, section.Size))
            return false;
        data = _data.Slice((int)section.Offset, (int)section.Size);
        return true;
    }

    public ElfSection? Section(int index) => (uint)index < (uint)_sections.Count ? _sections[index] : null;

    public string SectionName(int index) => Section(index)?.Name ?? "";

    /// <summary>First section with that name, section 0 excepted.</summary>
    public ElfSection? FindSection(string name)
    {
        for (int i = 1; i < _sections.Count; i++)
        {
            if (_sections[i].Name == name)
                return _sections[i];
        }
        return null;
    }

    public ElfSymbol Symbol(int index)
    {
        if ((uint)index >= (uint)SymbolCount || SymbolTable is null)
            return default;
        ReadOnlySpan<byte> s = _data.Span.Slice((int)SymbolTable.Offset + index * SymbolSize, SymbolSize);
        return new ElfSymbol(
            BinaryPrimitives.ReadUInt32LittleEndian(s),
            s[4],
            s[5],
            BinaryPrimitives.ReadUInt16LittleEndian(s[6..]),
            BinaryPrimitives.ReadUInt64LittleEndian(s[8..]),
            BinaryPrimitives.ReadUInt64LittleEndian(s[16..]));
    }

    /// <summary>The functions that begin in each section, in the order of the symbol table.</summary>
    public ILookup<int, ElfSymbol> Functions() =>
        Enumerable.Range(0, SymbolCount).Select(Symbol).Where(symbol => symbol.Type == ElfSymbol.TypeFunc).ToLookup(symbol => (int)symbol.SectionIndex);

    /// <summary>A symbol's name, null when its offset is invalid.</summary>
    public string? SymbolName(in ElfSymbol symbol)
    {
        ElfSection? strings = SymbolTable is null ? null : Section((int)SymbolTable.Link);
        return strings is { Type: ElfSection.StrTab } && TryData(strings, out ReadOnlyMemory<byte> data) ? StringAt(data.Span, symbol.NameOffset, _symbolNames) : null;
    }

    /// <summary>Relocations of a section of that kind; entries beyond its data are not there.</summary>
    public List<ElfRelocation> Relocations(ElfSection section)
    {
        var relocations = new List<ElfRelocation>();
        if (!TryData(section, out ReadOnlyMemory<byte> data))
            return relocations;
        for (ReadOnlySpan<byte> rest = data.Span; rest.Length >= RelocationSize; rest = rest[RelocationSize..])
        {
            ulong info = BinaryPrimitives.ReadUInt64LittleEndian(rest[8..]);
            relocations.Add(new ElfRelocation(BinaryPrimitives.ReadUInt64LittleEndian(rest), (uint)(info >> 32), (uint)info));
        }
        return relocations;
    }

    /// <summary>The string at an offset; null when there is none, or none of reasonable length: many names may share one long string.</summary>
    private string? StringAt(ReadOnlySpan<byte> strings, uint offset, Dictionary<uint, string> known)
    {
        if (offset >= strings.Length)
            return null;
        if (known.TryGetValue(offset, out string? text))
            return text;
        ReadOnlySpan<byte> rest = strings[(int)offset..];
        int end = rest[..Math.Min(rest.Length, LongestName + 1)].IndexOf((byte)0);
        if (end < 0 || !TakeName(end))
            return null;
        text = Encoding.UTF8.GetString(rest[..end]);
        known.Add(offset, text);
        return text;
    }

    /// <summary>Counts a name of so many bytes; false when all names together are much longer than the file, which then is no compiler's.</summary>
    public bool TakeName(int length)
    {
        _nameBytesLeft -= length;
        return _nameBytesLeft >= 0;
    }
}
