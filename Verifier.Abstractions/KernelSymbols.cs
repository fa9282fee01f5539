using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.IO.Compression;
using System.Text;

namespace BpfVerifier;

/// <summary>Names and addresses of a kernel's symbols, as /proc/kallsyms shows them to root on a kernel without address randomization.</summary>
/// <remarks>Thread-safe. Made with <see cref="Load"/> it reads its table when it is first asked, which takes some ten milliseconds and megabytes.</remarks>
public sealed class KernelSymbols
{
    // Bounds far above any kernel's table (6.18: 176,147 symbols), so that a damaged one takes no memory.
    private const int MaxSymbols = 1 << 22, MaxTable = 1 << 28;
    private const int HeaderSize = 32, AddressBytes = 8;

    private readonly Lazy<Table> _table;

    private KernelSymbols(Func<Table> table) => _table = new Lazy<Table>(table);

    /// <summary>Names in the order of their bytes, one after another in <see cref="Text"/>; name i ends where the next begins.</summary>
    private sealed record Table(byte[] Text, int[] Starts, ulong[] Addresses)
    {
        public int Count => Addresses.Length;

        public ReadOnlySpan<byte> Name(int index) => Text.AsSpan(Starts[index]..Starts[index + 1]);

        /// <summary>Index of the first symbol called so, or a negative number.</summary>
        public int Find(ReadOnlySpan<byte> name)
        {
            int low = 0, high = Count;
            while (low < high)
            {
                int middle = (low + high) >>> 1;
                if (Name(middle).SequenceCompareTo(name) < 0)
                    low = middle + 1;
                else
                    high = middle;
            }
            return low < Count && Name(low).SequenceEqual(name) ? low : -1;
        }
    }

    /// <summary>Number of symbols; those that share name and address count once.</summary>
    /// <exception cref="InvalidDataException">The table given to <see cref="Load"/> is damaged.</exception>
    public int Count => _table.Value.Count;

    /// <summary>The lowest address of the symbols called <paramref name="name"/>.</summary>
    /// <exception cref="InvalidDataException">The table given to <see cref="Load"/> is damaged.</exception>
    public bool TryGetAddress(string name, out ulong address)
    {
        Table table = _table.Value;
        int index = table.Find(Encoding.UTF8.GetBytes(name));
        address = index < 0 ? 0 : table.Addresses[index];
        return index >= 0;
    }

    /// <summary>All addresses of the symbols called <paramref name="name"/>, ascending; static functions of several files may share a name.</summary>
    /// <exception cref="InvalidDataException">The table given to <see cref="Load"/> is damaged.</exception>
    public IReadOnlyList<ulong> Addresses(string name)
    {
        Table table = _table.Value;
        byte[] bytes = Encoding.UTF8.GetBytes(name);
        int first = table.Find(bytes);
        if (first < 0)
            return [];
        int end = first + 1;
        while (end < table.Count && table.Name(end).SequenceEqual(bytes))
            end++;
        return table.Addresses[first..end];
    }

    /// <summary>Symbols from a compressed table (kernel-headers/RELEASE/symbols.br), read when they are first asked for.</summary>
    /// <param name="open">Opens the table; called once.</param>
    public static KernelSymbols Load(Func<Stream> open) => new(() =>
    {
        using Stream packed = open();
        return Read(Unpack(packed), out Table? table, out string error) ? table : throw new InvalidDataException(error);
    });

    /// <summary>Symbols from a table that is not compressed; docs/abi-json.md describes its form.</summary>
    /// <param name="data">The table.</param>
    /// <param name="symbols">The symbols.</param>
    /// <param name="error">What is wrong with the table.</param>
    public static bool TryParse(ReadOnlySpan<byte> data, [NotNullWhen(true)] out KernelSymbols? symbols, out string error)
    {
        symbols = Read(data, out Table? table, out error) ? new KernelSymbols(() => table) : null;
        return symbols is not null;
    }

