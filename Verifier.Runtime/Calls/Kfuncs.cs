using BpfVerifier.Btf;

namespace BpfVerifier.Runtime;

// Calls of kernel functions described by BTF.
internal sealed partial class Verification
{
    private readonly KfuncMeta _kfuncMeta = new();

    /// <summary>Some path throws an exception.</summary>
    public bool SeenThrow { get; private set; }

    /// <summary>A weak kfunc the kernel lacks has no number; such a call may stand only where no path comes.</summary>
    private Errno CheckMissingKfuncs()
    {
        for (int i = 0; i < Insns.Length; i++)
        {
            if (!Insns[i].IsKfuncCall || Insns[i].Imm != 0 || !Aux[i].Seen)
                continue;
            Log.Write("invalid kernel function call not eliminated in verifier pass\n");
            return Errno.EINVAL;
        }
        return Errno.None;
    }

    public Errno CheckKfuncCall(ref Insn insn, ref int insnIdx)
    {
        // Left to CheckMissingKfuncs.
        if (insn.Imm == 0)
            return Errno.None;
        if (insn.Off != 0)
            throw NotModeled("kfunc of a kernel module");
        KfuncInfo kfunc = Kfunc(insn.Imm);
        string name = kfunc.Name;
        if (!kfunc.IsKnown || !PassesKfuncFilter(kfunc.Filter, name))
        {
            Log.Write($"calling kernel function {name} is not allowed\n");
            return Errno.EACCES;
        }
        KfuncMeta meta = _kfuncMeta;
        meta.Reset(name, insn.Imm, kfunc.Proto, kfunc.Flags);
        if (!Changes.TrustedPointers)
            return CheckOlderKfuncCall(meta, insnIdx);
        int callIdx = insnIdx;
        Aux[callIdx].IsIterNext = meta.Is(KfuncFlags.IterNext);
        Errno error = CheckKfuncBefore(meta);
        if (error == Errno.None)
            error = CheckKfuncArgs(meta, callIdx);
        if (error == Errno.None)
            error = QueueKfuncCallback(meta, callIdx);
        if (error == Errno.None)
            error = ChangeSections(meta);
        if (error == Errno.None)
            error = ReleaseKfuncArgument(meta);
        if (error != Errno.None)
            return error;
        if (name == "bpf_throw")
        {
            SeenThrow = true;
            // Without a callback of the program's own, what is thrown becomes what the program returns.
            return ExceptionCallbackSubprog == 0 ? CheckReturnCode(1, "R1") : Errno.None;
        }

        RegState[] regs = Regs;
        for (int i = 0; i < CallerSavedRegs; i++)
            MarkRegNotInit(regs, i);
        error = SetKfuncResult(meta, regs, callIdx);
        if (error != Errno.None)
            return error;
        if (name == "bpf_xdp_pull_data")
            ClearAllPktPointers();
        MarkKfuncArgsRead(meta);
        return meta.Is(KfuncFlags.IterNext) ? ProcessIterNextCall(callIdx, meta.IterFrame, meta.IterSlot) : Errno.None;
    }

    private bool KfuncAllowedUnderLock(int funcId) => KfuncGroups.AllowedUnderLock(Kfunc(funcId).Name, Changes);

    /// <summary>What is known of a kernel function that programs of this type may, perhaps, call.</summary>
    /// <param name="Name">Its name.</param>
    /// <param name="Proto">Its prototype.</param>
    /// <param name="IsKnown">It is registered for programs of this type, with flags and perhaps a filter.</param>
    /// <param name="Flags">How it is registered.</param>
    /// <param name="Filter">The kernel's function that decides further, or null.</param>
    private sealed record KfuncInfo(string Name, BtfType Proto, bool IsKnown, KfuncFlags Flags, string? Filter);

    private readonly Dictionary<(ProgramType, int), KfuncInfo> _kfuncInfos = [];

    private KfuncInfo Kfunc(int funcId)
    {
        if (_kfuncInfos.TryGetValue((ProgType, funcId), out KfuncInfo? known))
            return known;
        BtfType func = KernelTypes[funcId];
        string name = func.Name;
        bool isKnown = Kernel.TryGetKfunc(ProgType, name, out KfuncFlags flags, out string? filter);
        var info = new KfuncInfo(name, KernelTypes[func.TypeId], isKnown, flags, filter);
        _kfuncInfos.Add((ProgType, funcId), info);
        return info;
    }

