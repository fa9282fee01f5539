using System.Buffers.Binary;
using BpfVerifier.Btf;
using Xunit;

namespace BpfVerifier.Live.Tests;

public class ProgramLoaderTests
{
    private const string Figures = "processed 5 insns (limit 1000000) max_states_per_insn 1 total_states 2 peak_states 3 mark_read 4\n";

    private readonly FakeKernel _kernel = new();

    private static KernelProfile Profile(KernelRelease release = default, LoaderCapabilities capabilities = LoaderCapabilities.Root) =>
        new() { Release = release == default ? new KernelRelease(6, 12) : release, Types = BtfTypes.Empty, Capabilities = capabilities, PossibleCpus = 2 };

    private ProgramLoader Loader(KernelProfile? profile = null) => new(profile ?? Profile(), _kernel, 64, 4096);

    private static BpfMap Map(string name = "values", MapType type = MapType.Array) =>
        new() { Name = name, Type = type, KeySize = 4, ValueSize = 8, MaxEntries = 2 };

    /// <summary>A 64-bit load of each kind, then exit.</summary>
    private static BpfProgram Program(IReadOnlyList<BpfMap> maps, ProgramType type, params (int Source, int Immediate)[] loads)
    {
        byte[] code = new byte[loads.Length * 16 + 8];
        for (int i = 0; i < loads.Length; i++)
        {
            code[i * 16] = 0x18;
            code[i * 16 + 1] = (byte)(loads[i].Source << 4);
            BinaryPrimitives.WriteInt32LittleEndian(code.AsSpan(i * 16 + 4), loads[i].Immediate);
        }
        code[^8] = 0x95;
        return new BpfProgram { Name = "a_name_longer_than_fifteen", Type = type, Instructions = code, Maps = maps, License = "GPL" };
    }

    private int Immediate(int load) => BinaryPrimitives.ReadInt32LittleEndian(_kernel.Instructions.AsSpan(load * 16 + 4));

    [Fact]
    public void Accepted_ClosesEverythingAndNeverDoesMoreThanLoad()
    {
        BpfMap data = new() { Name = ".rodata", Type = MapType.Array, KeySize = 4, ValueSize = 3, MaxEntries = 1, Frozen = true, InitialValue = new byte[] { 1, 2, 3 } };
        BpfMap outer = new() { Name = "outer", Type = MapType.ArrayOfMaps, KeySize = 4, ValueSize = 4, MaxEntries = 1, Inner = Map("inner") };
        KernelAnswer answer = Loader().Load(Program([data, outer], ProgramType.Xdp, (2, 0), (1, 1), (0, 1)), 5);

        Assert.Equal(Verdict.Accepted, answer.Verdict);
        Assert.Empty(_kernel.Open);
        Assert.Equal(
            [BpfCommand.MapCreate, BpfCommand.MapUpdateElement, BpfCommand.MapFreeze, BpfCommand.MapCreate, BpfCommand.MapCreate, BpfCommand.ProgramLoad],
            _kernel.Commands);
        Assert.Equal([(101u, 0u)], _kernel.Updates.Select(u => (u.Map, u.Key)));
        Assert.Equal([1, 2, 3], _kernel.Updates[0].Value);
        Assert.Equal([0u, 0u, 102u], _kernel.Maps.Select(m => m.inner_map_fd));
        Assert.Equal([101, 103, 1], [Immediate(0), Immediate(1), Immediate(2)]);
    }

    [Fact]
    public void DescriptorsOfTheCompiler_AreNoMapsOfOurs()
    {
        // Carried as their complements; 101 is the map's own descriptor here.
        Loader().Load(Program([Map()], ProgramType.Xdp, (1, ~7), (1, ~101)), 1);
        Assert.Equal([7, ~101], [Immediate(0), Immediate(1)]);
    }

    private static BpfProgram Attaching(BpfProgram target) =>
        new() { Name = "attaching", Type = ProgramType.Ext, Instructions = Program([], ProgramType.Ext).Instructions, AttachBtfId = 3, AttachProgram = target };

    [Fact]
    public void TheProgramAttachedTo_IsLoadedFirstAndLetGoOfAfterwards()
    {
        KernelAnswer answer = Loader().Load(Attaching(Attaching(Program([Map()], ProgramType.Xdp, (1, 0)))), 1);
        Assert.Equal(Verdict.Accepted, answer.Verdict);
        Assert.Empty(_kernel.Open);
        Assert.Equal([(uint)ProgramType.Xdp, (uint)ProgramType.Ext, (uint)ProgramType.Ext], _kernel.Loads.Select(l => l.prog_type));
        // The map is 101, the programs follow it.
        Assert.Equal([0u, 102u, 103u], _kernel.Loads.Select(l => l.attach_prog_fd));
        Assert.Equal([0u, 0u, 1u], _kernel.Loads.Select(l => l.log_level));
    }

