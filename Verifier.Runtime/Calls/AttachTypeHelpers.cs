namespace BpfVerifier.Runtime;

// Helpers that a program type may call at some of its attach points only. The tables say what holds at attach type 0.
internal sealed partial class Verification
{
    /// <summary>The prototype this program sees of a helper, null if it may not call it.</summary>
    public HelperProto? LookupHelper(int helper)
    {
        if (_helpers.TryGetValue((ProgType, helper), out HelperProto? known))
            return known;
        HelperProto? found = FindHelper(helper);
        _helpers.Add((ProgType, helper), found);
        return found;
    }

    private readonly Dictionary<(ProgramType, int), HelperProto?> _helpers = [];

    private HelperProto? FindHelper(int helper)
    {
        HelperProto? proto = _structOps is { } ops ? ops.Helper(_attachName, helper) : HelperTable.Lookup(ProgType, helper);
        if (proto is null && HelperByAttachType(helper) is { } symbol)
            proto = HelperTable.Find(symbol);
        if (proto is not null && HelperNeedsCapability(helper))
            throw NotModeled($"helper {HelperTable.Name(helper)} for a loader with few capabilities");
        // Prototypes without a function cannot be called; bpf_tail_call's is always replaced by an instruction.
        return proto is null || helper == HelperId.TailCall || proto.Function.Length != 0 ? proto : null;
    }

    /// <summary>
    /// The tables say what root may call. Of the helpers that program types share, some are only for loaders with CAP_BPF
    /// and some only for those with CAP_PERFMON too, unless the type has them on its own.
    /// </summary>
    private bool HelperNeedsCapability(int helper) => !(BpfCapable && AllowPtrLeaks) && helper switch
    {
        HelperId.TracePrintk or HelperId.TraceVprintk or HelperId.GetCurrentTask or HelperId.GetCurrentTaskBtf or HelperId.GetCurrentComm
            or HelperId.ProbeReadUser or HelperId.ProbeReadKernel or HelperId.ProbeReadUserStr or HelperId.ProbeReadKernelStr
            or HelperId.CopyFromUser or HelperId.CopyFromUserTask or HelperId.SnprintfBtf or HelperId.Snprintf or HelperId.TaskPtRegs
            or HelperId.PerfEventReadValue or HelperId.PerfEventRead or HelperId.SendSignal or HelperId.SendSignalThread
            or HelperId.GetTaskStack or HelperId.GetBranchSnapshot or HelperId.FindVma
            or HelperId.SkcToTcp6Sock or HelperId.SkcToTcpSock or HelperId.SkcToTcpTimewaitSock or HelperId.SkcToTcpRequestSock
            or HelperId.SkcToUdp6Sock or HelperId.SkcToUnixSock or HelperId.SkcToMptcpSock => true,
        HelperId.SpinLock or HelperId.SpinUnlock or HelperId.Jiffies64 or HelperId.PerCpuPtr or HelperId.ThisCpuPtr
            or HelperId.TimerInit or HelperId.TimerSetCallback or HelperId.TimerStart or HelperId.TimerCancel or HelperId.KptrXchg
            or HelperId.ForEachMapElem or HelperId.Loop or HelperId.UserRingbufDrain or HelperId.RingbufReserveDynptr
            or HelperId.RingbufSubmitDynptr or HelperId.RingbufDiscardDynptr or HelperId.DynptrFromMem or HelperId.DynptrRead
            or HelperId.DynptrWrite or HelperId.DynptrData or HelperId.CgrpStorageGet or HelperId.CgrpStorageDelete
            or HelperId.GetCurrentCgroupId or HelperId.GetCurrentAncestorCgroupId or HelperId.CurrentTaskUnderCgroup
            or HelperId.GetCgroupClassid or HelperId.TaskStorageGet or HelperId.TaskStorageDelete => !BpfCapable,
        _ => false,
    };

    /// <summary>Symbol of the prototype a helper has at this program's attach type beyond what its type has everywhere.</summary>
    private string? HelperByAttachType(int helper) => ProgType switch
    {
        ProgramType.Tracing => TracingHelper(helper),
        ProgramType.Lsm => LsmHelper(helper),
        ProgramType.CgroupSockAddr => SockAddrHelper(helper) ?? CgroupHelper(helper),
        ProgramType.CgroupSockOpt => SockOptHelper(helper) ?? CgroupHelper(helper),
        ProgramType.CgroupSkb or ProgramType.CgroupSock or ProgramType.CgroupDevice or ProgramType.CgroupSysctl => CgroupHelper(helper),
        _ => null,
    };

