using System.Buffers.Binary;
using System.Text;

namespace BpfVerifier.HeaderIngest.Image;

/// <summary>Reads the compressed symbol table a kernel carries for /proc/kallsyms (scripts/kallsyms.c writes it).</summary>
/// <remarks>No header names its parts. The tokens are found by their digits, which always stand for themselves; the markers end where the
/// tokens begin, or the order of names between them (6.1 as stable releases have it); the names end where the markers begin. Addresses
/// come in three layouts, of which the right one puts <c>_text</c> where <c>.text</c> starts: before the names (6.1), behind the token
/// index (6.12 on), and there relative to the entry's own place (7.0 on).</remarks>
public sealed class Kallsyms
{
    private const int Tokens = 256, NamesPerMarker = 256, MaxToken = 128, MaxPadding = 64;
    /// <summary>Bytes of names between two markers: in no kernel are there so many.</summary>
    private const int MaxBlock = NamesPerMarker * 512;
    /// <summary>The order of names, which some releases keep between markers and tokens: 3 bytes a name, and how far they reach at most.</summary>
    private const int SequenceSize = 3, MaxGap = 1 << 22;
    private const int IndexSize = Tokens * sizeof(ushort);

    private readonly ReadOnlyMemory<byte> _file;
    private readonly ElfMemory _memory;
    private readonly string _name;
    private readonly byte[][] _tokens = new byte[Tokens][];

    private int _tokenTable, _tokenIndex;
    private int _namesStart, _count;

    private Kallsyms(ReadOnlyMemory<byte> file, ElfMemory memory, string name)
    {
        _file = file;
        _memory = memory;
        _name = name;
    }

    private ReadOnlySpan<byte> Data => _file.Span;

    /// <summary>All symbols in the table's order.</summary>
    /// <param name="file">The kernel's ELF file.</param>
    /// <param name="memory">The same by address.</param>
    /// <param name="name">What to call it in messages.</param>
    /// <exception cref="IngestException">There is no table, or it is laid out in an unknown way.</exception>
    public static List<KernelSymbol> Read(ReadOnlyMemory<byte> file, ElfMemory memory, string name)
    {
        var table = new Kallsyms(file, memory, name);
        table.FindTokens();
        table.FindNames();
        string[] names = table.Names();
        int text = Array.IndexOf(names, "_text");
        if (text < 0)
            throw table.Unknown("it has no symbol _text");
        Func<int, ulong> address = table.FindAddresses(text, ElfSections.AddressOf(file, ".text", name));
        return [.. names.Select((symbol, i) => new KernelSymbol(symbol, address(i)))];
    }

    private IngestException Unknown(string why) =>
        new($"{_name}: the kernel's symbol table cannot be read: {why}; without symbols only the types of a kernel can be read (--btf instead of --image)");

    private void FindTokens()
    {
        byte[] digits = Encoding.ASCII.GetBytes("0\01\02\03\04\05\06\07\08\09\0");
        for (int from = 0; Data[from..].IndexOf(digits) is >= 0 and int found; from += found + 1)
        {
            if (StartOfTokens(from + found) is not (> 0 and int start))
                continue;
            _tokenTable = start;
            var index = new byte[IndexSize];
            int at = start;
            for (int i = 0; i < Tokens; i++)
            {
                BinaryPrimitives.WriteUInt16LittleEndian(index.AsSpan(2 * i), (ushort)(at - start));
                int length = Data[at..Math.Min(at + MaxToken, Data.Length)].IndexOf((byte)0);
                if (length < 0)
                    break;
                _tokens[i] = Data.Slice(at, length).ToArray();
                at += length + 1;
            }
            // The offsets of the tokens follow them; nothing else does by chance.
            int where = Data[at..Math.Min(at + MaxPadding + IndexSize, Data.Length)].IndexOf(index);
            if (where < 0)
                continue;
            _tokenIndex = at + where;
            return;
        }
        throw Unknown("no tokens were found (built without CONFIG_KALLSYMS?)");
    }

    /// <summary>Start of the token table that has the token <c>0</c> at <paramref name="zero"/>, or 0: as many tokens stand before it as its code says.</summary>
    private int StartOfTokens(int zero)
    {
        int at = zero;
        for (int i = 0; i < '0'; i++)
        {
            int lowest = Math.Max(0, at - MaxToken);
            if (at < 2 || Data[at - 1] != 0)
                return 0;
            int end = Data[lowest..(at - 1)].LastIndexOf((byte)0);
            if (end < 0)
                return 0;
            at = lowest + end + 1;
        }
        return at;
    }