    /// <summary>What a set's filter function in the kernel says of this program.</summary>
    private bool PassesKfuncFilter(string? filter, string name) => filter switch
    {
        null => true,
        "bpf_fs_kfuncs_filter" or "bpf_get_fsverity_digest_filter" => ProgType == ProgramType.Lsm,
        "bpf_kprobe_multi_filter" => Program.ExpectedAttachType is AttachType.TraceKprobeSession or AttachType.TraceUprobeSession,
        "bpf_qdisc_kfunc_filter" => QdiscMayCall(name),
        "bpf_session_filter" => IsFsession
            || (ProgType == ProgramType.Kprobe && Program.ExpectedAttachType is AttachType.TraceKprobeSession or AttachType.TraceUprobeSession),
        "tracing_iter_filter" => Program.ExpectedAttachType == AttachType.TraceIter,
        _ => throw NotModeled($"kfunc {name} behind {filter}"),
    };

    /// <summary>Some kfuncs of queueing disciplines are for one of their members alone.</summary>
    private bool QdiscMayCall(string name) => _structOps is { Name: "Qdisc_ops" }
        && (Kernel.IsIn(KernelSet.QdiscCommonKfuncSet, name)
            || (_attachName == "enqueue" && Kernel.IsIn(KernelSet.QdiscEnqueueKfuncSet, name))
            || (_attachName == "dequeue" && Kernel.IsIn(KernelSet.QdiscDequeueKfuncSet, name)));

    private Errno CheckKfuncBefore(KfuncMeta meta)
    {
        if (meta.Name is "bpf_res_spin_lock" or "bpf_res_spin_lock_irqsave")
        {
            Errno error = QueueFailedLock();
            if (error != Errno.None)
                return error;
        }
        else if (meta.Name == "__bpf_trap")
        {
            Log.Write("unexpected __bpf_trap() due to uninitialized variable?\n");
            return Errno.EFAULT;
        }
        if (meta.Is(KfuncFlags.Destructive) && (Kernel.Capabilities & LoaderCapabilities.SysAdmin) == 0)
        {
            Log.Write("destructive kfunc calls require CAP_SYS_BOOT capability\n");
            return Errno.EACCES;
        }
        if (meta.Is(KfuncFlags.Sleepable) && !InSleepable)
        {
            Log.Write($"program must be sleepable to call sleepable kfunc {meta.Name}\n");
            return Errno.EACCES;
        }
        return Errno.None;
    }

    /// <summary>Taking a resilient lock may fail: that path has no lock and a negative number in r0.</summary>
    private Errno QueueFailedLock()
    {
        if (PushStack(InsnIdx + 1, InsnIdx, false) is not { } branch)
        {
            Log.Write("failed to push state for failed lock acquisition\n");
            return TooManyBranches(Errno.ENOMEM);
        }
        RegState[] regs = branch.Cur.Regs;
        for (int i = 0; i < CallerSavedRegs; i++)
            MarkRegNotInit(regs, i);
        MarkRegUnknown(regs, 0);
        return regs[0].SetS32Range(this, -MaxErrno, -1);
    }

    private Errno QueueKfuncCallback(KfuncMeta meta, int insnIdx)
    {
        Errno error;
        if (meta.Name == "bpf_rbtree_add_impl")
            error = PushCallbackCall(insnIdx, meta.SubprogNo, CallbackKind.RbTreeLess, false, false);
        else if (meta.Name == "bpf_wq_set_callback_impl")
            error = PushCallbackCall(insnIdx, meta.SubprogNo, CallbackKind.Timer, true, true);
        else if (KfuncGroups.IsTaskWork(meta.Name))
            error = PushCallbackCall(insnIdx, meta.SubprogNo, CallbackKind.TaskWork, true, true);
        else
            return Errno.None;
        if (error != Errno.None)
            Log.Write($"kfunc {meta.Name}#{meta.FuncId} failed callback verification\n");
        return error;
    }

