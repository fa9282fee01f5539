using System.Globalization;
using BpfVerifier.HeaderIngest.Abi;
using BpfVerifier.HeaderIngest.Image;

namespace BpfVerifier.HeaderIngest.Emulation;

/// <summary>Asks a kernel what programs of each type may call and read, by running its own <c>get_func_proto</c> and <c>is_valid_access</c>.</summary>
/// <remarks>The base answer is that to a program with expected attach type 0 that does not sleep, from a loader with all capabilities. Where a callback
/// looked at one of these, it is asked again with every other value of that one.</remarks>
public sealed class ProgramTypeReader
{
    /// <summary>Context offsets asked about: 0 to one below this.</summary>
    public const int Window = 256;
    private const string HelperPrefix = "BPF_FUNC_", GetProto = "get_func_proto", IsValidAccess = "is_valid_access";
    private static readonly ulong[] s_sizes = [1, 2, 4, 8];
    private static readonly HashSet<string> s_typesByBtf = new(["TRACING", "LSM", "STRUCT_OPS", "EXT"], StringComparer.Ordinal);
    private static readonly Dictionary<uint, string> s_capabilities = new()
    {
        [KernelAnswers.CapNetAdmin] = "NET_ADMIN", [KernelAnswers.CapSysAdmin] = "SYS_ADMIN", [KernelAnswers.CapPerfmon] = "PERFMON", [KernelAnswers.CapBpf] = "BPF",
    };
    // What a callback may look at besides what is varied: a token nobody gave, bits that lie beside the one that says it may sleep, and
    // offloading, which this does not cover.
    private static readonly HashSet<string> s_settled = new(["type", "aux", "aux.token", "aux.offload_requested", "aux.dev_bound"], StringComparer.Ordinal);

    private readonly KernelFile _kernel;
    private readonly IKernelMachine _machine;
    private readonly KernelAnswers _answers;
    private readonly ProgramMemory _program;
    private readonly ProtoReader _protos;
    private readonly EnumNames _registers;
    private readonly RecordLayout _info;
    private readonly byte[] _infoBytes;
    private readonly SortedDictionary<ulong, string> _attachTypes = [];
    private readonly Action<string> _unknown;

    /// <summary>Over a kernel.</summary>
    /// <param name="kernel">The image.</param>
    /// <param name="machine">Runs it.</param>
    /// <param name="answers">What the machine answers for it.</param>
    /// <param name="protos">Its prototypes, read.</param>
    /// <param name="unknown">Told of every question that has no sure answer.</param>
    public ProgramTypeReader(KernelFile kernel, IKernelMachine machine, KernelAnswers answers, ProtoReader protos, Action<string> unknown)
    {
        (_kernel, _machine, _answers, _protos, _unknown) = (kernel, machine, answers, protos, unknown);
        _program = new ProgramMemory(kernel, machine);
        _registers = EnumNames.Of(kernel.Types, "bpf_reg_type", "PTR_TO_CTX");
        _info = RecordLayout.Require(kernel.Types, "bpf_insn_access_aux", kernel.Name);
        _infoBytes = new byte[_info.Size];
        foreach ((string name, ulong value) in EnumNames.Values(kernel.Types, "bpf_attach_type", "BPF_CGROUP_INET_INGRESS"))
        {
            if (!name.StartsWith("__", StringComparison.Ordinal))
                _attachTypes.TryAdd(value, name["BPF_".Length..]);
        }
        foreach ((string name, ulong value) in EnumNames.Values(kernel.Types, "bpf_func_id", "BPF_FUNC_map_lookup_elem"))
        {
            if (name.StartsWith(HelperPrefix, StringComparison.Ordinal) && value != 0)
                Helpers.TryAdd(name[HelperPrefix.Length..], (int)value);
        }
    }

    /// <summary>Helper numbers by name, without <c>unspec</c>.</summary>
    public SortedDictionary<string, int> Helpers { get; } = new(StringComparer.Ordinal);

    /// <summary>Helpers that programs of a type may call and their prototypes; null where another program or a table decides.</summary>
    /// <param name="ops">The type's callbacks.</param>
    /// <param name="varies">Gets, for each condition that makes a difference, the helpers that differ (null: not offered).</param>
    public SortedDictionary<string, string>? HelpersOf(VerifierOps ops, SortedDictionary<string, ProgramTypeVariation> varies)
    {
        if (!ops.Callbacks.TryGetValue(GetProto, out ulong function))
            return null;
        var helpers = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach ((string helper, int id) in Helpers)
        {
            string what = $"helper {helper} for {ops.Type}";
            bool Ask(ProgramState state, string condition, Conditions? conditions, out string? proto)
            {
                CallResult result = _machine.Call(function, (ulong)id, _program.Place(state));
                bool sure = IsSure(result, condition.Length == 0 ? what : $"helpers for {ops.Type}{condition}", conditions);
                proto = !sure || result.Value == 0 ? null
                    : _protos.NameAt(result.Value) ?? throw new IngestException($"{_kernel.Name}: {what}: no prototype is at {_kernel.Symbols.Describe(result.Value)}");
                return sure;
            }

            var conditions = new Conditions();
            Forget();
            Ask(new ProgramState(ops.Number), "", conditions, out string? proto);
            if (proto is not null)
                helpers.Add(helper, proto);
            Vary(ops, conditions, (name, state) =>
            {
                if (!Ask(state, $" ({name})", null, out string? other))
                    Variation(varies, name).Helpers = null;
                else if (other != proto && Variation(varies, name).Helpers is { } known)
                    known[helper] = other;
            });
        }
        return helpers;
    }

