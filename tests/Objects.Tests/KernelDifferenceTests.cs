using BpfVerifier.Btf;
using Xunit;

namespace BpfVerifier.Objects.Tests;

/// <summary>What depends on the kernel a program is prepared for.</summary>
public sealed class KernelDifferenceTests
{
    private static readonly KernelRelease s_new = new(6, 12, 117), s_old = new(5, 10, 200);

    private static BpfObject Open(string name) => BpfObject.Open(TestFiles.Read(name), name);

    private static BtfTypes KernelWith(Action<BtfBuilder> add)
    {
        BtfBuilder kernel = BtfBuilder.From(TestFiles.KernelTypes);
        add(kernel);
        return kernel.Build();
    }

    [Fact]
    public void A_map_type_the_kernel_does_not_list_is_unsupported()
    {
        BtfTypes kernel = KernelWith(b => b.AddEnum("bpf_map_type", 4, false, ("BPF_MAP_TYPE_HASH", 1), ("BPF_MAP_TYPE_ARRAY", 2)));
        BpfObject maps = Open("maps.bpf.o");
        string first = maps.Maps.First(m => m.Type is not (MapType.Hash or MapType.Array)).Name;
        ObjectFailure failure = maps.Prepare("target", kernel, s_new).Failure!;
        Assert.Equal(Verdict.Unsupported, failure.Verdict);
        Assert.Equal($"map '{first}': failed to create: -EINVAL", failure.Message);
    }

    [Fact]
    public void An_attach_target_is_found_under_the_kernels_name_for_it()
    {
        int id = 0;
        BtfTypes kernel = KernelWith(b => id = b.AddTypedef("btf_trace_x", b.AddPtr(0)));
        PrepareResult result = Open("core.bpf.o").Prepare("direct_unused", kernel, s_new);
        Assert.True(result.Succeeded, result.Failure?.Message);
        Assert.Equal(id, result.Program.AttachBtfId);
        Assert.Equal("x", result.Program.AttachTargetName);
    }

    [Fact]
    public void A_kfunc_is_called_by_its_id_when_the_kernel_has_it()
    {
        int id = 0;
        BtfTypes kernel = KernelWith(b => id = b.AddFunc("no_such_kfunc_at_all", b.AddFuncProto(0, ("x", b.AddInt("int", 4, BtfIntEncoding.Signed))), BtfLinkage.Global));
        PrepareResult result = Open("externs.bpf.o").Prepare("unguarded", kernel, s_new);
        Assert.True(result.Succeeded, result.Failure?.Message);
        Assert.Empty(result.InvalidInstructions);
        ReadOnlySpan<byte> call = result.Program.Instructions.Span.Slice(8, 8);
        Assert.Equal([0x85, 0x20, 0, 0], call[..4].ToArray());
        Assert.Equal(id, BitConverter.ToInt32(call[4..]));
    }

    [Fact]
    public void A_kfunc_with_another_prototype_is_not_the_one_meant()
    {
        BtfTypes kernel = KernelWith(b => b.AddFunc("no_such_kfunc_at_all", b.AddFuncProto(0, ("x", b.AddPtr(0))), BtfLinkage.Global));
        Assert.Single(Open("externs.bpf.o").Prepare("unguarded", kernel, s_new).InvalidInstructions);
    }

    [Fact]
    public void The_kernel_version_is_the_profiles()
    {
        PrepareResult result = Open("externs.bpf.o").Prepare("versions", TestFiles.KernelTypes, s_new);
        Assert.True(result.Succeeded, result.Failure?.Message);
        BpfMap config = Assert.Single(result.Program.Maps, m => m.Name == "externs.kconfig");
        Assert.True(config.Frozen);
        // The variables are laid out by alignment: eight bytes, four, then the truth values.
        Assert.Equal(0, BitConverter.ToInt64(config.InitialValue.Span));
        Assert.Equal(6 << 16 | 12 << 8 | 117, BitConverter.ToInt32(config.InitialValue.Span[8..]));
    }

