using BpfVerifier.Btf;
using BpfVerifier.HeaderIngest.Abi;
using BpfVerifier.HeaderIngest.Image;

namespace BpfVerifier.HeaderIngest.Emulation;

/// <summary>Asks a kernel what programs may do that implement members of its structures (struct_ops), by running the callbacks of each one.</summary>
public sealed class StructOpsReader
{
    private const string ProgramType = "STRUCT_OPS";
    /// <summary>ENOTSUPP, which a member without a stub is refused with before any callback is asked.</summary>
    private const int NotSupported = 524;

    private readonly KernelFile _kernel;
    private readonly IKernelMachine _machine;
    private readonly KernelAnswers _answers;
    private readonly ProtoReader _protos;
    private readonly ProgramMemory _program;
    private readonly RecordLayout _tables, _callbacks;
    private readonly SortedDictionary<string, int> _helpers;
    private readonly Action<string> _unknown;
    private readonly ulong _type;

    /// <summary>Over a started kernel.</summary>
    /// <param name="kernel">The image.</param>
    /// <param name="machine">Runs it; the tables' init callbacks have run.</param>
    /// <param name="answers">What the machine answers for it.</param>
    /// <param name="protos">Its prototypes, read.</param>
    /// <param name="helpers">Helper numbers by name.</param>
    /// <param name="unknown">Told of every question that has no sure answer.</param>
    public StructOpsReader(KernelFile kernel, IKernelMachine machine, KernelAnswers answers, ProtoReader protos, SortedDictionary<string, int> helpers, Action<string> unknown)
    {
        (_kernel, _machine, _answers, _protos, _helpers, _unknown) = (kernel, machine, answers, protos, helpers, unknown);
        _program = new ProgramMemory(kernel, machine);
        _tables = RecordLayout.Require(kernel.Types, "bpf_struct_ops", kernel.Name);
        _callbacks = RecordLayout.Require(kernel.Types, "bpf_verifier_ops", kernel.Name);
        _type = VerifierOps.ProgramTypes(kernel).FirstOrDefault(t => t.Value == ProgramType).Key;
    }

    /// <summary>What programs of one structure may do.</summary>
    public StructOpsInfo Read(StructOpsTable table)
    {
        ulong ops = Word(table.Address, "verifier_ops"), stubs = Word(table.Address, "cfi_stubs"), check = Word(table.Address, "check_member");
        SortedDictionary<string, ulong> callbacks = ops == 0 ? [] : VerifierOps.Read(_kernel, _callbacks, ops);
        var members = new SortedDictionary<string, StructOpsMember>(StringComparer.Ordinal);
        var helpers = new Dictionary<string, SortedDictionary<string, string>>(StringComparer.Ordinal);
        foreach ((string member, int index, int offset) in Functions(table.TypeId))
        {
            ulong stub = stubs != 0 && _kernel.Memory.TryReadUInt64(stubs + (ulong)offset, out ulong function) ? function : 0;
            bool refused = stubs != 0 && stub == 0;
            int[] errors = refused ? [NotSupported, NotSupported] : [Check(table, check, index, offset, false), Check(table, check, index, offset, true)];
            members.Add(member, new StructOpsMember(stub == 0 ? null : _kernel.Symbols.NameAt(stub), errors[0], errors[1]));
            helpers.Add(member, callbacks.TryGetValue("get_func_proto", out ulong getProto) ? Helpers(table, member, getProto, index, offset) : new(StringComparer.Ordinal));
        }
        var every = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach ((string helper, string proto) in helpers.Values.SelectMany(h => h))
            every[helper] = proto;
        var withheld = new SortedDictionary<string, List<string>>(StringComparer.Ordinal);
        foreach ((string member, SortedDictionary<string, string> offered) in helpers)
        {
            List<string> missing = [.. every.Keys.Where(h => !offered.ContainsKey(h))];
            if (missing.Count > 0)
                withheld.Add(member, missing);
        }
        StructStores stores = callbacks.TryGetValue("btf_struct_access", out ulong access)
            ? new StructStoresReader(_kernel, _machine, _answers, _program.End, access, _unknown).Read(table.Name)
            : new StructStores(new(StringComparer.Ordinal), ["", "", ""], false);
        return new StructOpsInfo
        {
            VerifierOps = ops == 0 ? "" : _kernel.Symbols.NameAt(ops) ?? "",
            Members = members,
            Helpers = every,
            Withheld = withheld,
            Stores = stores.Allowed,
            Refusals = stores.Refusals,
            Reads = stores.Reads,
        };
    }

    private int Check(StructOpsTable table, ulong check, int index, int offset, bool sleepable)
    {
        if (check == 0)
            return 0;
        CallResult result = _machine.Call(check, _answers.AddressOfType(table.TypeId), _answers.AddressOfMember(table.TypeId, index), Place(table, index, offset, sleepable));
        if (KernelVariables.Doubt(_kernel, _machine, result) is { } doubt)
            _unknown($"struct_ops {table.Name}: check_member of member {index}: {doubt}");
        return -(int)result.Value;
    }

    private SortedDictionary<string, string> Helpers(StructOpsTable table, string member, ulong getProto, int index, int offset)
    {
        var helpers = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach ((string helper, int id) in _helpers)
        {
            CallResult result = _machine.Call(getProto, (ulong)id, Place(table, index, offset, false));
            if (KernelVariables.Doubt(_kernel, _machine, result) is { } doubt)
                _unknown($"struct_ops {table.Name}: helper {helper} for {member}: {doubt}");
            else if (result.Value != 0)
                helpers.Add(helper, _protos.NameAt(result.Value) ?? throw new IngestException($"{_kernel.Name}: helper {helper} of struct_ops {table.Name}: no prototype is at {_kernel.Symbols.Describe(result.Value)}"));
        }
        return helpers;
    }

    private ulong Place(StructOpsTable table, int index, int offset, bool sleepable) =>
        _program.Place(new ProgramState(_type, (ulong)index, sleepable), ("attach_st_ops_member_off", (ulong)offset), ("st_ops", table.Address));

    private ulong Word(ulong address, string member) =>
        _tables.TryGet(member, out RecordField field) && _kernel.Memory.TryReadUInt64(address + (ulong)field.Offset, out ulong value) ? value : 0;

    // Members that are pointers to functions: name, place among the members, bytes from the start.
    private IEnumerable<(string Name, int Index, int Offset)> Functions(int typeId)
    {
        BtfType type = _kernel.Types[typeId];
        for (int i = 0; i < type.VLen; i++)
        {
            BtfMember member = type.Member(i);
            BtfType pointer = _kernel.Types[_kernel.Types.SkipModifiersAndTypedefs(member.TypeId)];
            if (pointer.Kind == BtfKind.Ptr && _kernel.Types[_kernel.Types.SkipModifiers(pointer.TypeId)].Kind == BtfKind.FuncProto && member.Name.Length > 0)
                yield return (member.Name, i, (int)member.BitOffset / 8);
        }
    }
}