    /// <summary>RCU read sections, preemption and interrupts: entering, leaving, and what may not be called inside.</summary>
    private Errno ChangeSections(KfuncMeta meta)
    {
        VerifierState state = State;
        bool sleeps = meta.Is(KfuncFlags.Sleepable);
        bool rcuLock = meta.Name == "bpf_rcu_read_lock", rcuUnlock = meta.Name == "bpf_rcu_read_unlock";
        if (state.ActiveRcuLocks != 0)
        {
            if (InRbTreeLockRequiredCallback && (rcuLock || rcuUnlock))
            {
                Log.Write("Calling bpf_rcu_read_{lock,unlock} in unnecessary rbtree callback\n");
                return Errno.EACCES;
            }
            if (rcuLock)
            {
                Log.Write($"nested rcu read lock (kernel function {meta.Name})\n");
                return Errno.EINVAL;
            }
            if (rcuUnlock)
                LeaveRcuSection();
            else if (sleeps)
                return Sleeps(meta, "rcu_read_lock region");
        }
        else if (rcuLock)
        {
            state.ActiveRcuLocks = 1;
        }
        else if (rcuUnlock)
        {
            Log.Write($"unmatched rcu read unlock (kernel function {meta.Name})\n");
            return Errno.EINVAL;
        }

        if (meta.Name == "bpf_preempt_disable")
        {
            state.ActivePreemptLocks++;
        }
        else if (meta.Name == "bpf_preempt_enable")
        {
            if (state.ActivePreemptLocks == 0)
            {
                Log.Write($"unmatched attempt to enable preemption (kernel function {meta.Name})\n");
                return Errno.EINVAL;
            }
            state.ActivePreemptLocks--;
        }
        else if (state.ActivePreemptLocks != 0 && sleeps)
        {
            return Sleeps(meta, "non-preemptible region");
        }

        if (state.ActiveIrqId != 0 && sleeps)
            return Sleeps(meta, "IRQ-disabled region");
        if (Changes.RcuProtectedResults && meta.Is(KfuncFlags.RcuProtected) && !InRcuCs)
        {
            Log.Write($"kernel func {meta.Name} requires RCU critical section protection\n");
            return Errno.EACCES;
        }
        return Errno.None;
    }

    private Errno Sleeps(KfuncMeta meta, string where)
    {
        Log.Write($"kernel func {meta.Name} is sleepable within {where}\n");
        return Errno.EACCES;
    }

    /// <summary>What the read section protected cannot be relied on any more.</summary>
    private void LeaveRcuSection()
    {
        VerifierState state = State;
        for (int i = 0; i <= state.CurFrame; i++)
        {
            FrameState frame = state.Frames[i]!;
            foreach (ref RegState reg in frame.Regs.AsSpan())
                LoseRcuProtection(ref reg);
            foreach (ref StackSlot slot in frame.Stack.AsSpan(0, frame.SlotCount))
                if (slot[7] is SlotType.Spill or SlotType.Iter)
                    LoseRcuProtection(ref slot.Spilled);
        }
        state.ActiveRcuLocks = 0;
    }

    private static void LoseRcuProtection(ref RegState reg)
    {
        if (reg.Type.Has(TypeFlags.Rcu))
            reg.Type = reg.Type.Without(TypeFlags.Rcu | TypeFlags.MaybeNull) | TypeFlags.Untrusted;
    }

    private Errno ReleaseKfuncArgument(KfuncMeta meta)
    {
        if (meta.ReleaseRegno != 0)
        {
            Errno error = ReleaseReference(Regs[meta.ReleaseRegno].RefObjId);
            if (error != Errno.None)
                return NotAcquired(meta, error);
        }
        if (!KfuncGroups.InsertsNode(meta.Name))
            return Errno.None;
        // The list or tree owns the node now; the program may still look at it while the lock is held.
        uint reference = Regs[2].RefObjId;
        ConvertOwningToNonOwning(reference);
        Errno released = ReleaseReference(reference);
        return released == Errno.None ? Errno.None : NotAcquired(meta, released);
    }

    private Errno NotAcquired(KfuncMeta meta, Errno error)
    {
        Log.Write($"kfunc {meta.Name}#{meta.FuncId} reference has not been acquired before\n");
        return error;
    }

    /// <summary>The call has read its argument registers, as wide as their types are.</summary>
    private void MarkKfuncArgsRead(KfuncMeta meta)
    {
        if (Marks is null)
            return;
        for (int i = 0; i < meta.Proto.VLen && i < ArgCount; i++)
        {
            BtfType type = Underlying(KernelTypes, meta.Proto.Param(i).TypeId);
            bool whole = type.Kind == BtfKind.Ptr || type.Size == 8;
            MarkRegRead(CurFrame, i + 1, whole ? Live.Read64 : Live.Read32);
        }
    }
}
