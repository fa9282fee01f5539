using System.Buffers.Binary;
using BpfVerifier.Btf;

namespace BpfVerifier.Runtime.Tests;

/// <summary>Programs, maps and types nobody would compile: an answer comes, soon, and without taking all memory.</summary>
public sealed class HostileInputTests
{
    private static readonly LoaderCapabilities s_root = LoaderCapabilities.Root;

    private static KernelProfile Profile(BtfTypes? types = null)
    {
        Assert.True(KernelRelease.TryParse(Abi.Release, out KernelRelease release));
        return new KernelProfile { Release = release, Types = types ?? BtfTypes.Empty, Capabilities = s_root };
    }

    private static BpfProgram Program(byte[] code, BtfTypes? types = null, params BpfMap[] maps) =>
        new() { Name = "hostile", Type = ProgramType.SocketFilter, Instructions = code, Btf = types, Maps = maps, License = "GPL" };

    private static Verification Make(BpfProgram program, BtfTypes? kernel = null, VerifierOptions? options = null, CancellationToken cancellation = default) =>
        new(program, new ReleaseKernel(Profile(kernel)), new Changes(Abi.Patch, false), options ?? VerifierOptions.Default, cancellation);

    private static VerificationResult Verify(BpfProgram program) => new ReleaseVerifier().Verify(program, Profile(), VerifierOptions.Default);

