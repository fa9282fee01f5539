using System.Buffers.Binary;
using System.Text;
using BpfVerifier.HeaderIngest.Image;

namespace BpfVerifier.HeaderIngest;

/// <summary>Writes the table that <c>symbols.br</c> holds compressed; docs/abi-json.md describes its form.</summary>
public static class SymbolTable
{
    /// <summary>What the table starts with; the last byte is the version of its form.</summary>
    public static ReadOnlySpan<byte> Magic => "KSYMS\0\0\u0001"u8;

    private const int MaxPrefix = byte.MaxValue;

    /// <summary>The table of symbols, ordered by name and address, each pair once.</summary>
    /// <param name="symbols">Symbols in any order.</param>
    /// <param name="origin">The address others are written relative to.</param>
    public static byte[] Write(IEnumerable<KernelSymbol> symbols, ulong origin)
    {
        (byte[] Name, ulong Address)[] ordered =
        [
            .. symbols.Distinct().OrderBy(s => s.Name, StringComparer.Ordinal).ThenBy(s => s.Address).Select(s => (Encoding.UTF8.GetBytes(s.Name), s.Address)),
        ];
        var prefixes = new byte[ordered.Length];
        using var rests = new MemoryStream();
        byte[] before = [];
        for (int i = 0; i < ordered.Length; i++)
        {
            byte[] name = ordered[i].Name;
            prefixes[i] = (byte)Math.Min(before.AsSpan().CommonPrefixLength(name), MaxPrefix);
            rests.Write(name.AsSpan(prefixes[i]));
            rests.WriteByte(0);
            before = name;
        }
        using var table = new MemoryStream();
        table.Write(Magic);
        Number(table, (ulong)ordered.Length);
        Number(table, (ulong)rests.Length);
        Number(table, origin);
        table.Write(prefixes);
        rests.WriteTo(table);
        // By significance, so that equal bytes stand together.
        for (int shift = 0; shift < 64; shift += 8)
        {
            foreach ((_, ulong address) in ordered)
                table.WriteByte((byte)((address - origin) >> shift));
        }
        return table.ToArray();
    }

    private static void Number(MemoryStream table, ulong value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        table.Write(bytes);
    }
}
