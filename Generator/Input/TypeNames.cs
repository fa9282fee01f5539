using BpfVerifier.Generator.Model;

namespace BpfVerifier.Generator.Input;

/// <summary>
/// What the kernel's names for argument, return and register types mean in the runtime's enums. Composite names
/// (<c>ARG_PTR_TO_UNINIT_MEM</c>) are taken apart by the release's own numbers, which differ between releases, and by their
/// parts where those numbers are not composed.
/// </summary>
internal sealed class TypeNames
{
    // Kind in the low 8 bits, modifiers above: BPF_BASE_TYPE_BITS.
    private const int BaseMask = 0xff;

    private static readonly Dictionary<string, string> s_args = new(StringComparer.Ordinal)
    {
        ["ARG_DONTCARE"] = "DontCare",
        ["ARG_CONST_MAP_PTR"] = "ConstMapPtr",
        ["ARG_PTR_TO_MAP_KEY"] = "PtrToMapKey",
        ["ARG_PTR_TO_MAP_VALUE"] = "PtrToMapValue",
        ["ARG_PTR_TO_MEM"] = "PtrToMem",
        ["ARG_PTR_TO_ARENA"] = "PtrToArena",
        ["ARG_CONST_SIZE"] = "ConstSize",
        ["ARG_CONST_SIZE_OR_ZERO"] = "ConstSizeOrZero",
        // The same things from 7.3 on.
        ["ARG_MEM_SIZE"] = "ConstSize",
        ["ARG_MEM_SIZE_OR_ZERO"] = "ConstSizeOrZero",
        ["ARG_PTR_TO_CTX"] = "PtrToCtx",
        ["ARG_ANYTHING"] = "Anything",
        ["ARG_SCALAR"] = "Scalar",
        ["ARG_PTR_TO_SPIN_LOCK"] = "PtrToSpinLock",
        ["ARG_PTR_TO_SOCK_COMMON"] = "PtrToSockCommon",
        ["ARG_PTR_TO_SOCKET"] = "PtrToSocket",
        ["ARG_PTR_TO_BTF_ID"] = "PtrToBtfId",
        ["ARG_PTR_TO_RINGBUF_MEM"] = "PtrToRingBufMem",
        // The same thing before 6.2.
        ["ARG_PTR_TO_ALLOC_MEM"] = "PtrToRingBufMem",
        ["ARG_CONST_ALLOC_SIZE_OR_ZERO"] = "ConstAllocSizeOrZero",
        ["ARG_PTR_TO_BTF_ID_SOCK_COMMON"] = "PtrToBtfIdSockCommon",
        ["ARG_PTR_TO_PERCPU_BTF_ID"] = "PtrToPerCpuBtfId",
        ["ARG_PTR_TO_FUNC"] = "PtrToFunc",
        ["ARG_PTR_TO_STACK"] = "PtrToStack",
        ["ARG_PTR_TO_CONST_STR"] = "PtrToConstStr",
        ["ARG_PTR_TO_TIMER"] = "PtrToTimer",
        ["ARG_KPTR_XCHG_DEST"] = "KptrXchgDest",
        ["ARG_PTR_TO_KPTR"] = "KptrXchgDest",
        ["ARG_PTR_TO_DYNPTR"] = "PtrToDynptr",
        ["ARG_PTR_TO_LONG"] = "PtrToLong",
        ["ARG_PTR_TO_INT"] = "PtrToInt",
    };

    private static readonly Dictionary<string, string> s_returns = new(StringComparer.Ordinal)
    {
        ["RET_INTEGER"] = "Integer",
        ["RET_VOID"] = "Void",
        ["RET_PTR_TO_MAP_VALUE"] = "PtrToMapValue",
        ["RET_PTR_TO_SOCKET"] = "PtrToSocket",
        ["RET_PTR_TO_TCP_SOCK"] = "PtrToTcpSock",
        ["RET_PTR_TO_SOCK_COMMON"] = "PtrToSockCommon",
        ["RET_PTR_TO_MEM"] = "PtrToMem",
        // The same thing before 6.2.
        ["RET_PTR_TO_ALLOC_MEM"] = "PtrToMem",
        ["RET_PTR_TO_MEM_OR_BTF_ID"] = "PtrToMemOrBtfId",
        ["RET_PTR_TO_BTF_ID"] = "PtrToBtfId",
    };

