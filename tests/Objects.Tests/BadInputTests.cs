using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using BpfVerifier.Btf;
using Xunit;

namespace BpfVerifier.Objects.Tests;

/// <summary>Whatever is opened, the answer is a result with a message: nothing throws, hangs or takes memory without bound.</summary>
public sealed class BadInputTests
{
    private static readonly KernelRelease s_release = new(6, 12, 117);

    private static ObjectFailure FailureOf(byte[] data, string name = "x.bpf.o")
    {
        ObjectFailure? failure = BpfObject.Open(data, name).Failure;
        Assert.NotNull(failure);
        Assert.NotEqual("", failure.Message);
        return failure;
    }

    // Opens and prepares everything; returns whether it could be opened.
    private static bool Try(ReadOnlyMemory<byte> data)
    {
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        var clock = Stopwatch.StartNew();
        BpfObject opened = BpfObject.Open(data, "x.bpf.o");
        if (opened.Failure is { } failure)
        {
            Assert.NotEqual("", failure.Message);
            Assert.NotEqual(Errno.None, failure.Errno);
        }
        foreach (ObjectProgram program in opened.Programs.Take(8))
        {
            PrepareResult result = opened.Prepare(program.Name, TestFiles.KernelTypes, s_release);
            Assert.True(result.Succeeded || result.Failure.Message.Length > 0);
        }
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - allocated, 0, 64 << 20);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 20);
        return opened.Failure is null;
    }

    [Fact]
    public void Nothing_is_not_an_object() => Assert.Equal(Verdict.Unreadable, FailureOf([]).Verdict);

    [Fact]
    public void Text_is_not_an_object()
    {
        ObjectFailure failure = FailureOf(Encoding.UTF8.GetBytes("int main() { return 0; }\n"));
        Assert.Equal(Verdict.Unreadable, failure.Verdict);
        Assert.Equal("elf: 'x.bpf.o' is not a proper ELF object", failure.Message);
    }

    [Theory]
    [InlineData(62, "(it is for x86-64)")]
    [InlineData(183, "(it is for AArch64)")]
    [InlineData(9999, "(it is for ELF machine 9999)")]
    public void An_object_for_another_machine_is_named(ushort machine, string what)
    {
        byte[] data = TestFiles.Read("maps.bpf.o");
        BinaryPrimitives.WriteUInt16LittleEndian(data.AsSpan(18), machine);
        ObjectFailure failure = FailureOf(data);
        Assert.Equal(Verdict.Unreadable, failure.Verdict);
        Assert.Equal("elf: x.bpf.o is not a valid eBPF object file " + what, failure.Message);
    }

    [Fact]
    public void A_big_endian_object_is_recognised()
    {
        byte[] data = TestFiles.Read("maps.bpf.o");
        data[5] = 2;
        BinaryPrimitives.WriteUInt16BigEndian(data.AsSpan(16), 1);
        BinaryPrimitives.WriteUInt16BigEndian(data.AsSpan(18), 247);
        ObjectFailure failure = FailureOf(data);
        Assert.Equal(LibbpfErrno.Endian, failure.Errno);
        Assert.Equal("object 'x.bpf.o': loading non-native endianness is unsupported", failure.Message);
    }

    [Fact]
    public void A_32_bit_object_is_recognised()
    {
        byte[] data = TestFiles.Read("maps.bpf.o");
        data[4] = 1;
        Assert.Equal("elf: 'x.bpf.o' is not a 64-bit ELF object", FailureOf(data).Message);
    }

    [Fact]
    public void A_missing_file_and_a_directory_are_told_apart()
    {
        string folder = TestFiles.PathOf(".");
        Assert.Contains("directory", BpfObject.Open(folder).Failure!.Message, StringComparison.Ordinal);
        Assert.Equal(Errno.ENOENT, BpfObject.Open(Path.Combine(folder, "no such file")).Failure!.Errno);
        Assert.NotNull(BpfObject.Open("").Failure);
        Assert.NotNull(BpfObject.Open("bad\0name").Failure);
    }

    [Fact]
    public void An_unknown_program_is_named()
    {
        PrepareResult result = BpfObject.Open(TestFiles.PathOf("maps.bpf.o")).Prepare("nobody", TestFiles.KernelTypes, s_release);
        Assert.Equal("object 'maps' has no program 'nobody'", result.Failure!.Message);
    }

    [Fact]
    public void Objects_cut_off_anywhere_are_survived()
    {
        foreach (string file in TestFiles.Objects)
        {
            byte[] data = TestFiles.Read(file);
            for (int length = 0; length < data.Length; length += 64)
                Assert.False(Try(data.AsMemory(0, length)), $"{file} cut at {length} was opened");
        }
    }

    [Fact]
    public void Objects_with_flipped_bytes_are_survived()
    {
        var random = new Random(2);
        int opened = 0, rounds = 0;
        foreach (string file in TestFiles.Objects)
        {
            byte[] good = TestFiles.Read(file);
            for (int round = 0; round < 300; round++, rounds++)
            {
                byte[] data = (byte[])good.Clone();
                for (int flips = random.Next(1, 5); flips > 0; flips--)
                {
                    int place = random.Next(data.Length);
                    data[place] = random.Next(3) switch { 0 => (byte)random.Next(256), 1 => 0xff, _ => (byte)(data[place] ^ 1 << random.Next(8)) };
                }
                opened += Try(data) ? 1 : 0;
            }
        }
        // Both what opens and what does not must have been tried.
        Assert.InRange(opened, rounds / 10, rounds * 9 / 10);
    }

    [Fact]
    public void The_types_of_an_object_may_be_anything()
    {
        // Flips in the type information alone: what is read there steers externs, maps and CO-RE.
        var random = new Random(3);
        foreach (string file in (string[])["core.bpf.o", "maps.bpf.o", "externs.bpf.o", "linking.bpf.o"])
        {
            byte[] good = TestFiles.Read(file);
            int start = good.AsSpan().IndexOf(new byte[] { 0x9f, 0xeb, 1, 0 });
            int length = BinaryPrimitives.ReadInt32LittleEndian(good.AsSpan(start + 12));
            Assert.True(start > 0 && length > 0);
            for (int round = 0; round < 500; round++)
            {
                byte[] data = (byte[])good.Clone();
                for (int flips = random.Next(1, 3); flips > 0; flips--)
                    data[start + 24 + random.Next(length)] = (byte)random.Next(random.Next(2) == 0 ? 40 : 256);
                Try(data);
            }
        }
    }

    // Every name is the tail of the one before: written out they are thousands of times longer than the file.
    private static void AddNestedNames(CraftedElf elf, int type, int section, uint size)
    {
        uint start = elf.Strings(string.Concat(Enumerable.Repeat(new string('a', 4000) + "\0", 8)));
        for (uint i = 0; i < 30_000; i++)
            elf.Symbol(start + i, 0x10 | type, section, i * size, size);
    }

    [Fact]
    public void Names_of_functions_within_each_other_take_no_more_than_the_file()
    {
        var elf = new CraftedElf();
        int code = elf.Section("socket", 1, 6, new byte[30_000 * 8]);
        AddNestedNames(elf, 2, code, 8);
        Assert.Contains("failed to get symbol name", BpfObject.Open(elf.ToArray(), "x").Failure!.Message, StringComparison.Ordinal);
        Assert.False(Try(elf.ToArray()));
    }

    [Fact]
    public void Names_of_variables_within_each_other_take_no_more_than_the_file()
    {
        var btf = new BtfBuilder();
        int variable = btf.AddVar("v", btf.AddInt("int", 4), BtfLinkage.Global);
        btf.AddDataSec(".data", 0, new BtfSectionVariable(variable, 0, 4));
        var elf = new CraftedElf();
        int data = elf.Section(".data", 1, 3, new byte[8]);
        elf.Section(".BTF", 1, 0, btf.ToArray());
        AddNestedNames(elf, 1, data, 4);
        elf.Symbol(elf.Strings("v\0"), 0x11, data, 0, 4);
        Assert.False(Try(elf.ToArray()));
    }

    private static byte[] StructOpsObject(int members, int variables, string name)
    {
        var btf = new BtfBuilder();
        int pointer = btf.AddPtr(btf.AddFuncProto(0));
        int type = btf.AddStruct(BtfKind.Struct, "ops", members * 8, [.. Enumerable.Range(0, members).Select(i => new BtfNewMember("f", pointer, (uint)i * 64))]);
        int variable = btf.AddVar(name, type, BtfLinkage.Global);
        btf.AddDataSec(".struct_ops", (uint)members * 8, [.. Enumerable.Range(0, variables).Select(_ => new BtfSectionVariable(variable, 0, (uint)members * 8))]);
        var elf = new CraftedElf();
        int section = elf.Section(".struct_ops", 1, 3, new byte[members * 8]);
        elf.Section(".BTF", 1, 0, btf.ToArray());
        elf.Symbol(elf.Strings(name + "\0"), 0x11, section, 0, (uint)members * 8);
        return elf.ToArray();
    }

    [Fact]
    public void Many_maps_of_a_struct_of_many_members_take_no_more_than_both() => Assert.True(Try(StructOpsObject(10_000, 10_000, "v")));

    [Fact]
    public void Many_maps_with_one_long_name_are_refused() =>
        Assert.Contains("longer than the object", FailureOf(StructOpsObject(1, 30_000, new string('v', 4000))).Message, StringComparison.Ordinal);

    [Fact]
    public void A_configuration_larger_than_any_is_refused()
    {
        var btf = new BtfBuilder();
        int character = btf.AddInt("char", 1, BtfIntEncoding.Char);
        int variable = btf.AddVar("CONFIG_HUGE", btf.AddArray(character, character, 17 << 20), BtfLinkage.Extern);
        btf.AddDataSec(".kconfig", 0, new BtfSectionVariable(variable, 0, 17 << 20));
        var elf = new CraftedElf();
        elf.Section(".BTF", 1, 0, btf.ToArray());
        elf.Symbol(elf.Strings("CONFIG_HUGE\0"), 0x10, 0, 0, 0);
        Assert.Equal("failed to alloc map '.kconfig' content buffer: -ENOMEM", FailureOf(elf.ToArray()).Message);
    }
}
