using System.Buffers.Binary;
using System.Text;
using BpfVerifier.HeaderIngest.Image;

namespace BpfVerifier.HeaderIngest.Tests;

/// <summary>The kernel's own symbol table in each of its layouts, in kernels small enough to make here.</summary>
public class KallsymsTests
{
    private const ulong Base = 0xffffffff81000000;

    /// <summary>How a release lays its table out.</summary>
    public enum Layout
    {
        /// <summary>Offsets from a base before the names (to 6.0).</summary>
        Before,
        /// <summary>The same, absolute for per-CPU symbols, and the order of names before the tokens (6.1 of stable).</summary>
        BeforeSigned,
        /// <summary>Behind the token index, absolute for per-CPU symbols (6.12).</summary>
        BehindSigned,
        /// <summary>Behind the token index (6.16).</summary>
        Behind,
        /// <summary>Relative to the entry's own place (7.0).</summary>
        PlaceRelative,
    }

    public static TheoryData<Layout> Layouts => [.. Enum.GetValues<Layout>()];

    // More than two markers' worth; every character of a name is a token of its own, "bpf_" one more.
    private static readonly KernelSymbol[] s_symbols =
    [
        new("_text", Base), .. Enumerable.Range(1, 700).Select(i => new KernelSymbol($"bpf_symbol_{i}", Base + (ulong)i * 16)),
        new(new string('l', 200), Base + 0x100000),
    ];

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Every_layout_is_told_from_the_others(Layout layout)
    {
        byte[] kernel = Kernel(layout);
        Assert.Equal(s_symbols, Kallsyms.Read(kernel, new ElfMemory(kernel, "x"), "x"));
    }

    [Fact]
    public void What_is_not_negative_is_no_offset_where_per_CPU_symbols_are_absolute()
    {
        KernelSymbol[] symbols = [new("cpu_number", 0x1234), .. s_symbols];
        foreach (Layout layout in (Layout[])[Layout.BeforeSigned, Layout.BehindSigned])
        {
            byte[] kernel = Kernel(layout, symbols);
            Assert.Equal(symbols, Kallsyms.Read(kernel, new ElfMemory(kernel, "x"), "x"));
        }
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void A_table_cut_anywhere_is_refused(Layout layout)
    {
        byte[] kernel = Kernel(layout);
        ReadOnlyMemory<byte> text = ElfSections.Find(kernel, ".text", "x");
        // Nothing ends the table: what is left of the last addresses may be read from what follows them.
        for (int length = 0; length < text.Length - s_symbols.Length * sizeof(int) - 64; length += 61)
        {
            byte[] cut = Images.Loaded(text[..length].ToArray(), Base);
            Assert.Throws<IngestException>(() => Kallsyms.Read(cut, new ElfMemory(cut, "x"), "x"));
        }
    }

    [Fact]
    public void A_damaged_table_is_refused_or_read()
    {
        byte[] kernel = Kernel(Layout.BehindSigned);
        int refused = 0;
        for (int at = 96; at < kernel.Length; at += 17)
        {
            byte[] damaged = [.. kernel];
            damaged[at] ^= 0xff;
            try
            {
                Assert.True(Kallsyms.Read(damaged, new ElfMemory(damaged, "x"), "x").Count <= damaged.Length);
            }
            catch (IngestException)
            {
                refused++;
            }
        }
        Assert.NotEqual(0, refused);
    }

    [Fact]
    public void Memory_is_what_the_file_has()
    {
        byte[] kernel = Images.Loaded([1, 2, 3, 4, 5, 6, 7, 8, 0], Base);
        var memory = new ElfMemory(kernel, "x");
        ulong text = ElfSections.AddressOf(kernel, ".text", "x");
        Assert.Equal(Base, text);
        Assert.True(memory.TryReadUInt64(text, out ulong value));
        Assert.Equal(0x0807060504030201u, value);
        Assert.Equal("\u0005\u0006\u0007\u0008", memory.ReadText(text + 4, 10));
        Assert.Null(memory.ReadText(text + 4, 2));
        Assert.False(memory.TryRead(0, 1, out _));
        Assert.False(memory.TryReadUInt32(ulong.MaxValue - 1, out _));
        Assert.False(memory.TryRead(text, kernel.Length + 1, out _));
        for (int length = 0; length < kernel.Length; length++)
            Assert.Throws<IngestException>(() => new ElfMemory(kernel.AsMemory(0, length), "x"));
    }

    private static byte[] Kernel(Layout layout) => Kernel(layout, s_symbols);

    private static byte[] Kernel(Layout layout, KernelSymbol[] symbols)
    {
        bool before = layout is Layout.Before or Layout.BeforeSigned, signed = layout is Layout.BeforeSigned or Layout.BehindSigned;
        var table = new MemoryStream();
        // Something that is not part of it.
        table.Write(Encoding.ASCII.GetBytes("a kernel's code: 0\01\02\0 and not more of the digits\0\0\0\0\0\0"));
        Align(table, 8);
        if (before)
            Addresses(table, symbols, signed);
        Number(table, symbols.Length);
        if (layout != Layout.PlaceRelative)
            Align(table, 8);
        var markers = new List<int>();
        long start = table.Length;
        for (int i = 0; i < symbols.Length; i++)
        {
            if (i % 256 == 0)
                markers.Add((int)(table.Length - start));
            byte[] name = Encoding.ASCII.GetBytes("T" + symbols[i].Name);
            if (Encoding.ASCII.GetString(name).StartsWith("Tbpf_", StringComparison.Ordinal))
                name = [(byte)'T', 1, .. name[5..]];
            if (name.Length >= 128)
                table.WriteByte((byte)(name.Length & 0x7f | 0x80));
            table.WriteByte((byte)(name.Length >= 128 ? name.Length >> 7 : name.Length));
            table.Write(name);
        }
        Align(table, 8);
        foreach (int marker in markers)
            Number(table, marker);
        Align(table, 8);
        if (layout == Layout.BeforeSigned)
        {
            table.Write([.. symbols.SelectMany((_, i) => (byte[])[(byte)(i >> 16), (byte)(i >> 8), (byte)i])]);
            Align(table, 8);
        }
        start = table.Length;
        var tokens = new List<int>();
        for (int i = 0; i < 256; i++)
        {
            tokens.Add((int)(table.Length - start));
            table.Write(i == 1 ? "bpf_\0"u8 : [(byte)(i is < 32 or > 126 ? '?' : i), 0]);
        }
        Align(table, 8);
        foreach (int token in tokens)
            table.Write([(byte)token, (byte)(token >> 8)]);
        if (layout == Layout.PlaceRelative)
        {
            ulong place = Base + (ulong)table.Length;
            for (int i = 0; i < symbols.Length; i++)
                Number(table, (int)(symbols[i].Address - (place + (ulong)i * 4)));
        }
        else if (!before)
        {
            Addresses(table, symbols, signed);
        }
        table.Write(new byte[16]);
        return Images.Loaded(table.ToArray(), Base);
    }

    private static void Addresses(MemoryStream table, KernelSymbol[] symbols, bool signed)
    {
        foreach (KernelSymbol symbol in symbols)
            Number(table, signed ? symbol.Address < Base ? (int)symbol.Address : (int)(Base - 1 - symbol.Address) : (int)(symbol.Address - Base));
        Align(table, 8);
        Span<byte> origin = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(origin, Base);
        table.Write(origin);
    }

    private static void Number(MemoryStream table, int value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        table.Write(bytes);
    }

    private static void Align(MemoryStream table, int alignment)
    {
        while (table.Length % alignment != 0)
            table.WriteByte(0);
    }
}