    [Fact]
    public void Types_an_old_kernel_does_not_know_are_replaced()
    {
        BpfObject linking = Open("linking.bpf.o");
        BtfTypes now = linking.Prepare("one", TestFiles.KernelTypes, s_new).Program!.Btf!;
        BtfTypes before = linking.Prepare("one", TestFiles.KernelTypes, s_old).Program!.Btf!;
        Assert.Equal(now.Count, before.Count);
        Assert.DoesNotContain(Enumerable.Range(1, before.Count - 1), id => before[id].Kind is BtfKind.DeclTag or BtfKind.TypeTag or BtfKind.Float or BtfKind.Enum64);
        Assert.Same(now, linking.Prepare("two", TestFiles.KernelTypes, s_new).Program!.Btf);
    }

    [Fact]
    public void A_hidden_global_function_is_static_to_the_kernel()
    {
        BpfObject linking = Open("linking.bpf.o");
        BtfTypes types = linking.Prepare("one", TestFiles.KernelTypes, s_new).Program!.Btf!;
        Assert.Equal(BtfLinkage.Static, types[types.Find("hidden_sub", BtfKind.Func)].Linkage);
        Assert.Equal(BtfLinkage.Global, types[types.Find("global_sub", BtfKind.Func)].Linkage);
    }

    [Fact]
    public void Unknown_attributes_of_maps_can_be_let_pass()
    {
        PrepareResult strict = Open("unknown_attribute.bpf.o").Prepare("prog", TestFiles.KernelTypes, s_new);
        Assert.Equal(Verdict.LoadFailed, strict.Failure!.Verdict);
        BpfObject relaxed = BpfObject.Open(TestFiles.Read("unknown_attribute.bpf.o"), "x", new ObjectOptions { RelaxedMaps = true });
        Assert.True(relaxed.Prepare("prog", TestFiles.KernelTypes, s_new).Succeeded);
    }

    [Fact]
    public void Without_the_kernels_configuration_its_variables_have_no_value()
    {
        ObjectFailure failure = Open("config.bpf.o").Prepare("configuration", TestFiles.KernelTypes, s_new).Failure!;
        Assert.Equal(Verdict.LoadFailed, failure.Verdict);
        Assert.Equal("failed to open system Kconfig", failure.Message);
    }

    [Theory]
    [InlineData("CONFIG_BOOL=m", "error parsing system Kconfig line 'CONFIG_BOOL=m': -EINVAL")]
    [InlineData("CONFIG_BYTE=300", "error parsing system Kconfig line 'CONFIG_BYTE=300': -ERANGE")]
    [InlineData("CONFIG_TEXT=4", "error parsing system Kconfig line 'CONFIG_TEXT=4': -EINVAL")]
    [InlineData("CONFIG_BOOL=", "failed to parse 'CONFIG_BOOL=': no value")]
    [InlineData("CONFIG_BOOL", "failed to parse 'CONFIG_BOOL': no separator")]
    [InlineData("CONFIG_BOOL=y", "extern 'CONFIG_WIDE' (strong): not resolved")]
    public void A_configuration_that_does_not_fit_fails(string line, string message)
    {
        var options = new ObjectOptions { Kconfig = line };
        ObjectFailure failure = Open("config.bpf.o").Prepare("configuration", TestFiles.KernelTypes, s_new, options).Failure!;
        Assert.Equal(message, failure.Message);
    }

    [Fact]
    public void A_replacement_needs_the_program_it_replaces_a_function_of()
    {
        BpfObject sections = Open("sections.bpf.o");
        string name = sections.Programs.First(p => p.Type == ProgramType.Ext && p.AttachTarget is not null).Name;
        Assert.Equal($"prog '{name}': attach program FD is not set", sections.Prepare(name, TestFiles.KernelTypes, s_new).Failure!.Message);
        BpfProgram target = Open("linking.bpf.o").Prepare("one", TestFiles.KernelTypes, s_new).Program!;
        var options = new ObjectOptions { AttachProgram = target };
        Assert.Equal("what/ever is not found in prog's BTF", sections.Prepare(name, TestFiles.KernelTypes, s_new, options).Failure!.Message);
        BpfProgram? replacement = sections.Prepare(name, TestFiles.KernelTypes, s_new, options with { AttachTarget = "global_sub" }).Program;
        Assert.NotNull(replacement);
        Assert.Same(target, replacement.AttachProgram);
        Assert.Equal(target.Btf!.Find("global_sub", BtfKind.Func), replacement.AttachBtfId);
    }