    private void FindNames()
    {
        for (int end = _tokenTable / sizeof(uint) * sizeof(uint); end > Math.Max(16, _tokenTable - MaxGap); end -= sizeof(uint))
        {
            int first = FirstMarker(end);
            int markers = (end - first) / sizeof(uint);
            int gap = _tokenTable - end;
            bool adjacent = gap < MaxPadding;
            bool sorted = gap > SequenceSize * NamesPerMarker * (markers - 1) && gap < SequenceSize * NamesPerMarker * markers + MaxPadding;
            if (markers > 1 && (adjacent || sorted) && FindNames(first, markers))
                return;
        }
        throw Unknown("no names and markers stand before the tokens");
    }

    /// <summary>Start of the markers that end at <paramref name="end"/>: where each 256th name starts, ascending from 0.</summary>
    private int FirstMarker(int end)
    {
        int first = end - sizeof(uint);
        while (first >= sizeof(uint) && Word(first) is not 0 and var here && Word(first - sizeof(uint)) is var before
            && before < here && here - before <= MaxBlock)
            first -= sizeof(uint);
        return Word(first) == 0 ? first : end;
    }

    private bool FindNames(int first, int markers)
    {
        long highest = first - (long)Word(first + (markers - 1) * sizeof(uint));
        for (long start = highest / sizeof(uint) * sizeof(uint); start >= Math.Max(8, highest - MaxBlock); start -= sizeof(uint))
        {
            // The number of names is filled up to 8 bytes; from 7.0 on it stands right before them.
            foreach (int header in (ReadOnlySpan<int>)[8, 4])
            {
                uint count = Word((int)start - header);
                if ((count + NamesPerMarker - 1L) / NamesPerMarker != markers || !NamesFit((int)start, (int)count, first))
                    continue;
                (_namesStart, _count) = ((int)start, (int)count);
                return true;
            }
        }
        return false;
    }

    private uint Word(int at) => BinaryPrimitives.ReadUInt32LittleEndian(Data[at..]);

    /// <summary>Whether names from <paramref name="start"/> on are where all markers say.</summary>
    private bool NamesFit(int start, int count, int markers)
    {
        int at = start;
        for (int i = 0; i < count; i++)
        {
            if (i % NamesPerMarker == 0 && at - start != Word(markers + i / NamesPerMarker * sizeof(uint)))
                return false;
            if (at + 1 >= markers)
                return false;
            int length = Length(ref at);
            at += length;
            if (at > markers)
                return false;
        }
        return markers - at < MaxPadding;
    }

    /// <summary>Number of tokens of the name at <paramref name="at"/>, which moves behind the number; two bytes from 128 on.</summary>
    private int Length(ref int at)
    {
        int length = Data[at++];
        return (length & 0x80) == 0 ? length : length & 0x7f | Data[at++] << 7;
    }

    private string[] Names()
    {
        var names = new string[_count];
        var spelled = new List<byte>();
        int at = _namesStart;
        for (int i = 0; i < _count; i++)
        {
            int length = Length(ref at);
            spelled.Clear();
            foreach (byte token in Data.Slice(at, length))
                spelled.AddRange(_tokens[token]);
            at += length;
            // The first letter is the symbol's type.
            names[i] = spelled.Count == 0 ? "" : Encoding.Latin1.GetString(spelled.ToArray(), 1, spelled.Count - 1);
        }
        return names;
    }

    private Func<int, ulong> FindAddresses(int text, ulong expected)
    {
        int size = (_count * sizeof(int) + 7) & ~7;
        int behind = _tokenIndex + IndexSize, before = _namesStart - 16 - size;
        ulong place = _memory.AddressOf(behind);
        ulong FromPlace(int i) => place + (ulong)(i * sizeof(int)) + (ulong)(long)(int)Word(behind + i * sizeof(int));
        if (place != 0 && behind + size <= Data.Length && FromPlace(text) == expected)
            return FromPlace;
        foreach ((int offsets, int at) in ((int, int)[])[(behind, behind + size), (before, _namesStart - 16)])
        {
            if (offsets < 0 || Math.Max(offsets + size, at + sizeof(ulong)) > Data.Length)
                continue;
            ulong origin = BinaryPrimitives.ReadUInt64LittleEndian(Data[at..]);
            ulong FromOrigin(int i) => origin + Word(offsets + i * sizeof(int));
            // CONFIG_KALLSYMS_ABSOLUTE_PERCPU: what is not negative is no offset.
            ulong Signed(int i) => (int)Word(offsets + i * sizeof(int)) is < 0 and int offset ? origin - 1 - (ulong)(long)offset : Word(offsets + i * sizeof(int));
            if (FromOrigin(text) == expected)
                return FromOrigin;
            if (Signed(text) == expected)
                return Signed;
        }
        throw Unknown("_text is not at the start of .text in any known layout of addresses");
    }
}
