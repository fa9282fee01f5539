using System.Buffers.Binary;
using System.Text;

namespace BpfVerifier.Objects.Tests;

/// <summary>Writes relocatable BPF files no compiler would. Sections and symbols are numbered from 1 in the order they are added.</summary>
internal sealed class CraftedElf
{
    private const int HeaderSize = 64, SymbolSize = 24;
    private const uint SymTab = 2, StrTab = 3;

    private readonly List<(string Name, uint Type, ulong Flags, byte[] Data)> _sections = [];
    private readonly List<byte> _symbols = [.. new byte[SymbolSize]];
    private readonly List<byte> _strings = [0];

    /// <summary>Adds a section; its index.</summary>
    public int Section(string name, uint type, ulong flags, byte[] data)
    {
        _sections.Add((name, type, flags, data));
        return _sections.Count;
    }

    /// <summary>Adds to the symbols' strings as they are; the offset.</summary>
    public uint Strings(string text)
    {
        uint offset = (uint)_strings.Count;
        _strings.AddRange(Encoding.ASCII.GetBytes(text));
        return offset;
    }

    /// <summary>Adds a symbol; <paramref name="info"/> is binding (upper four bits) and type.</summary>
    public void Symbol(uint nameOffset, int info, int section, ulong value, ulong size)
    {
        Span<byte> symbol = stackalloc byte[SymbolSize];
        BinaryPrimitives.WriteUInt32LittleEndian(symbol, nameOffset);
        symbol[4] = (byte)info;
        BinaryPrimitives.WriteUInt16LittleEndian(symbol[6..], (ushort)section);
        BinaryPrimitives.WriteUInt64LittleEndian(symbol[8..], value);
        BinaryPrimitives.WriteUInt64LittleEndian(symbol[16..], size);
        _symbols.AddRange(symbol);
    }

    public byte[] ToArray()
    {
        int symbols = _sections.Count + 1;
        List<(string Name, uint Type, ulong Flags, byte[] Data)> sections = [
            ("", 0, 0, []), .. _sections, (".symtab", SymTab, 0, [.. _symbols]), (".strtab", StrTab, 0, [.. _strings])];
        var names = new List<byte>();
        uint[] offsets = new uint[sections.Count + 1];
        for (int i = 0; i <= sections.Count; i++)
        {
            offsets[i] = (uint)names.Count;
            names.AddRange(Encoding.ASCII.GetBytes(i < sections.Count ? sections[i].Name : ".shstrtab"));
            names.Add(0);
        }
        sections.Add((".shstrtab", StrTab, 0, [.. names]));

        byte[] file = new byte[HeaderSize + (sections.Count * HeaderSize) + sections.Sum(section => section.Data.Length)];
        "\u007fELF"u8.CopyTo(file);
        (file[4], file[5], file[6]) = (2, 1, 1);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(16), 1);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(18), 247);
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(40), HeaderSize);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(58), HeaderSize);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(60), (ushort)sections.Count);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(62), (ushort)(sections.Count - 1));
        int at = HeaderSize + (sections.Count * HeaderSize);
        for (int i = 0; i < sections.Count; i++)
        {
            (_, uint type, ulong flags, byte[] data) = sections[i];
            Span<byte> header = file.AsSpan(HeaderSize + (i * HeaderSize), HeaderSize);
            BinaryPrimitives.WriteUInt32LittleEndian(header, offsets[i]);
            BinaryPrimitives.WriteUInt32LittleEndian(header[4..], type);
            BinaryPrimitives.WriteUInt64LittleEndian(header[8..], flags);
            BinaryPrimitives.WriteUInt64LittleEndian(header[24..], (ulong)at);
            BinaryPrimitives.WriteUInt64LittleEndian(header[32..], (ulong)data.Length);
            if (i == symbols)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(header[40..], (uint)symbols + 1);
                BinaryPrimitives.WriteUInt64LittleEndian(header[56..], SymbolSize);
            }
            data.CopyTo(file, at);
            at += data.Length;
        }
        return file;
    }
}