    /// <summary>Context accesses that programs of a type may make; null where the kernel's types decide.</summary>
    /// <param name="ops">The type's callbacks.</param>
    /// <param name="varies">Gets, for each condition that makes a difference, all accesses that are allowed then.</param>
    public List<ContextAccess>? ContextOf(VerifierOps ops, SortedDictionary<string, ProgramTypeVariation> varies)
    {
        if (s_typesByBtf.Contains(ops.Type) || !ops.Callbacks.TryGetValue(IsValidAccess, out ulong function))
            return null;
        var every = new Conditions();
        List<ContextAccess> accesses = Accesses(ops, function, new ProgramState(ops.Number), "", every);
        Vary(ops, every, (name, state) =>
        {
            List<ContextAccess> others = Accesses(ops, function, state, $" ({name})", null);
            if (!others.SequenceEqual(accesses))
                Variation(varies, name).Ctx = ContextRuns.Fold(others);
        });
        return accesses;
    }

    private List<ContextAccess> Accesses(VerifierOps ops, ulong function, ProgramState state, string condition, Conditions? conditions)
    {
        var accesses = new List<ContextAccess>();
        Forget();
        foreach ((ulong access, char letter) in ((ulong, char)[])[(1, 'r'), (2, 'w')])
        {
            for (ulong offset = 0; offset < Window; offset++)
            {
                foreach (ulong size in s_sizes)
                {
                    Array.Clear(_infoBytes);
                    _machine.Write(_program.End, _infoBytes);
                    CallResult result = _machine.Call(function, offset, size, access, _program.Place(state), _program.End);
                    bool sure = IsSure(result, $"context of {ops.Type}, {letter} {size} at {offset}{condition}", conditions);
                    // A truth value is one byte.
                    if (!sure || (byte)result.Value == 0 || !_machine.TryRead(_program.End, _infoBytes))
                        continue;
                    ulong register = Info("reg_type");
                    // The size of a field and the type pointed to share their place.
                    bool typed = _registers.KindOf(register) == "PTR_TO_BTF_ID";
                    accesses.Add(new ContextAccess(letter, (int)offset, (int)size, _registers.Name(register), typed ? 0 : (int)Info("ctx_field_size"),
                        typed ? _kernel.Types[(int)Info("btf_id")].Name : null));
                }
            }
        }
        return accesses;
    }

    // What the answer of one kind of question depended on, over all questions asked.
    private sealed class Conditions
    {
        public bool AttachType { get; set; }
        public bool Sleepable { get; set; }
        public bool Lockdown { get; set; }
        public SortedSet<uint> Capabilities { get; } = [];
    }

    // Whether the answer is one for certain; notes what it depended on.
    private bool IsSure(CallResult result, string what, Conditions? conditions)
    {
        if (KernelVariables.Doubt(_kernel, _machine, result) is { } doubt)
        {
            _unknown($"{what}: {doubt}");
            return false;
        }
        if (conditions is null)
            return true;
        conditions.Capabilities.UnionWith(_answers.AskedCapabilities);
        conditions.Lockdown |= _answers.AskedLockdown;
        SortedSet<string> reads = _program.Reads(_machine.ScratchReads);
        bool bits = reads.Contains(ProgramMemory.Sleepable);
        conditions.AttachType |= reads.Contains(ProgramMemory.AttachType);
        conditions.Sleepable |= bits;
        // The compiler reads whole bytes of bits: their neighbours are not told from the one that is varied.
        string? other = reads.FirstOrDefault(r => r is not (ProgramMemory.Sleepable or ProgramMemory.AttachType) && !s_settled.Contains(r) && !(bits || _program.IsBit(r)));
        if (other is not null)
            _unknown($"{what}: depends on {other} of the program");
        return other is null;
    }

    // Asks with every other value of what mattered, one at a time.
    private void Vary(VerifierOps ops, Conditions conditions, Action<string, ProgramState> ask)
    {
        if (conditions.AttachType)
        {
            foreach ((ulong value, string name) in _attachTypes)
            {
                if (value != 0)
                    ask($"attach {name}", new ProgramState(ops.Number, value));
            }
        }
        if (conditions.Sleepable)
            ask("sleepable", new ProgramState(ops.Number, 0, true));
        if (conditions.Lockdown)
        {
            _answers.LockedDown = true;
            ask("locked down", new ProgramState(ops.Number));
            _answers.LockedDown = false;
        }
        foreach (uint capability in conditions.Capabilities)
        {
            // CAP_SYS_ADMIN stands in for the others.
            _answers.HasCapability = asked => asked != capability && (asked != KernelAnswers.CapSysAdmin || capability == asked);
            ask("without " + (s_capabilities.GetValueOrDefault(capability) ?? capability.ToString(CultureInfo.InvariantCulture)), new ProgramState(ops.Number));
            _answers.HasCapability = static _ => true;
        }
    }

    private void Forget()
    {
        _answers.AskedCapabilities.Clear();
        _answers.AskedLockdown = false;
    }

    private static ProgramTypeVariation Variation(SortedDictionary<string, ProgramTypeVariation> varies, string name)
    {
        if (!varies.TryGetValue(name, out ProgramTypeVariation? variation))
            varies.Add(name, variation = new ProgramTypeVariation { When = [name] });
        return variation;
    }

    private ulong Info(string member) => _info.TryGet(member, out RecordField field) ? RecordLayout.Read(_infoBytes, field) : 0;
}
