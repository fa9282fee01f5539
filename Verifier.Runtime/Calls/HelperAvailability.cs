namespace BpfVerifier.Runtime;

// Which helpers a program may call. The tables say it by program type, attach type and capabilities; some depend on the very target.
internal sealed partial class Verification
{
    /// <summary>The prototype this program sees of a helper, null if it may not call it.</summary>
    public HelperProto? LookupHelper(int helper)
    {
        _helpers ??= new (bool, HelperProto?)[Kernel.HelperCount];
        // What is looked at before the walk may have any number.
        if ((uint)helper >= (uint)_helpers.Length)
            return FindHelper(helper);
        ref (bool Asked, HelperProto? Proto) known = ref _helpers[helper];
        if (!known.Asked)
            known = (true, FindHelper(helper));
        return known.Proto;
    }

    /// <summary>Answers given already, by number: each call that is walked asks.</summary>
    private (bool Asked, HelperProto? Proto)[]? _helpers;

    private HelperProto? FindHelper(int helper)
    {
        HelperProto? proto = _structOps is { } ops
            ? ops.Helper(_attachName, helper)
            : Kernel.Helper(ProgType, helper, ExpectedAttachType, ProgramIsSleepable);
        if (proto is null && HelperOfTarget(helper) is { } symbol)
            proto = Kernel.HelperPrototype(symbol);
        // Prototypes without a function cannot be called; bpf_tail_call's is always replaced by an instruction.
        return proto is null || helper == HelperId.TailCall || proto.Function.Length != 0 ? proto : null;
    }

    /// <summary>Symbol of the prototype a helper has for programs on what this one attaches to.</summary>
    private string? HelperOfTarget(int helper) => ProgType switch
    {
        ProgramType.Tracing when Program.ExpectedAttachType == AttachType.TraceIter => IteratorHelper(helper),
        ProgramType.Lsm => LsmHelper(helper),
        ProgramType.CgroupSockAddr => UnixNameHelper(helper),
        _ => null,
    };

    /// <summary>At patch levels before the image's, getpeername and getsockname of Unix sockets may take options.</summary>
    private string? UnixNameHelper(int helper)
    {
        bool unixName = ExpectedAttachType is AttachType.CgroupUnixGetpeername or AttachType.CgroupUnixGetsockname;
        if (!unixName || Changes.UnixNameHooksRefuseOptions)
            return null;
        return helper == HelperId.Setsockopt ? "bpf_sock_addr_setsockopt_proto" : helper == HelperId.Getsockopt ? "bpf_sock_addr_getsockopt_proto" : null;
    }

    private string? IteratorHelper(int helper)
    {
        bool socketIterator = _attachName is "bpf_iter_tcp" or "bpf_iter_unix";
        return helper switch
        {
            HelperId.SeqPrintf => "bpf_seq_printf_proto",
            HelperId.SeqWrite => "bpf_seq_write_proto",
            HelperId.SeqPrintfBtf => "bpf_seq_printf_btf_proto",
            HelperId.Setsockopt when socketIterator => "bpf_sk_setsockopt_proto",
            HelperId.Getsockopt when socketIterator => "bpf_sk_getsockopt_proto",
            _ => null,
        };
    }

    private string? LsmHelper(int helper)
    {
        bool cgroup = Program.ExpectedAttachType == AttachType.LsmCgroup;
        bool locked = cgroup && Kernel.IsIn(KernelSet.BpfLsmLockedSockoptHooks, _attachName);
        bool unlocked = cgroup && Kernel.IsIn(KernelSet.BpfLsmUnlockedSockoptHooks, _attachName);
        return helper switch
        {
            HelperId.Setsockopt => locked ? "bpf_sk_setsockopt_proto" : unlocked ? "bpf_unlocked_sk_setsockopt_proto" : null,
            HelperId.Getsockopt => locked ? "bpf_sk_getsockopt_proto" : unlocked ? "bpf_unlocked_sk_getsockopt_proto" : null,
            _ => null,
        };
    }
}