    [Fact]
    public void The_object_attached_to_is_prepared_for_the_same_kernel()
    {
        BpfObject sections = Open("sections.bpf.o");
        string name = sections.Programs.First(p => p.Type == ProgramType.Ext && p.AttachTarget is not null).Name;
        var options = new ObjectOptions { AttachObject = Open("linking.bpf.o"), AttachTarget = "global_sub" };
        BpfProgram replacement = sections.Prepare(name, TestFiles.KernelTypes, s_new, options).Program!;
        Assert.Equal("one", replacement.AttachProgram!.Name);
        Assert.Contains(replacement.AttachProgram.FuncInfos, f => f.TypeId == replacement.AttachBtfId);
        Assert.Equal("attach target linking.bpf.o: object 'linking' has no program 'none'",
            sections.Prepare(name, TestFiles.KernelTypes, s_new, options with { AttachObjectProgram = "none" }).Failure!.Message);
        BpfProgram other = sections.Prepare(sections.Programs.First(p => p.SectionName == "xdp").Name, TestFiles.KernelTypes, s_new, options).Program!;
        Assert.Null(other.AttachProgram);
    }

    [Theory]
    [InlineData(6, 1, 192, AttachType.CgroupInetIngress)]
    [InlineData(6, 6, 32, AttachType.CgroupInetIngress)]
    [InlineData(6, 6, 33, AttachType.TraceUprobeMulti)]
    [InlineData(6, 12, 117, AttachType.TraceUprobeMulti)]
    public void Usdt_programs_are_loaded_for_the_links_the_kernel_has(int major, int minor, int patch, AttachType expected)
    {
        BpfObject sections = Open("sections.bpf.o");
        string name = sections.Programs.First(p => p.SectionName == "usdt").Name;
        PrepareResult result = sections.Prepare(name, TestFiles.KernelTypes, new KernelRelease(major, minor, patch));
        Assert.Equal(expected, result.Program!.ExpectedAttachType);
    }

    [Fact]
    public void A_symbol_without_a_type_needs_the_kernels_symbol_table()
    {
        BtfTypes types = TestFiles.KernelTypes;
        BpfObject symbols = Open("symbols.bpf.o");
        Assert.Equal(Verdict.NotImplemented, symbols.Prepare("address", types, s_new).Failure!.Verdict);
        PrepareResult missing = symbols.Prepare("address", types, s_new, new ObjectOptions { KernelSymbols = _ => null });
        Assert.Equal("extern 'some_symbol' (strong): not resolved", missing.Failure!.Message);
        PrepareResult found = symbols.Prepare("address", types, s_new, new ObjectOptions { KernelSymbols = name => name == "some_symbol" ? 0xffffffff81234567 : null });
        Assert.True(found.Succeeded, found.Failure?.Message);
        // Two 64-bit loads, in the compiler's order: the symbol's address, and zero for the weak one that is not there.
        byte[] code = found.Program.Instructions.ToArray();
        ulong[] loaded = [Load(0), Load(16)];
        Assert.Equal([0ul, 0xffffffff81234567], loaded.Order());

        ulong Load(int at) => BitConverter.ToUInt32(code, at + 4) | (ulong)BitConverter.ToUInt32(code, at + 12) << 32;
    }

    [Fact]
    public void Programs_of_one_object_can_be_prepared_at_once()
    {
        BpfObject core = Open("core.bpf.o");
        string[] once = Prepare();
        string[][] many = [.. ParallelEnumerable.Range(0, 16).Select(_ => Prepare())];
        Assert.All(many, one => Assert.Equal(once, one));

        string[] Prepare() => [.. core.Programs.Select(p => core.Prepare(p.Name, TestFiles.KernelTypes, s_new))
            .Select(r => r.Succeeded ? Convert.ToHexString(r.Program.Instructions.Span) : r.Failure.Message)];
    }
}