    private static readonly Dictionary<string, string> s_registers = new(StringComparer.Ordinal)
    {
        // Left as it was by a context rule that says nothing of the type: a plain number.
        ["NOT_INIT"] = "Scalar",
        ["SCALAR_VALUE"] = "Scalar",
        ["PTR_TO_CTX"] = "Ctx",
        ["CONST_PTR_TO_MAP"] = "ConstMap",
        ["PTR_TO_MAP_VALUE"] = "MapValue",
        ["PTR_TO_MAP_KEY"] = "MapKey",
        ["PTR_TO_STACK"] = "Stack",
        ["PTR_TO_PACKET_META"] = "PacketMeta",
        ["PTR_TO_PACKET"] = "Packet",
        ["PTR_TO_PACKET_END"] = "PacketEnd",
        ["PTR_TO_FLOW_KEYS"] = "FlowKeys",
        ["PTR_TO_SOCKET"] = "Socket",
        ["PTR_TO_SOCK_COMMON"] = "SockCommon",
        ["PTR_TO_TCP_SOCK"] = "TcpSock",
        ["PTR_TO_TP_BUFFER"] = "TpBuffer",
        ["PTR_TO_XDP_SOCK"] = "XdpSock",
        ["PTR_TO_BTF_ID"] = "BtfId",
        ["PTR_TO_MEM"] = "Mem",
        ["PTR_TO_ARENA"] = "Arena",
        ["PTR_TO_BUF"] = "Buf",
        ["PTR_TO_RDWR_BUF"] = "Buf",
        ["PTR_TO_FUNC"] = "Func",
        ["PTR_TO_INSN"] = "Insn",
        ["CONST_PTR_TO_DYNPTR"] = "ConstDynptr",
        ["PTR_TO_DYNPTR"] = "ConstDynptr",
    };

    private static readonly Dictionary<string, string> s_flags = new(StringComparer.Ordinal)
    {
        ["PTR_MAYBE_NULL"] = "MaybeNull",
        ["MEM_RDONLY"] = "ReadOnly",
        ["MEM_RINGBUF"] = "RingBuf",
        ["MEM_USER"] = "User",
        ["MEM_PERCPU"] = "PerCpu",
        ["OBJ_RELEASE"] = "Release",
        ["PTR_UNTRUSTED"] = "Untrusted",
        ["MEM_UNINIT"] = "Uninit",
        ["DYNPTR_TYPE_LOCAL"] = "DynptrLocal",
        ["DYNPTR_TYPE_RINGBUF"] = "DynptrRingBuf",
        ["MEM_FIXED_SIZE"] = "FixedSize",
        ["MEM_ALLOC"] = "Alloc",
        ["PTR_TRUSTED"] = "Trusted",
        ["MEM_RCU"] = "Rcu",
        ["NON_OWN_REF"] = "NonOwnRef",
        ["DYNPTR_TYPE_SKB"] = "DynptrSkb",
        ["DYNPTR_TYPE_XDP"] = "DynptrXdp",
        ["MEM_ALIGNED"] = "Aligned",
        ["MEM_WRITE"] = "Write",
        ["DYNPTR_TYPE_SKB_META"] = "DynptrSkbMeta",
        ["DYNPTR_TYPE_FILE"] = "DynptrFile",
    };

    // Parts of composite names before enum bpf_type_flag, what is left without the flag, and the flag.
    private static readonly (string Mark, string Plain, string Flag)[] s_olderMarks =
    [
        ("_OR_NULL", "", "MaybeNull"),
        ("_UNINIT_", "_", "Uninit"),
        ("_RDONLY_", "_", "ReadOnly"),
        ("_PERCPU_", "_", "PerCpu"),
    ];

    private readonly Vocabulary _args;
    private readonly Vocabulary _returns;
    private readonly Vocabulary _registers;

