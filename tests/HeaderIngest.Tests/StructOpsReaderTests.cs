using BpfVerifier.Btf;
using BpfVerifier.HeaderIngest.Abi;
using BpfVerifier.HeaderIngest.Emulation;
using BpfVerifier.HeaderIngest.Image;

namespace BpfVerifier.HeaderIngest.Tests;

/// <summary>What struct_ops programs may do, asked of callbacks that are written here.</summary>
public class StructOpsReaderTests
{
    private const int Refused = -13, Walk = 0x77;
    private readonly SyntheticVerifier _verifier = new();
    private readonly List<string> _unknown = [];
    private readonly ulong _table, _check, _access;
    private readonly int _structure;

    public StructOpsReaderTests()
    {
        SyntheticKernel kernel = _verifier.Kernel;
        BtfBuilder types = kernel.Types;
        int number = types.AddInt("int", 4), prototype = types.AddFuncProto(number), function = types.AddPtr(prototype);
        _structure = types.AddStruct(BtfKind.Struct, "my_ops", 32,
            new BtfNewMember("first", function, 0), new BtfNewMember("flags", _verifier.Word, 64), new BtfNewMember("second", function, 128), new BtfNewMember("third", function, 192));
        kernel.Words("bpf_struct_ops", "verifier_ops", "init", "check_member", "cfi_stubs", "name");
        kernel.Words("bpf_reg_state", "btf", "btf_id");
        kernel.Words("stranger", "a", "b");
        kernel.Words("another", "a");
        _access = kernel.Function("my_access");
        _check = kernel.Function("my_check");
        ulong ops = kernel.Table("my_verifier_ops", _verifier.GetProto, 0, 0);
        ulong stubs = kernel.Table("my_stubs", kernel.Function("my_first_stub"), 0, 0, kernel.Function("my_third_stub"));
        _table = kernel.Table("bpf_my_ops", ops, 0, _check, stubs, 0);
    }

    private StructOpsInfo Read(Func<FakeMachine, ulong[], ulong> check)
    {
        KernelFile kernel = _verifier.Kernel.Build();
        var machine = new FakeMachine(kernel);
        machine.Implement(_check, check);
        // Helper two not for the third member.
        machine.Implement(_verifier.GetProto, (m, a) => a[0] == 1 || a[0] == 2 && m.Read(a[1] + 8, 4) != 3 ? _verifier.Protos[a[0] == 1 ? "one" : "two"] : 0);
        return new StructOpsReader(kernel, machine, new KernelAnswers(kernel, machine), SyntheticVerifier.Reader(kernel), new(StringComparer.Ordinal) { ["one"] = 1, ["two"] = 2 }, _unknown.Add)
            .Read(new StructOpsTable("my_ops", _structure, _table));
    }

    [Fact]
    public void Members_without_a_stub_are_refused_before_the_callback_is_asked()
    {
        StructOpsInfo info = Read((m, a) => (m.Read(a[2], 1) & 2) != 0 ? unchecked((ulong)Refused) : 0);
        Assert.Equal("my_verifier_ops", info.VerifierOps);
        Assert.Equal(new StructOpsMember("my_first_stub", 0, 13), info.Members["first"]);
        Assert.Equal(new StructOpsMember(null, 524, 524), info.Members["second"]);
        Assert.Equal(new StructOpsMember("my_third_stub", 0, 13), info.Members["third"]);
        Assert.Equal(3, info.Members.Count);
        Assert.Empty(_unknown);
    }

    [Fact]
    public void Helpers_that_one_member_lacks_are_withheld_from_it()
    {
        StructOpsInfo info = Read((_, _) => 0);
        Assert.Equal([("one", "bpf_one_proto"), ("two", "bpf_two_proto")], info.Helpers.Select(h => (h.Key, h.Value)));
        Assert.Equal(["two"], Assert.Single(info.Withheld).Value);
        Assert.Equal("third", info.Withheld.Keys.Single());
        Assert.Empty(info.Stores);
    }

    [Fact]
    public void A_callback_that_cannot_be_run_is_unknown()
    {
        Read((_, _) => throw new InvalidOperationException("no way"));
        Assert.Contains("struct_ops my_ops: check_member of member 0: no way", _unknown);
    }