    private static byte[] Code(params (byte Code, byte Regs, short Off, int Imm)[] insns)
    {
        byte[] bytes = new byte[insns.Length * 8];
        for (int i = 0; i < insns.Length; i++)
        {
            bytes[i * 8] = insns[i].Code;
            bytes[(i * 8) + 1] = insns[i].Regs;
            BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan((i * 8) + 2), insns[i].Off);
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan((i * 8) + 4), insns[i].Imm);
        }
        return bytes;
    }

    private static readonly (byte, byte, short, int) s_return0 = (0xb7, 0, 0, 0);
    private static readonly (byte, byte, short, int) s_exit = (0x95, 0, 0, 0);

    private static MapInfo Info(BpfMap map) => new() { Map = map, Handle = 1, Types = map.Btf };

    [Fact(Timeout = 20_000)]
    public async Task A_struct_that_begins_with_itself_is_given_up()
    {
        var btf = new BtfBuilder();
        int self = btf.AddStruct(BtfKind.Struct, "self", 8, new BtfNewMember("again", 1, 0));
        BtfTypes types = btf.Build();
        Verification verification = Make(Program(Code(s_return0, s_exit), types));
        Assert.False(await Task.Run(() => verification.BtfStructIdsMatch(BtfOwner.Program, self, 0, BtfOwner.Kernel, 1, false, true)));
    }

    [Fact]
    public void Elements_of_a_flexible_array_of_an_allocated_object_match_in_older_releases_only()
    {
        var btf = new BtfBuilder();
        int number = btf.AddInt("int", 4);
        int first = btf.AddStruct(BtfKind.Struct, "first", 4, new BtfNewMember("value", number, 0));
        int element = btf.AddStruct(BtfKind.Struct, "element", 4, new BtfNewMember("first", first, 0));
        int array = btf.AddArray(element, number, 0);
        int holder = btf.AddStruct(BtfKind.Struct, "holder", 4, new BtfNewMember("count", number, 0), new BtfNewMember("elements", array, 32));
        Verification verification = Make(Program(Code(s_return0, s_exit), btf.Build()));
        Assert.True(verification.BtfStructIdsMatch(BtfOwner.Program, holder, 8, BtfOwner.Program, first, false, true));
        Assert.Equal(!verification.Changes.AllocObjectsHaveNoFlexArrays,
            verification.BtfStructIdsMatch(BtfOwner.Program, holder, 8, BtfOwner.Program, first, false, false));
    }

    /// <summary>The structs a list and its lock are made of.</summary>
    private static (int Lock, int Head, int Node) AddListTypes(BtfBuilder btf)
    {
        int word = btf.AddInt("unsigned long", 8);
        int half = btf.AddInt("unsigned int", 4);
        return (btf.AddStruct(BtfKind.Struct, "bpf_spin_lock", 4, new BtfNewMember("val", half, 0)),
            btf.AddStruct(BtfKind.Struct, "bpf_list_head", 16, new BtfNewMember("a", word, 0), new BtfNewMember("b", word, 64)),
            btf.AddStruct(BtfKind.Struct, "bpf_list_node", 24, new BtfNewMember("a", word, 0), new BtfNewMember("b", word, 64), new BtfNewMember("c", word, 128)));
    }

    [Fact]
    public void Lists_of_lists_of_lists_are_not_followed()
    {
        var kernel = new BtfBuilder();
        _ = AddListTypes(kernel);
        var btf = new BtfBuilder();
        (int spinLock, int head, int node) = AddListTypes(btf);
        const int structs = 3000;
        int first = btf.NextId;
        for (int i = 0; i < structs; i++)
        {
            btf.AddStruct(BtfKind.Struct, $"s{i}", 48, new BtfNewMember("lock", spinLock, 0), new BtfNewMember("head", head, 64), new BtfNewMember("node", node, 192));
            btf.AddDeclTag($"contains:s{i + 1}:node", first + (i * 2), 1);
        }
        btf.AddStruct(BtfKind.Struct, $"s{structs}", 48, new BtfNewMember("node", node, 192));
        Verification verification = Make(Program(Code(s_return0, s_exit), btf.Build()), kernel.Build());
        MapRecord? record = null;
        var shallow = new Thread(() => record = verification.StructRecord(first), 256 << 10);
        shallow.Start();
        shallow.Join();
        Assert.True(record?.Has(FieldKind.ListHead));
    }

    [Fact(Timeout = 20_000)]
    public async Task Unions_within_unions_twice_each_are_looked_into_once()
    {
        var btf = new BtfBuilder();
        int number = btf.AddInt("int", 4);
        int inner = btf.AddStruct(BtfKind.Union, "u0", 4, new BtfNewMember("value", number, 0));
        for (int i = 1; i <= 30; i++)
            inner = btf.AddStruct(BtfKind.Union, $"u{i}", 4, new BtfNewMember("a", inner, 0), new BtfNewMember("b", inner, 0));
        var map = new BpfMap { Name = "m", Type = MapType.Array, KeySize = 4, ValueSize = 4, MaxEntries = 1, Btf = btf.Build(), ValueTypeId = inner };
        Verification verification = Make(Program(Code(s_return0, s_exit)));
        MapRecord? record = await Task.Run(() => verification.ParseMapRecord(Info(map)));
        Assert.False(record?.Fields.Length > 0);
    }

    [Fact]
    public void Histories_count_as_memory()
    {
        Verification verification = Make(Program(Code(s_return0, s_exit)), options: new VerifierOptions { MemoryLimit = 8 << 20 });
        VerifierState state = verification.Pool.NewState();
        state.Frames[0] = verification.Pool.NewFrame(FrameState.MainFrame, 0, 0);
        verification.State = state;
        for (int i = 0; i < 50_000; i++)
            verification.Pool.PushHistory(state, new JumpHistoryEntry(i, i, 0, 0));
        Assert.Throws<BoundReachedException>(() =>
        {
            for (int i = 0; i < 100; i++)
                Assert.NotNull(verification.PushStack(0, 0, false));
        });
    }

    [Fact]
    public void References_count_as_memory()
    {
        Verification verification = Make(Program(Code(s_return0, s_exit)), options: new VerifierOptions { MemoryLimit = 8 << 20 });
        VerifierState state = verification.Pool.NewState();
        state.Frames[0] = verification.Pool.NewFrame(FrameState.MainFrame, 0, 0);
        verification.State = state;
        for (uint i = 0; i < 50_000; i++)
            state.Refs.Add(new Reference(ReferenceKind.Pointer, i, 0, 0, 0));
        Assert.Throws<BoundReachedException>(() =>
        {
            for (int i = 0; i < 100; i++)
                Assert.NotNull(verification.PushStack(0, 0, false));
        });
    }

    /// <summary>A jump and the rest in a straight line, long enough for the bounds to be looked at.</summary>
    private static byte[] LongProgram()
    {
        var insns = new List<(byte, byte, short, int)>();
        for (int i = 0; i < 10_000; i++)
            insns.Add(s_return0);
        insns.Add(s_exit);
        return Code([.. insns]);
    }

    [Fact]
    public void Adding_up_stacks_can_be_cancelled()
    {
        Verification verification = Make(Program(LongProgram()), cancellation: new CancellationToken(true));
        Assert.Equal(Errno.None, verification.AddSubprogAndKfunc());
        Assert.Equal(Errno.None, verification.CheckSubprogs());
        Assert.Throws<BoundReachedException>(() => verification.CheckMaxStackDepth());
    }

    [Fact]
    public void Finding_live_registers_can_be_cancelled()
    {
        Verification verification = Make(Program(LongProgram()), cancellation: new CancellationToken(true));
        Assert.Equal(Errno.None, verification.AddSubprogAndKfunc());
        Assert.Equal(Errno.None, verification.CheckSubprogs());
        if (!verification.Changes.LivenessByDataflow)
            return;
        Assert.Equal(Errno.None, verification.CheckCfg());
        Assert.Equal(Errno.None, verification.ComputePostorder());
        Assert.Throws<BoundReachedException>(() => verification.ComputeLiveRegisters());
    }

    [Fact]
    public void Programs_that_are_too_long_are_not_copied()
    {
        BpfProgram program = Program(new byte[16 << 20]);
        long before = GC.GetAllocatedBytesForCurrentThread();
        VerificationResult result = Verify(program);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        Assert.Equal((Verdict.Rejected, Errno.E2BIG, "", ""), (result.Verdict, result.Errno, result.Message, result.Log));
        Assert.Equal(Errno.E2BIG, Verify(Program([])).Errno);
    }

    [Fact]
    public void A_pointer_in_a_map_is_not_looked_up_in_another_program()
    {
        var btf = new BtfBuilder();
        int word = btf.AddInt("unsigned long", 8);
        int local = btf.AddStruct(BtfKind.Struct, "local", 8, new BtfNewMember("a", word, 0));
        int tag = btf.AddReference(BtfKind.TypeTag, local, "kptr_untrusted");
        int value = btf.AddStruct(BtfKind.Struct, "value", 8, new BtfNewMember("pointer", btf.AddPtr(tag), 0));
        var map = new BpfMap { Name = "m", Type = MapType.Array, KeySize = 4, ValueSize = 8, MaxEntries = 1, Btf = btf.Build(), ValueTypeId = value };
        byte[] code = Code((0x18, 0x21, 0, 0), (0, 0, 0, 0), (0x79, 0x11, 0, 0), (0x15, 0x01, 1, 0), (0x79, 0x10, 0, 0), s_return0, s_exit);

        Verification own = Make(Program(code, map.Btf, map));
        Verification copy = Make(Program(code, BtfBuilder.From(map.Btf).Build(), map));
        Verification apart = Make(Program(code, null, map));
        Verdict expected = Verdict.Accepted;
        if (own.Changes.MapRecords)
        {
            Assert.Equal(BtfOwner.Program, own.ParseMapRecord(Info(map))!.Fields[0].PointeeOwner);
            Assert.Equal(BtfOwner.Program, copy.ParseMapRecord(Info(map))!.Fields[0].PointeeOwner);
            Assert.Equal(BtfOwner.Map, apart.ParseMapRecord(Info(map))!.Fields[0].PointeeOwner);
            expected = Verdict.NotImplemented;
        }
        // Releases without such pointers see a number there, which is no address.
        VerificationResult result = Verify(apart.Program);
        Assert.Equal(own.Changes.MapRecords ? expected : Verdict.Rejected, result.Verdict);
    }

    [Theory]
    [InlineData(int.MaxValue, 3)]
    [InlineData(1, 1)]
    [InlineData(0, 0)]
    [InlineData(int.MinValue, 0)]
    public void A_log_may_have_any_size(int limit, int kept)
    {
        VerifierLog log = new(1, limit);
        log.Write("abc");
        Assert.Equal("abc"[^kept..], log.ToString());
        Assert.Equal(3, log.Position);
    }

    [Fact]
    public void A_format_in_a_huge_map_is_not_padded()
    {
        const uint readOnly = 1 << 7;
        var map = new BpfMap { Name = "m", Type = MapType.Array, KeySize = 4, ValueSize = 1 << 28, MaxEntries = 1, Flags = readOnly, Frozen = true, InitialValue = new byte[] { (byte)'x' } };
        byte[] code = Code((0xb7, 1, 0, 0), (0xb7, 2, 0, 0), (0x18, 0x23, 0, 0), (0, 0, 0, 0), (0xb7, 4, 0, 0), (0xb7, 5, 0, 0), (0x85, 0, 0, 165), s_return0, s_exit);
        long before = GC.GetAllocatedBytesForCurrentThread();
        VerificationResult result = Verify(Program(code, null, map));
        Assert.Equal((Verdict.Accepted, ""), (result.Verdict, result.Message));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 << 20);
    }

    [Fact]
    public void Maps_in_maps_in_maps_may_be_any_number()
    {
        var map = new BpfMap { Name = "m", Type = MapType.Array, KeySize = 4, ValueSize = 4, MaxEntries = 1 };
        for (int i = 0; i < 200_000; i++)
            map = new BpfMap { Name = "m", Type = MapType.ArrayOfMaps, KeySize = 4, ValueSize = 4, MaxEntries = 1, Inner = map };
        VerificationResult result = Verify(Program(Code((0x18, 0x11, 0, 0), (0, 0, 0, 0), s_return0, s_exit), null, map));
        Assert.Equal((Verdict.Accepted, ""), (result.Verdict, result.Message));
    }
}