    /// <summary>Symbols from names and addresses in any order; what is given twice counts once.</summary>
    public static KernelSymbols From(IEnumerable<(string Name, ulong Address)> symbols)
    {
        ArgumentNullException.ThrowIfNull(symbols);
        List<(byte[] Name, ulong Address)> all = [.. symbols.Select(s => (Encoding.UTF8.GetBytes(s.Name), s.Address))];
        all.Sort(Compare);
        var text = new MemoryStream();
        var starts = new List<int> { 0 };
        var addresses = new List<ulong>();
        for (int i = 0; i < all.Count; i++)
        {
            if (i > 0 && Compare(all[i - 1], all[i]) == 0)
                continue;
            text.Write(all[i].Name);
            starts.Add((int)text.Length);
            addresses.Add(all[i].Address);
        }
        var table = new Table(text.ToArray(), [.. starts], [.. addresses]);
        return new KernelSymbols(() => table);

        static int Compare((byte[] Name, ulong Address) left, (byte[] Name, ulong Address) right) =>
            left.Name.AsSpan().SequenceCompareTo(right.Name) is var order and not 0 ? order : left.Address.CompareTo(right.Address);
    }

    private static byte[] Unpack(Stream packed)
    {
        using var brotli = new BrotliStream(packed, CompressionMode.Decompress);
        using var unpacked = new MemoryStream();
        var buffer = new byte[1 << 16];
        while (brotli.Read(buffer) is > 0 and int got)
        {
            if (unpacked.Length + got > MaxTable)
                throw new InvalidDataException("the table of symbols is larger than any kernel's");
            unpacked.Write(buffer, 0, got);
        }
        return unpacked.ToArray();
    }

    private static bool Read(ReadOnlySpan<byte> data, [NotNullWhen(true)] out Table? table, out string error)
    {
        table = null;
        if (data.Length < HeaderSize || !data.StartsWith("KSYMS\0\0\u0001"u8))
            return Fail("not a table of symbols", out error);
        ulong count = BinaryPrimitives.ReadUInt64LittleEndian(data[8..]), restSize = BinaryPrimitives.ReadUInt64LittleEndian(data[16..]);
        ulong origin = BinaryPrimitives.ReadUInt64LittleEndian(data[24..]);
        if (count > MaxSymbols || restSize > MaxTable || (ulong)data.Length != HeaderSize + count * (1 + AddressBytes) + restSize)
            return Fail("the table of symbols is not as long as it says", out error);
        int symbols = (int)count;
        ReadOnlySpan<byte> prefixes = data.Slice(HeaderSize, symbols);
        if (!ReadNames(prefixes, data.Slice(HeaderSize + symbols, (int)restSize), out byte[] text, out int[] starts))
            return Fail("the names of the table of symbols are damaged", out error);

        ReadOnlySpan<byte> planes = data[(HeaderSize + symbols + (int)restSize)..];
        var addresses = new ulong[symbols];
        for (int i = 0; i < symbols; i++)
        {
            ulong offset = 0;
            for (int plane = 0; plane < AddressBytes; plane++)
                offset |= (ulong)planes[plane * symbols + i] << (8 * plane);
            addresses[i] = origin + offset;
        }
        var read = new Table(text, starts, addresses);
        for (int i = 1; i < symbols; i++)
        {
            int order = read.Name(i - 1).SequenceCompareTo(read.Name(i));
            if (order > 0 || (order == 0 && addresses[i - 1] >= addresses[i]))
                return Fail("the table of symbols is out of order", out error);
        }
        table = read;
        error = "";
        return true;
    }

    /// <summary>Puts names together from what each shares with the one before and its own rest.</summary>
    private static bool ReadNames(ReadOnlySpan<byte> prefixes, ReadOnlySpan<byte> rests, out byte[] text, out int[] starts)
    {
        text = [];
        starts = new int[prefixes.Length + 1];
        long size = rests.Length;
        foreach (byte prefix in prefixes)
            size += prefix;
        if (size - prefixes.Length is < 0 or > MaxTable)
            return false;
        text = new byte[size - prefixes.Length];
        int at = 0, start = 0, before = 0;
        for (int i = 0; i < prefixes.Length; i++)
        {
            int length = rests[at..].IndexOf((byte)0);
            if (length < 0 || prefixes[i] > start - before || prefixes[i] + length > text.Length - start)
                return false;
            text.AsSpan(before, prefixes[i]).CopyTo(text.AsSpan(start));
            rests.Slice(at, length).CopyTo(text.AsSpan(start + prefixes[i]));
            at += length + 1;
            (before, start) = (start, start + prefixes[i] + length);
            starts[i + 1] = start;
        }
        return at == rests.Length;
    }

    private static bool Fail(string reason, out string error)
    {
        error = reason;
        return false;
    }
}