    private string? TracingHelper(int helper)
    {
        AttachType attach = Program.ExpectedAttachType;
        bool iterator = attach == AttachType.TraceIter;
        bool trampoline = attach is AttachType.TraceFentry or AttachType.TraceFexit or AttachType.ModifyReturn or AttachType.LsmMac;
        bool socketIterator = iterator && _attachName is "bpf_iter_tcp" or "bpf_iter_unix";
        return helper switch
        {
            HelperId.SeqPrintf when iterator => "bpf_seq_printf_proto",
            HelperId.SeqWrite when iterator => "bpf_seq_write_proto",
            HelperId.SeqPrintfBtf when iterator => "bpf_seq_printf_btf_proto",
            HelperId.Setsockopt when socketIterator => "bpf_sk_setsockopt_proto",
            HelperId.Getsockopt when socketIterator => "bpf_sk_getsockopt_proto",
            HelperId.GetFuncArg when trampoline => "bpf_get_func_arg_proto",
            HelperId.GetFuncRet when trampoline => "bpf_get_func_ret_proto",
            HelperId.GetFuncArgCnt when trampoline => "bpf_get_func_arg_cnt_proto",
            HelperId.GetAttachCookie when trampoline || (attach == AttachType.TraceRawTp && Changes.TracepointCookies) =>
                "bpf_get_attach_cookie_proto_tracing",
            _ => null,
        };
    }

    private string? LsmHelper(int helper)
    {
        bool cgroup = Program.ExpectedAttachType == AttachType.LsmCgroup;
        bool locked = cgroup && BtfSets.BpfLsmLockedSockoptHooks.Contains(_attachName);
        bool unlocked = cgroup && BtfSets.BpfLsmUnlockedSockoptHooks.Contains(_attachName);
        return helper switch
        {
            HelperId.GetLocalStorage when cgroup => "bpf_get_local_storage_proto",
            HelperId.GetRetval when cgroup => "bpf_get_retval_proto",
            HelperId.SetRetval when cgroup => "bpf_set_retval_proto",
            HelperId.GetAttachCookie => Program.ExpectedAttachType == AttachType.LsmMac ? "bpf_get_attach_cookie_proto" : null,
            HelperId.Setsockopt => locked ? "bpf_sk_setsockopt_proto" : unlocked ? "bpf_unlocked_sk_setsockopt_proto" : null,
            HelperId.Getsockopt => locked ? "bpf_sk_getsockopt_proto" : unlocked ? "bpf_unlocked_sk_getsockopt_proto" : null,
            _ => TracingHelper(helper),
        };
    }

    private string? SockAddrHelper(int helper)
    {
        AttachType attach = Program.ExpectedAttachType;
        bool connects = attach is AttachType.CgroupInet4Connect or AttachType.CgroupInet6Connect;
        bool takesOptions = connects || attach is AttachType.CgroupInet4Bind or AttachType.CgroupInet6Bind or AttachType.CgroupUnixConnect
            or AttachType.CgroupUdp4Recvmsg or AttachType.CgroupUdp6Recvmsg or AttachType.CgroupUnixRecvmsg
            or AttachType.CgroupUdp4Sendmsg or AttachType.CgroupUdp6Sendmsg or AttachType.CgroupUnixSendmsg
            or AttachType.CgroupInet4Getpeername or AttachType.CgroupInet6Getpeername
            or AttachType.CgroupInet4Getsockname or AttachType.CgroupInet6Getsockname
            || (attach is AttachType.CgroupUnixGetpeername or AttachType.CgroupUnixGetsockname && Changes.UnixNameHooksTakeOptions && !Changes.UnixNameHooksRefuseOptions);
        return helper switch
        {
            HelperId.Bind when connects => "bpf_bind_proto",
            HelperId.Setsockopt or HelperId.Getsockopt when !connects && !Changes.SockAddrOptions => null,
            HelperId.Setsockopt when takesOptions => "bpf_sock_addr_setsockopt_proto",
            HelperId.Getsockopt when takesOptions => "bpf_sock_addr_getsockopt_proto",
            _ => null,
        };
    }

    private string? SockOptHelper(int helper) => Program.ExpectedAttachType != AttachType.CgroupSetsockopt ? null : helper switch
    {
        HelperId.Setsockopt => "bpf_sk_setsockopt_proto",
        HelperId.Getsockopt => "bpf_sk_getsockopt_proto",
        _ => null,
    };

    /// <summary>The return value of the system call can be read and set at attach points that may refuse it.</summary>
    private string? CgroupHelper(int helper)
    {
        if (helper is not (HelperId.GetRetval or HelperId.SetRetval))
            return null;
        bool cannotRefuse = Program.ExpectedAttachType is AttachType.CgroupInetIngress or AttachType.CgroupInetEgress
            or AttachType.CgroupSockOps or AttachType.CgroupUdp4Recvmsg or AttachType.CgroupUdp6Recvmsg or AttachType.CgroupUnixRecvmsg
            or AttachType.CgroupInet4Getpeername or AttachType.CgroupInet6Getpeername or AttachType.CgroupUnixGetpeername
            or AttachType.CgroupInet4Getsockname or AttachType.CgroupInet6Getsockname or AttachType.CgroupUnixGetsockname;
        return cannotRefuse ? null : helper == HelperId.GetRetval ? "bpf_get_retval_proto" : "bpf_set_retval_proto";
    }
}
