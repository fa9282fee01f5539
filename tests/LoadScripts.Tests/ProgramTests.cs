using System.Buffers.Binary;

namespace BpfVerifier.LoadScripts.Tests;

/// <summary>The program a script loads into a kernel.</summary>
public sealed class ProgramTests
{
    private const int MapFd = 1, MapValue = 2, BtfId = 3, KfuncCall = 2;

    [Fact]
    public void Names_become_the_ids_of_the_kernels_types()
    {
        BpfProgram program = Make(
            """
            prog type=26 attach_type=24 flags=16 license=none attach=typedef:trace
            insns 8500000000000000180100000000000000000000000000009500000000000000
            kfunc 0 acquire
            ksym 1 queue
            """);

        Assert.Equal((KfuncCall, SmallTypes.Acquire), Source(program, 0));
        Assert.Equal((BtfId, SmallTypes.Variable), Source(program, 1));
        Assert.Equal((SmallTypes.Trace, "typedef:trace"), (program.AttachBtfId, program.AttachTargetName));
        Assert.Equal(((ProgramType)26, (AttachType)24, 16u, "none"), (program.Type, program.ExpectedAttachType, program.Flags, program.License));
    }

    [Theory]
    [InlineData("func:acquire", SmallTypes.Acquire)]
    [InlineData("acquire", SmallTypes.Acquire)]
    [InlineData("struct:task", SmallTypes.Task)]
    [InlineData("var:queue", SmallTypes.Variable)]
    public void Attach_target_has_a_kind_and_is_a_function_without_one(string target, int id) =>
        Assert.Equal(id, Make($"prog type=26 attach={target}\ninsns 9500000000000000").AttachBtfId);

    [Theory]
    [InlineData("prog type=26 attach=func:task", "the kernel has no type task")]
    [InlineData("prog type=26 attach=release", "the kernel has no type release")]
    [InlineData("kfunc 0 queue", "the kernel has no type queue")]
    [InlineData("ksym 0 acquire", "the kernel has no type acquire")]
    [InlineData("mapfd 0 0", "no map 0")]
    [InlineData("btf 00", "BPF_BTF_LOAD failed")]
    [InlineData("map type=2\nmapfd 9 0", "no map 0")]
    [InlineData("kfunc 9 acquire", "the kernel has no type acquire")]
    public void What_the_kernel_has_not_is_the_problem(string lines, string expected)
    {
        LoadScript script = Read("insns 18000000000000000000000000000000\n" + lines);

        Assert.False(ScriptProgram.TryMake(script, SmallTypes.Kernel(), out BpfProgram? program, out string problem));
        Assert.Null(program);
        Assert.Equal(expected, problem);
    }

    [Fact]
    public void Map_loads_refer_to_maps_by_index_and_made_up_descriptors_to_none()
    {
        BpfProgram program = Make(
            """
            map type=1 key=8 value=16 max=3 name=pairs flags=1
            map type=2 key=4 value=4 max=1 init=0a000000 freeze=1
            map type=12 key=4 value=4 max=1 inner=1
            prog type=1
            insns 1801000000000000000000000000000018020000000000000000000004000000181300000700000000000000000000009500000000000000
            mapfd 0 2
            mapfd 2 1 value
            """);

        Assert.Equal((MapFd, 2), Source(program, 0));
        Assert.Equal((MapValue, 1), Source(program, 2));
        Assert.Equal((MapFd, ~7), Source(program, 4));
        Assert.Equal(("pairs", (MapType)1, 8u, 16u, 3u, 1u), (program.Maps[0].Name, program.Maps[0].Type, program.Maps[0].KeySize, program.Maps[0].ValueSize, program.Maps[0].MaxEntries, program.Maps[0].Flags));
        Assert.Equal(("", true, 4), (program.Maps[1].Name, program.Maps[1].Frozen, program.Maps[1].InitialValue.Length));
        Assert.Same(program.Maps[1], program.Maps[2].Inner);
    }

    [Fact]
    public void Types_and_debug_records_go_with_the_program()
    {
        string types = Convert.ToHexStringLower(SmallTypes.Bytes());
        BpfProgram program = Make(
            $"""
            btf {types}
            map type=2 key=4 value=4 max=1 btf_key=1 btf_value=2
            prog type=1
            insns 9500000000000000
            func_info 12 010000000200000000000000
            line_info 16 01000000020000000300000004000000
            """);

        Assert.Equal(SmallTypes.Task, program.Btf!.Find("task"));
        Assert.Equal((1, SmallTypes.Task), (program.Maps[0].KeyTypeId, program.Maps[0].ValueTypeId));
        Assert.NotNull(program.Maps[0].Btf);
        Assert.Equal([new FuncInfo(1, 2)], program.FuncInfos);
        Assert.Equal([new LineInfo(1, 2, 3, 4)], program.LineInfos);
    }

    private static LoadScript Read(string lines) => Assert.Single(LoadScriptText.Read($"case test\n{lines}\nend\n"));

    private static BpfProgram Make(string lines)
    {
        Assert.True(ScriptProgram.TryMake(Read(lines), SmallTypes.Kernel(), out BpfProgram? program, out string problem), problem);
        return program;
    }

    /// <summary>Source register and immediate of an instruction.</summary>
    private static (int Register, int Immediate) Source(BpfProgram program, int index)
    {
        ReadOnlySpan<byte> insn = program.Instructions.Span.Slice(index * 8, 8);
        return (insn[1] >> 4, BinaryPrimitives.ReadInt32LittleEndian(insn[4..]));
    }
}