    public TypeNames(IEnumerable<EnumModel> enums)
    {
        Dictionary<string, EnumModel> byName = enums.ToDictionary(e => e.Name, StringComparer.Ordinal);
        Dictionary<string, int> flags = Values(byName, "bpf_type_flag");
        // Until 6.1 MEM_ALLOC was what later is MEM_RINGBUF; the later MEM_ALLOC is another thing.
        string ringBuf = flags.ContainsKey("MEM_RINGBUF") ? "MEM_ALLOC" : "MEM_RINGBUF";
        var flagNames = new SortedDictionary<int, string>();
        foreach (KeyValuePair<string, int> flag in flags)
        {
            string name = flag.Key == "MEM_ALLOC" ? ringBuf : flag.Key;
            if ((flag.Value & (flag.Value - 1)) == 0 && s_flags.TryGetValue(name, out string? known))
                flagNames[flag.Value] = known;
        }
        _args = new Vocabulary(Values(byName, "bpf_arg_type"), flags, s_args, flagNames);
        _returns = new Vocabulary(Values(byName, "bpf_return_type"), flags, s_returns, flagNames);
        _registers = new Vocabulary(Values(byName, "bpf_reg_type"), flags, s_registers, flagNames);
    }

    /// <summary>The meaning of an argument type; if there is none, <paramref name="unknown"/> is the name at fault.</summary>
    public TypeName? Arg(string text, out string unknown) => _args.Resolve(text, out unknown);

    public TypeName? Return(string text, out string unknown) => _returns.Resolve(text, out unknown);

    public TypeName? Register(string text, out string unknown) => _registers.Resolve(text, out unknown);

    private static Dictionary<string, int> Values(Dictionary<string, EnumModel> enums, string name)
    {
        var values = new Dictionary<string, int>(StringComparer.Ordinal);
        if (enums.TryGetValue(name, out EnumModel? model))
        {
            foreach (NamedValue value in model.Values)
            {
                if (value.Value.AsIndex is { } number && !value.Name.StartsWith("__", StringComparison.Ordinal))
                    values.Add(value.Name, number);
            }
        }
        return values;
    }

    private sealed class Vocabulary(
        Dictionary<string, int> values, Dictionary<string, int> flags, Dictionary<string, string> kinds, SortedDictionary<int, string> flagNames)
    {
        private readonly Dictionary<string, TypeName> _known = new(StringComparer.Ordinal);

        public TypeName? Resolve(string text, out string unknown)
        {
            unknown = text;
            if (_known.TryGetValue(text, out TypeName known))
                return known;
            // Releases before enum bpf_type_flag (5.10) number each composite by itself.
            if (flags.Count == 0)
                return values.ContainsKey(text) && Older(text) is { } older ? _known[text] = older : null;
            int bits = 0;
            foreach (string part in text.Split('|'))
            {
                if (!values.TryGetValue(part, out int value) && !flags.TryGetValue(part, out value))
                {
                    unknown = part;
                    return null;
                }
                bits |= value;
            }
            if (Kind(bits & BaseMask) is not { } kind)
                return null;
            if (Flags(bits & ~BaseMask) is not { } names)
                return null;
            return _known[text] = new TypeName(kind, names);
        }

        private TypeName? Older(string text)
        {
            var names = new List<string>();
            foreach ((string mark, string plain, string flag) in s_olderMarks)
            {
                if (!text.Contains(mark, StringComparison.Ordinal) || kinds.ContainsKey(text))
                    continue;
                text = text.Replace(mark, plain);
                names.Add("TypeFlags." + flag);
            }
            return kinds.TryGetValue(text, out string? kind) ? new TypeName(kind, string.Join(" | ", names)) : null;
        }

        private string? Kind(int value)
        {
            foreach (KeyValuePair<string, int> entry in values)
            {
                if (entry.Value == value && kinds.TryGetValue(entry.Key, out string? kind))
                    return kind;
            }
            return null;
        }

        private string? Flags(int bits)
        {
            var names = new List<string>();
            foreach (KeyValuePair<int, string> flag in flagNames)
            {
                if ((bits & flag.Key) != 0)
                    names.Add("TypeFlags." + flag.Value);
                bits &= ~flag.Key;
            }
            return bits == 0 ? string.Join(" | ", names) : null;
        }
    }
}
