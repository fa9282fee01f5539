using System.Globalization;
using BpfVerifier.Btf;

namespace BpfVerifier.Runtime;

// Which C types stand for the context of a program type.
internal sealed partial class Verification
{
    /// <summary>
    /// Type the kernel pairs with programs of that type, from its <c>struct bpf_ctx_convert</c>; 0 where there is none or it has no name.
    /// </summary>
    private int CanonicalContextType(ProgramType type) => ContextPairMember(type, "_prog");

    /// <summary>Of the pair the member with that suffix: <c>_prog</c> is what programs see, <c>_kern</c> what the kernel has.</summary>
    private int ContextPairMember(ProgramType type, string suffix)
    {
        if (_contextTypes.TryGetValue((type, suffix), out int known))
            return known;
        int found = FindContextPairMember(type, suffix);
        _contextTypes.Add((type, suffix), found);
        return found;
    }

    private readonly Dictionary<(ProgramType, string), int> _contextTypes = [];

    private int FindContextPairMember(ProgramType type, string suffix)
    {
        string? enumerator = null;
        BtfType names = KernelTypes[Math.Max(0, KernelTypes.Find("bpf_prog_type", BtfKind.Enum))];
        for (int i = 0; i < names.VLen && enumerator is null; i++)
            if (names.Enumerator(i).Value == (long)type)
                enumerator = names.Enumerator(i).Name;
        BtfType pairs = KernelTypes[Math.Max(0, KernelTypes.Find("bpf_ctx_convert", BtfKind.Struct))];
        string member = string.Create(CultureInfo.InvariantCulture, $"{enumerator}{suffix}");
        for (int i = 0; i < pairs.VLen; i++)
            if (pairs.Member(i).Name == member)
                return pairs.Member(i).TypeId;
        return 0;
    }

    /// <summary>True for a pointer to the context struct of that program type.</summary>
    private bool IsProgCtxType(BtfTypes types, BtfType pointer, ProgramType programType)
    {
        if (Changes.SubprogArgTags && programType == ProgramType.Kprobe && IsUserRegsTypedef(types, pointer.TypeId))
            return true;
        BtfType pointee = Underlying(types, pointer.TypeId);
        if (!pointee.IsStruct)
            return false;
        ReadOnlySpan<byte> name = pointee.NameBytes;
        int context = CanonicalContextType(programType);
        if (context == 0)
            return false;
        BtfType named = KernelTypes[context];
        ReadOnlySpan<byte> expected = named.NameBytes;
        if (Changes.SubprogArgTags && expected.Length == 0)
            return false;
        if (Changes.SubprogArgTags && IsProjection(expected, name))
            return true;
        if (expected.SequenceEqual(name))
            return true;
        // bpf_user_pt_regs_t is a typedef of what the program may name too.
        if (!named.IsModifier && named.Kind != BtfKind.Typedef)
            return false;
        expected = Underlying(KernelTypes, context).NameBytes;
        return expected.SequenceEqual(name) && (expected.Length != 0 || !Changes.SubprogArgTags);
    }

    /// <summary>The kernel's own struct may stand for the one programs see.</summary>
    private static bool IsProjection(ReadOnlySpan<byte> seen, ReadOnlySpan<byte> inKernel) =>
        (seen.SequenceEqual("__sk_buff"u8) && inKernel.SequenceEqual("sk_buff"u8))
        || (seen.SequenceEqual("xdp_md"u8) && inKernel.SequenceEqual("xdp_buff"u8));

    private static bool IsUserRegsTypedef(BtfTypes types, int id)
    {
        BtfType type = types[types.SkipModifiers(id)];
        return type.Kind == BtfKind.Typedef && type.NameBytes.SequenceEqual("bpf_user_pt_regs_t"u8);
    }

    /// <summary>An argument tagged as context must have a type that can be one.</summary>
    private bool ValidateProgCtxType(BtfTypes types, BtfType pointer, int index, ProgramType programType)
    {
        if (programType is ProgramType.Kprobe or ProgramType.PerfEvent && IsUserRegsTypedef(types, pointer.TypeId))
            return true;
        BtfType type = Underlying(types, pointer.TypeId);
        if (type.IsVoid)
            return true;
        string name = type.Name;
        if (name.Length == 0)
        {
            Log.Write($"arg#{index} type doesn't have a name\n");
            return false;
        }
        bool isStruct = type.Kind == BtfKind.Struct;
        bool isWord = type.Kind == BtfKind.Int && type.Size == 8;
        AttachType attach = ExpectedAttachType;
        bool special = programType switch
        {
            ProgramType.Kprobe or ProgramType.PerfEvent => isStruct && name == "pt_regs",
            ProgramType.RawTracepoint or ProgramType.RawTracepointWritable or ProgramType.Lsm or ProgramType.StructOps => isWord,
            ProgramType.Tracing => attach switch
            {
                AttachType.TraceRawTp => isWord || (isStruct && name == "bpf_raw_tracepoint_args"),
                AttachType.TraceIter => isStruct && name.StartsWith("bpf_iter__", StringComparison.Ordinal),
                AttachType.TraceFentry or AttachType.TraceFexit or AttachType.ModifyReturn => isWord,
                AttachType.TraceFsession => isWord && Changes.FsessionPrograms,
                _ => false,
            },
            ProgramType.Tracepoint or ProgramType.Syscall or ProgramType.Ext => true,
            _ => false,
        };
        if (special)
            return true;

        BtfType context = Underlying(KernelTypes, CanonicalContextType(programType));
        if (context.Kind != BtfKind.Struct)
        {
            Log.Write($"arg#{index} should be void pointer\n");
            return false;
        }
        if (isStruct && context.Name == name)
            return true;
        Log.Write($"arg#{index} should be `struct {context.Name} *`\n");
        return false;
    }
}
