using BpfVerifier.Btf;

namespace BpfVerifier.Objects.Programs;

/// <summary>
/// For kernels that do not know the <c>arg:ctx</c> tag: gives global functions that use it a copy of their prototype in which
/// the tagged argument has the program type's context type, and points func_info to the copy.
/// </summary>
internal static class ContextTagFallback
{
    private static string? ContextType(ProgramType type) => type switch
    {
        ProgramType.CgroupDevice => "bpf_cgroup_dev_ctx",
        ProgramType.CgroupSock => "bpf_sock",
        ProgramType.CgroupSockAddr => "bpf_sock_addr",
        ProgramType.CgroupSockOpt => "bpf_sockopt",
        ProgramType.CgroupSysctl => "bpf_sysctl",
        ProgramType.Kprobe => "bpf_user_pt_regs_t",
        ProgramType.Netfilter => "bpf_nf_ctx",
        ProgramType.PerfEvent => "bpf_perf_event_data",
        ProgramType.RawTracepoint or ProgramType.RawTracepointWritable => "bpf_raw_tracepoint_args",
        ProgramType.SkLookup => "bpf_sk_lookup",
        ProgramType.SkMsg => "sk_msg_md",
        ProgramType.SkReusePort => "sk_reuseport_md",
        ProgramType.SockOps => "bpf_sock_ops",
        ProgramType.Xdp => "xdp_md",
        ProgramType.CgroupSkb or ProgramType.FlowDissector or ProgramType.LwtIn or ProgramType.LwtOut or ProgramType.LwtSeg6local
            or ProgramType.LwtXmit or ProgramType.SchedAct or ProgramType.SchedCls or ProgramType.SkSkb or ProgramType.SocketFilter => "__sk_buff",
        _ => null,
    };

    /// <summary>Amends func_info and returns the amended types, or <paramref name="btf"/> itself when nothing needs it.</summary>
    public static BtfTypes Apply(BtfTypes btf, ProgramType type, List<FuncInfo> functions)
    {
        if (functions.Count == 0 || ContextType(type) is not { } context)
            return btf;
        FuncInfo[] original = [.. functions];
        BtfBuilder? edits = null;
        // Prototype of the copy of each function that got one.
        var copies = new Dictionary<int, int>();
        int pointer = 0;
        foreach (int id in btf.FindAll("arg:ctx"))
        {
            BtfType tag = btf[id];
            BtfType function = btf[tag.TypeId];
            if (tag.Kind != BtfKind.DeclTag || function.Kind != BtfKind.Func || function.Linkage != BtfLinkage.Global)
                continue;
            int record = Array.FindIndex(original, f => f.TypeId == function.Id);
            BtfType prototype = btf[function.TypeId];
            int argument = tag.ComponentIndex;
            if (record < 0 || argument < 0 || argument >= prototype.VLen || !NeedsFix(btf, type, prototype.Param(argument).TypeId, context))
                continue;
            edits ??= BtfBuilder.From(btf);
            if (!copies.TryGetValue(function.Id, out int copy))
            {
                copies[function.Id] = copy = Copy(edits, prototype);
                int functionCopy = edits.AddReference(BtfKind.Func, copy);
                edits.SetWord(functionCopy, 0, function.NameOffset);
                edits.SetWord(functionCopy, 1, (uint)BtfKind.Func << 24 | (uint)BtfLinkage.Global);
                functions[record] = functions[record] with { TypeId = functionCopy };
            }
            if (pointer == 0)
                pointer = edits.AddPtr(edits.AddStruct(BtfKind.Struct, context, 0));
            edits.AddDeclTag("arg:ctx", functions[record].TypeId, argument);
            edits.SetWord(copy, 4 + argument * 2, (uint)pointer);
        }
        return edits is not null && BtfTypes.TryParse(edits.ToArray(), null, out BtfTypes? amended, out _) ? amended : btf;
    }

    private static int Copy(BtfBuilder edits, BtfType prototype)
    {
        uint[] words = new uint[prototype.VLen * 2];
        for (int i = 0; i < prototype.VLen; i++)
            (words[i * 2], words[i * 2 + 1]) = (prototype.Param(i).NameOffset, (uint)prototype.Param(i).TypeId);
        return edits.Add(BtfKind.FuncProto, "", prototype.VLen, false, (uint)prototype.ReturnTypeId, words);
    }

    private static bool NeedsFix(BtfTypes btf, ProgramType type, int argumentType, string context)
    {
        BtfType pointer = btf[btf.SkipModifiersAndTypedefs(argumentType)];
        if (pointer.Kind != BtfKind.Ptr)
            return false;
        BtfType target = btf[btf.SkipModifiersAndTypedefs(pointer.TypeId)];
        if (target.IsVoid)
            return true;
        string name = target.Name;
        if (target.IsStruct && name == context)
            return false;
        return type switch
        {
            ProgramType.Kprobe or ProgramType.PerfEvent => target.IsStruct && name == "pt_regs",
            ProgramType.RawTracepoint or ProgramType.RawTracepointWritable => target is { Kind: BtfKind.Int, Size: 8 },
            _ => false,
        };
    }
}
