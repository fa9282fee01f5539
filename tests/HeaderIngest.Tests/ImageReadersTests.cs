using BpfVerifier.Btf;
using BpfVerifier.HeaderIngest.Emulation;
using BpfVerifier.HeaderIngest.Image;

namespace BpfVerifier.HeaderIngest.Tests;

/// <summary>Symbols by address, layouts of structures, names of numbers, callers in machine code.</summary>
public class ImageReadersTests
{
    [Fact]
    public void Symbols_are_found_by_name_and_by_address()
    {
        var index = new SymbolIndex([new("b", 32), new("a", 16), new("a2", 16), new("b", 48), new("last", 64)]);
        Assert.Equal([32, 48], index.AddressesOf("b"));
        Assert.Empty(index.AddressesOf("none"));
        Assert.Equal(["a", "a2"], index.NamesAt(16));
        Assert.Null(index.NameAt(17));
        Assert.Equal("a2", index.Near(31)?.Name);
        Assert.Null(index.Near(15));
        Assert.Equal("last", index.Near(ulong.MaxValue)?.Name);
        Assert.Equal(32ul, index.Next(16));
        Assert.Null(index.Next(64));
        Assert.Equal("b+0x1", index.Describe(33));
        Assert.Equal("0x3", index.Describe(3));
    }

    [Fact]
    public void Members_of_anonymous_members_and_bits_are_read_and_written()
    {
        var builder = new BtfBuilder();
        int number = builder.AddInt("unsigned int", 4), small = builder.AddInt("unsigned char", 1);
        int inner = builder.AddStruct(BtfKind.Union, "", 4, new BtfNewMember("low", small, 0), new BtfNewMember("whole", number, 0));
        builder.AddStruct(BtfKind.Struct, "s", 12, new BtfNewMember("first", number, 0, 3), new BtfNewMember("second", number, 3, 7), new BtfNewMember("", inner, 32), new BtfNewMember("last", number, 64));
        RecordLayout layout = RecordLayout.Find(builder.Build(), "s")!;
        byte[] bytes = new byte[layout.Size];
        RecordLayout.Write(bytes, layout["first"], 5);
        RecordLayout.Write(bytes, layout["second"], 0x55);
        RecordLayout.Write(bytes, layout["whole"], 0x01020304);
        RecordLayout.Write(bytes, layout["last"], uint.MaxValue);
        Assert.Equal([0xad, 2, 0, 0, 4, 3, 2, 1, 0xff, 0xff, 0xff, 0xff], bytes);
        Assert.Equal([5ul, 0x55ul, 4ul, 0x01020304ul, uint.MaxValue], ((string[])["first", "second", "low", "whole", "last"]).Select(m => RecordLayout.Read(bytes, layout[m])));
        RecordLayout.Write(bytes, layout["second"], 0);
        Assert.Equal(5ul, RecordLayout.Read(bytes, layout["first"]));
        Assert.Equal(0ul, RecordLayout.Read(bytes.AsSpan(0, 4), layout["last"]));
        Assert.Contains("struct s of the kernel has no member none", Assert.Throws<IngestException>(() => layout["none"]).Message, StringComparison.Ordinal);
        Assert.Null(RecordLayout.Find(BtfTypes.Empty, "s"));
        Assert.Contains("no struct s", Assert.Throws<IngestException>(() => RecordLayout.Require(BtfTypes.Empty, "s", "x")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Types_that_hold_themselves_many_times_end_with_an_error()
    {
        var builder = new BtfBuilder();
        int id = builder.NextId;
        builder.AddStruct(BtfKind.Struct, "s", 8, [.. Enumerable.Range(0, 50).Select(_ => new BtfNewMember("", id + 1, 0))]);
        builder.AddStruct(BtfKind.Struct, "", 8, [.. Enumerable.Range(0, 50).Select(_ => new BtfNewMember("", id + 1, 0))]);
        BtfTypes types = builder.Build();
        Assert.Contains("more than 65536 members", Assert.Throws<IngestException>(() => RecordLayout.Find(types, "s")).Message, StringComparison.Ordinal);
        Assert.Contains("more than 65536 members", Assert.Throws<InvalidDataException>(() => new BtfSymbols(types).Struct(id)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Numbers_get_their_own_name_or_those_of_their_parts()
    {
        var names = new EnumNames(
            [new("NONE", 0), new("KIND_A", 1), new("KIND_A_LONG", 1), new("KIND_B", 2), new("B_OR_NULL", 258), new("__MAX", 3)],
            [new("MAYBE_NULL", 256), new("LOCKED", 512), new("__LAST", 512), new("BASE", 1)]);
        Assert.Equal(["NONE", "KIND_A_LONG", "KIND_B", "B_OR_NULL", "KIND_A|MAYBE_NULL", "KIND_B|MAYBE_NULL|LOCKED", "?9", "KIND_A|0x400"],
            ((ulong[])[0, 1, 2, 258, 257, 770, 9, 1025]).Select(names.Name));
        Assert.Equal([true, false], ((ulong[])[258, 3]).Select(names.HasKind));
    }

    [Fact]
    public void Flags_of_kfuncs_have_names_or_are_refused()
    {
        Assert.Equal(["ACQUIRE", "RET_NULL", "PERFMON"], KfuncFlags.Names(1 | 4 | 1 << 18, "k"));
        Assert.Equal(32u, KfuncFlags.All["KF_SLEEPABLE"]);
        Assert.Contains("kfunc k has flag bit 31", Assert.Throws<IngestException>(() => KfuncFlags.Names(1u << 31, "k")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Calls_and_jumps_to_a_function_are_found_in_code()
    {
        static byte[] To(byte opcode, int distance) => [0x90, opcode, .. BitConverter.GetBytes(distance), 0xc3];
        var kernel = new SyntheticKernel();
        ulong target = kernel.Function("target");
        ulong calls = kernel.Function("calls", To(0xe8, -16 - 6)), jumps = kernel.Function("jumps", To(0xe9, -32 - 6));
        kernel.Function("elsewhere", To(0xe8, 100));
        kernel.Constant("no_code", To(0xe8, -16 - 6));
        Assert.Equal([(calls, calls + 1), (jumps, jumps + 1)], StartCalls.Callers(kernel.Build(), target).Select(c => (c.Function, Assert.Single(c.Sites))));
    }

    [Fact]
    public void Constants_are_settled_and_variables_are_not_unless_they_do_not_matter()
    {
        var kernel = new SyntheticKernel();
        ulong constant = kernel.Constant("constant", new byte[8]);
        kernel.Constant("__start_ro_after_init", new byte[8]);
        ulong late = kernel.Constant("set_at_start", new byte[8]);
        kernel.Constant("__end_ro_after_init", new byte[8]);
        ulong variable = kernel.Variable("variable", new byte[8]), queue = kernel.Variable("system_wq", new byte[8]);
        KernelFile file = kernel.Build();
        Assert.Equal([true, false, false, true], ((ulong[])[constant, late, variable, queue]).Select(a => KernelVariables.IsSettled(file, a)));
    }
}