    [Fact]
    public void ATargetThatIsRefused_LeavesNothingToAsk()
    {
        _kernel.OnLoad = _ => (Errno.EACCES, "");
        KernelAnswer answer = Loader().Load(Attaching(Program([], ProgramType.Xdp)), 1);
        Assert.Equal((Verdict.LoadFailed, Errno.EACCES), (answer.Verdict!.Value, answer.Errno));
        Assert.Equal("prog 'a_name_longer_than_fifteen': BPF program load failed: -EACCES", answer.Message);
        Assert.Single(_kernel.Loads);
    }

    [Fact]
    public void AChainNoKernelTakes_IsNotAsked()
    {
        BpfProgram chain = Program([], ProgramType.Xdp);
        for (int i = 0; i < 100_000; i++)
            chain = Attaching(chain);
        Assert.Null(Loader().Load(chain, 1).Verdict);
        Assert.Empty(_kernel.Loads);
    }

    [Fact]
    public void Name_IsCutAsTheKernelWantsIt()
    {
        Loader().Load(Program([], ProgramType.Xdp), 0);
        ObjectName name = _kernel.Loads[0].prog_name;
        Assert.Equal("a_name_longer_t\0"u8.ToArray(), ((ReadOnlySpan<byte>)name).ToArray());
    }

    [Fact]
    public void LogThatDoesNotFit_IsAskedForAgainInALargerBuffer()
    {
        string log = new string('x', 1000) + "\n" + Figures;
        _kernel.OnLoad = _ => (Errno.EACCES, log);
        KernelAnswer answer = Loader().Load(Program([], ProgramType.Xdp), 2);
        Assert.Equal([64u, 512u, 4096u], _kernel.Loads.Select(l => l.log_size));
        Assert.Equal((Verdict.Rejected, Errno.EACCES, false), (answer.Verdict!.Value, answer.Errno, answer.LogCut));
        Assert.Equal(log, answer.Log);
        Assert.Equal(new VerificationStatistics(5, 1, 2, 3, 4, default), answer.Statistics);
    }

    [Fact]
    public void LogLongerThanIsKept_LeavesTheVerdictOfAShorterOne()
    {
        _kernel.OnLoad = load => (Errno.EACCES, load.log_level == 4 ? "no\n" + Figures : new string('x', 5000));
        KernelAnswer answer = Loader().Load(Program([], ProgramType.Xdp), 2);
        Assert.Equal((Verdict.Rejected, Errno.EACCES, "no", true), (answer.Verdict!.Value, answer.Errno, answer.Message, answer.LogCut));
        Assert.Equal(4095, answer.Log.Length);
        Assert.Equal(5, answer.Statistics!.Value.ProcessedInstructions);
    }

    [Fact]
    public void InterruptedLoad_IsTriedAgain()
    {
        int tries = 0;
        _kernel.OnLoad = _ => (++tries < 3 ? Errno.EAGAIN : Errno.None, "");
        Assert.Equal(Verdict.Accepted, Loader().Load(Program([], ProgramType.Xdp), 1).Verdict);
        _kernel.OnLoad = _ => (Errno.EAGAIN, "");
        Assert.Equal(Errno.EAGAIN, Loader().Load(Program([], ProgramType.Xdp), 1).Errno);
    }

    [Fact]
    public void MapWhoseTypesAreRefused_IsCreatedWithoutThem()
    {
        BpfMap map = new() { Name = "m", Type = MapType.Hash, KeySize = 4, ValueSize = 4, MaxEntries = 1, Btf = BtfTypes.Empty, KeyTypeId = 1, ValueTypeId = 2 };
        _kernel.OnMap = m => m.btf_fd != 0 ? Errno.EINVAL : Errno.None;
        KernelAnswer answer = Loader().Load(Program([map], ProgramType.Xdp), 1);
        Assert.Equal(Verdict.Accepted, answer.Verdict);
        Assert.Equal([(101u, 1u, 2u), (0u, 0u, 0u)], _kernel.Maps.Select(m => (m.btf_fd, m.btf_key_type_id, m.btf_value_type_id)));
        Assert.Contains("without its types", Assert.Single(answer.Notes), StringComparison.Ordinal);
        Assert.Empty(_kernel.Open);
    }