    [Fact]
    public void Stores_are_those_the_callback_allows_and_how_it_refuses_others()
    {
        (StructStores stores, _) = Stores((machine, type, offset, size) => type == _verifier.Target
            ? offset is >= 8 and < 12 && offset + size <= 12 || offset == 20 && size == 1 ? 0 : Say(machine, size > 100 ? "beyond" : "where")
            : Say(machine, "what"));
        Assert.Equal(["task_struct"], stores.Allowed.Keys);
        Assert.Equal([[8, 11, 12], [20, 20, 21]], stores.Allowed["task_struct"]!);
        Assert.Equal(["what", "where", "beyond"], stores.Refusals);
        Assert.Empty(_unknown);
    }

    [Fact]
    public void Where_only_the_walk_over_the_type_limits_stores_there_are_no_runs()
    {
        (StructStores stores, _) = Stores((machine, type, _, _) => type == _verifier.Target ? (int)machine.Ask("btf_struct_access") : Refused);
        Assert.Null(stores.Allowed["task_struct"]);
        Assert.Equal(Walk, (int)Stores((machine, _, _, _) => (int)machine.Ask("btf_struct_access")).Machine.Ask("btf_struct_access"));
    }

    [Fact]
    public void A_type_that_is_refused_as_strangers_are_is_told_by_the_way_through_the_code()
    {
        (StructStores stores, _) = Stores((machine, type, offset, size) =>
        {
            machine.Path = type == _verifier.Target ? 2u : 1u;
            return type == _verifier.Target && offset == 40 && size == 1 ? 0 : Refused;
        });
        Assert.Equal([[40, 40, 41]], stores.Allowed["task_struct"]!);
    }

    private static int Say(FakeMachine machine, string format)
    {
        machine.Write(machine.Scratch + 0x80000, [.. System.Text.Encoding.ASCII.GetBytes(format), 0]);
        machine.Ask("bpf_log", 0, machine.Scratch + 0x80000);
        return Refused;
    }

    private (StructStores Stores, FakeMachine Machine) Stores(Func<FakeMachine, int, int, int, int> callback)
    {
        var kernel = new SyntheticVerifierWithAccess(_verifier);
        KernelFile file = kernel.Build();
        var machine = new FakeMachine(file);
        var answers = new KernelAnswers(file, machine);
        machine.Implement(_access, (m, a) =>
        {
            // log, register, offset, size
            Span<byte> id = stackalloc byte[4];
            m.TryRead(a[1] + 8, id);
            return (ulong)callback(m, BitConverter.ToInt32(id), (int)a[2], (int)a[3]);
        });
        return (new StructStoresReader(file, machine, answers, machine.Scratch + 0xc000, _access, _unknown.Add).Read("my_ops"), machine);
    }

    /// <summary>The same kernel with types that have a <c>btf_struct_access</c> callback.</summary>
    private sealed class SyntheticVerifierWithAccess(SyntheticVerifier verifier)
    {
        public KernelFile Build()
        {
            var types = new BtfBuilder();
            int word = types.AddInt("unsigned long", 8), number = types.AddInt("int", 4, BtfIntEncoding.Signed);
            while (types.NextId < verifier.Target)
                types.AddInt("filler", 4);
            types.AddStruct(BtfKind.Struct, "task_struct", 64);
            types.AddStruct(BtfKind.Struct, "stranger", 16);
            types.AddStruct(BtfKind.Struct, "another", 8);
            int log = types.AddStruct(BtfKind.Struct, "bpf_verifier_log", 8);
            int register = types.AddStruct(BtfKind.Struct, "bpf_reg_state", 16, new BtfNewMember("btf", word, 0), new BtfNewMember("btf_id", number, 64));
            int prototype = types.AddFuncProto(number, ("log", types.AddPtr(log)), ("reg", types.AddPtr(types.AddReference(BtfKind.Const, register))), ("off", number), ("size", number));
            types.AddStruct(BtfKind.Struct, "bpf_verifier_ops", 8, new BtfNewMember("btf_struct_access", types.AddPtr(prototype), 0));
            return KernelFile.Of(verifier.Kernel.Elf(btf: types.ToArray()), "synthetic", _ => [.. verifier.Kernel.Symbols]);
        }
    }
}