    [Fact]
    public void RefusedTypes_LeaveTheProgramWithoutThem()
    {
        _kernel.OnTypes = () => Errno.EINVAL;
        var program = new BpfProgram
        {
            Name = "p", Type = ProgramType.Xdp, Instructions = new byte[8], Btf = BtfTypes.Empty,
            FuncInfos = [new FuncInfo(0, 1)], LineInfos = [new LineInfo(0, 1, 2, 3)],
        };
        KernelAnswer answer = Loader().Load(program, 1);
        ProgramLoadAttributes load = _kernel.Loads[0];
        Assert.Equal((0u, 0u, 0u), (load.prog_btf_fd, load.func_info_cnt, load.line_info_cnt));
        Assert.Contains("BPF_BTF_LOAD", Assert.Single(answer.Notes), StringComparison.Ordinal);

        _kernel.OnTypes = () => Errno.None;
        Loader().Load(program, 1);
        load = _kernel.Loads[^1];
        Assert.Equal((1u, 8u, 1u, 16u), (load.func_info_cnt, load.func_info_rec_size, load.line_info_cnt, load.line_info_rec_size));
        Assert.NotEqual(0u, load.prog_btf_fd);
    }

    [Fact]
    public void RefusedMap_EndsTheLoadInLibbpfsWords()
    {
        _kernel.OnMap = m => m.map_type == (uint)MapType.Array ? Errno.None : Errno.E2BIG;
        KernelAnswer answer = Loader().Load(Program([Map(), Map("big", MapType.Hash)], ProgramType.Xdp), 1);
        Assert.Equal((Verdict.LoadFailed, Errno.E2BIG, "map 'big': failed to create: -E2BIG"), (answer.Verdict!.Value, answer.Errno, answer.Message));
        Assert.Empty(_kernel.Loads);
        Assert.Empty(_kernel.Open);
    }

    [Fact]
    public void StructOpsMaps_AreLeftOutWithAWord()
    {
        BpfMap map = Map("ops", MapType.StructOps);
        KernelAnswer unused = Loader().Load(Program([map], ProgramType.StructOps), 1);
        Assert.Equal(Verdict.Accepted, unused.Verdict);
        Assert.Equal("map 'ops': struct_ops maps are not created", Assert.Single(unused.Notes));

        KernelAnswer used = Loader().Load(Program([map], ProgramType.StructOps, (1, 0)), 1);
        Assert.Null(used.Verdict);
        Assert.Contains("'ops'", used.Message, StringComparison.Ordinal);
        Assert.Empty(_kernel.Maps);
    }

    [Fact]
    public void NotPermitted_NamesTheMissingCapability()
    {
        _kernel.OnLoad = _ => (Errno.EPERM, "");
        KernelAnswer answer = Loader(Profile(capabilities: LoaderCapabilities.Bpf)).Load(Program([], ProgramType.Kprobe), 1);
        Assert.Null(answer.Verdict);
        Assert.Contains("CAP_PERFMON", answer.Message, StringComparison.Ordinal);

        answer = Loader().Load(Program([], ProgramType.Tracing), 1);
        Assert.Null(answer.Verdict);
        Assert.Contains("on this machine", answer.Message, StringComparison.Ordinal);

        // The verifier itself says EPERM too, and then says why.
        _kernel.OnLoad = _ => (Errno.EPERM, "why\n" + Figures);
        Assert.Equal(Verdict.Rejected, Loader().Load(Program([], ProgramType.Xdp), 1).Verdict);
    }

    [Theory]
    [InlineData(Errno.EPERM, "EPERM")]
    [InlineData(Errno.ENOSYS, "no bpf() system call")]
    [InlineData(Errno.ENOMEM, "ENOMEM")]
    public void KernelThatCannotBeAsked_SaysWhy(Errno errno, string expected)
    {
        _kernel.OnMap = _ => errno;
        Assert.Contains(expected, Loader().Problem(), StringComparison.Ordinal);
        _kernel.OnMap = _ => Errno.None;
        Assert.Null(Loader().Problem());
        Assert.Empty(_kernel.Open);
        Assert.Empty(_kernel.Loads);
    }

    [Fact]
    public void WithoutCapability_TheKernelIsNotEvenAsked()
    {
        Assert.Contains("CAP_BPF", Loader(Profile(capabilities: LoaderCapabilities.NetAdmin)).Problem(), StringComparison.Ordinal);
        Assert.Empty(_kernel.Commands);
    }

    [Theory]
    [InlineData(5, 10, true)]
    [InlineData(5, 11, false)]
    public void OldKernels_GetTheLimitOfLockedMemoryRaised(int major, int minor, bool raised)
    {
        Loader(Profile(new KernelRelease(major, minor)));
        Assert.Equal(raised, _kernel.LockedMemoryRaised);
    }
}
