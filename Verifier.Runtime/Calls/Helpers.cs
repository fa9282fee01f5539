namespace BpfVerifier.Runtime;

// Calls of helpers: may this program call it, do the arguments fit, what is left afterwards.
internal sealed partial class Verification
{
    /// <summary>r0 to r5 do not survive a call.</summary>
    private const int CallerSavedRegs = 6;

    private const int ArgCount = 5;

    private readonly CallMeta _helperMeta = new();

    public Errno CheckHelperCall(ref Insn insn, ref int insnIdx)
    {
        int helper = insn.Imm;
        Errno error = FindHelper(helper, out HelperProto? found);
        if (error != Errno.None)
            return error;
        HelperProto proto = found!;
        error = CheckHelperAllowed(helper, proto);
        if (error != Errno.None)
            return error;

        int callIdx = insnIdx;
        CallMeta meta = _helperMeta;
        meta.Reset();
        meta.PacketAccess = proto.PacketAccess;
        meta.FuncId = helper;
        for (int arg = 0; arg < ArgCount; arg++)
        {
            error = CheckFuncArg(arg, meta, proto, callIdx);
            if (error != Errno.None)
                return error;
        }

        error = RecordFuncMap(meta, helper, callIdx);
        if (error == Errno.None)
            error = CheckTailCallKey(meta, helper);
        if (error == Errno.None)
            error = FillArguments(meta, proto, callIdx);
        if (error == Errno.None)
            error = ReleaseArgument(meta, proto, helper);
        if (error != Errno.None)
            return error;

        // Callbacks of older releases enter their own frame here: what follows is about the caller's registers.
        RegState[] regs = Regs;
        bool changesData = HelperGroups.ChangesPacketData(helper, Changes);
        error = CheckHelperSpecifics(ref insn, ref insnIdx, callIdx, meta, proto, regs, ref changesData, out bool perCpuObject);
        if (error != Errno.None)
            return error;

        ResetCallerSaved(regs);
        error = SetHelperResult(helper, proto, meta, regs, perCpuObject, callIdx);
        if (error == Errno.None)
            error = CheckMapFuncCompatibility(meta.MapHandle, helper);
        if (error == Errno.None && helper == HelperId.GetFuncIp)
            error = CheckGetFuncIp();
        if (error != Errno.None)
            return error;

        if (helper == HelperId.TailCall && Changes.TailCallForksSubprogram)
            return FinishTailCall(regs, ref insnIdx, changesData);
        if (changesData)
            ClearAllPktPointers();
        return Errno.None;
    }

    private Errno FindHelper(int helper, out HelperProto? proto)
    {
        proto = null;
        if (helper < 0 || helper >= Kernel.HelperCount)
        {
            Log.Write($"invalid func {HelperName(helper)}#{helper}\n");
            return Errno.EINVAL;
        }
        proto = LookupHelper(helper);
        if (proto is not null)
            return Errno.None;
        if (Changes.UnavailableHelperNamesProgramType)
            Log.Write($"program of this type cannot use helper {HelperName(helper)}#{helper}\n");
        else
            Log.Write($"unknown func {HelperName(helper)}#{helper}\n");
        return Errno.EINVAL;
    }

    private string HelperName(int helper) => Kernel.HelperName(helper);

    private Errno CheckHelperAllowed(int helper, HelperProto proto)
    {
        if (!GplCompatible && proto.GplOnly)
        {
            Log.Write("cannot call GPL-restricted function from non-GPL compatible program\n");
            return Errno.EINVAL;
        }
        if (proto.Allowed is not null && !IsHelperAllowedHere(proto.Allowed))
        {
            Log.Write("helper call is not allowed in probe\n");
            return Errno.EINVAL;
        }
        if (!proto.MightSleep)
            return Errno.None;
        if (!InSleepable)
            Log.Write(Changes.SleepingCallsNamed
                ? $"sleepable helper {HelperName(helper)}#{helper} in non-sleepable prog\n"
                : "helper call might sleep in a non-sleepable prog\n");
        else if (State.ActiveRcuLocks != 0)
            Log.Write($"sleepable helper {HelperName(helper)}#{helper} in rcu_read_lock region\n");
        else if (State.ActivePreemptLocks != 0)
            Log.Write($"sleepable helper {HelperName(helper)}#{helper} in non-preemptible region\n");
        else if (State.ActiveIrqId != 0)
            Log.Write($"sleepable helper {HelperName(helper)}#{helper} in IRQ-disabled region\n");
        else
            return Errno.None;
        return Errno.EINVAL;
    }

    /// <summary>What the kernel's <c>allowed</c> callbacks of helper prototypes say of this program.</summary>
    private bool IsHelperAllowedHere(string callback)
    {
        switch (callback)
        {
            case "bpf_d_path_allowed" when ProgType == ProgramType.Tracing:
                return Program.ExpectedAttachType == AttachType.TraceIter || Kernel.IsIn(KernelSet.BtfAllowlistDPath, _attachName);
            case "bpf_d_path_allowed" or "bpf_ima_inode_hash_allowed" or "bpf_ima_file_hash_allowed" when ProgType == ProgramType.Lsm:
                return Kernel.IsIn(KernelSet.SleepableLsmHooks, _attachName);
            case "bpf_sk_storage_tracing_allowed":
                if (Program.AttachProgram is not null)
                    return false;
                return Program.ExpectedAttachType switch
                {
                    AttachType.TraceIter or AttachType.TraceRawTp => true,
                    AttachType.TraceFentry or AttachType.TraceFexit =>
                        !_attachName.StartsWith("bpf_sk_storage", StringComparison.Ordinal),
                    _ => false,
                };
            default:
                throw NotModeled($"helper restricted by {callback}");
        }
    }

    private Errno RecordFuncMap(CallMeta meta, int helper, int insnIdx)
    {
        if (!HelperGroups.RecordsMap(helper))
            return Errno.None;
        if (meta.MapHandle == 0)
            throw NotModeled("map helper without a map");
        if ((Map(meta.MapHandle).Flags & Uapi.BPF_F_RDONLY_PROG) != 0 && HelperGroups.WritesMap(helper))
        {
            Log.Write("write into map forbidden\n");
            return Errno.EACCES;
        }
        ref InsnAux aux = ref Aux[insnIdx];
        if (aux.MapHandle != 0 && aux.MapHandle != meta.MapHandle)
            aux.MapPoisoned = true;
        aux.MapHandle = meta.MapHandle;
        return Errno.None;
    }

    /// <summary>Tail calls through a constant index rely on it, so the index must be precise.</summary>
    private Errno CheckTailCallKey(CallMeta meta, int helper)
    {
        if (helper != HelperId.TailCall)
            return Errno.None;
        MapInfo map = Map(meta.MapHandle);
        if (map.Type != MapType.ProgArray)
        {
            Log.Write(Changes.TailCallMapNamed ? "expected prog array map for tail call" : "kernel subsystem misconfigured verifier\n");
            return Errno.EINVAL;
        }
        ref RegState index = ref Regs[3];
        bool constant = index.Type == RegKind.Scalar && index.Var.IsConst && index.Var.Value < map.Map.MaxEntries;
        return constant ? MarkChainPrecision(3) : Errno.None;
    }

    /// <summary>Memory the helper initialises becomes written stack.</summary>
    private Errno FillArguments(CallMeta meta, HelperProto proto, int insnIdx)
    {
        Errno error = Errno.None;
        for (int i = 0; i < meta.AccessSize && error == Errno.None; i++)
            error = CheckMemAccess(insnIdx, meta.Regno, i, 1, AccessKind.Write, -1, false, false);
        if (error == Errno.None && meta.UninitDynptrRegno != 0)
            error = ConstructUntrackedDynptr(meta.UninitDynptrRegno, proto.Args[meta.UninitDynptrRegno - 1], insnIdx);
        return error;
    }

    private Errno ReleaseArgument(CallMeta meta, HelperProto proto, int helper)
    {
        int regno = meta.ReleaseRegno;
        if (regno == 0)
            return Errno.None;
        Errno error = Errno.EINVAL;
        if (proto.Args[regno - 1].Kind == ArgKind.PtrToDynptr)
            error = UnmarkStackSlotsDynptr(ref Regs[regno]);
        else if (helper == HelperId.KptrXchg && meta.RefObjId != 0 && Changes.TrustedPointers)
            error = ReleaseIntoKptr(meta.RefObjId);
        else if (meta.RefObjId != 0)
            error = ReleaseReference(meta.RefObjId);
        else if (Regs[regno].IsNull)
            error = Errno.None;
        if (error != Errno.None)
            Log.Write($"func {HelperName(helper)}#{helper} reference has not been acquired before\n");
        return error;
    }

    /// <summary>Rules of single helpers that no prototype expresses.</summary>
    private Errno CheckHelperSpecifics(ref Insn insn, ref int insnIdx, int callIdx, CallMeta meta, HelperProto proto, RegState[] regs,
        ref bool changesData, out bool perCpuObject)
    {
        perCpuObject = false;
        switch (insn.Imm)
        {
            case HelperId.TailCall:
                return CheckResourceLeak(false, true, "tail_call");
            case HelperId.GetLocalStorage:
                if (!regs[2].IsNull)
                {
                    Log.Write("get_local_storage() doesn't support non-zero flags\n");
                    return Errno.EINVAL;
                }
                return Changes.NullArgumentPrecision ? MarkChainPrecision(2) : Errno.None;
            case HelperId.ForEachMapElem:
                return CallHelperCallback(ref insn, ref insnIdx, meta.SubprogNo, CallbackKind.MapElement);
            case HelperId.TimerSetCallback:
                return CallHelperCallback(ref insn, ref insnIdx, meta.SubprogNo, CallbackKind.Timer);
            case HelperId.FindVma:
                return CallHelperCallback(ref insn, ref insnIdx, meta.SubprogNo, CallbackKind.FindVma);
            case HelperId.UserRingbufDrain:
                return CallHelperCallback(ref insn, ref insnIdx, meta.SubprogNo, CallbackKind.UserRingBuf);
            case HelperId.Loop:
                return CallLoop(ref insn, ref insnIdx, meta.SubprogNo);
            case HelperId.Snprintf:
                return CheckSnprintfCall(regs);
            case HelperId.DynptrFromMem:
                if (regs[1].Type == RegKind.MapValue)
                    return Errno.None;
                Log.Write($"Unsupported reg type {RegTypeStr(regs[1].Type)} for bpf_dynptr_from_mem data\n");
                return Errno.EACCES;
            case HelperId.SetRetval when ProgType == ProgramType.Lsm && ExpectedAttachType == AttachType.LsmCgroup:
                return CheckSetRetval();
            case HelperId.DynptrData:
                return NoteDynptrData(meta, proto, regs);
            case HelperId.DynptrWrite when Changes.DynptrSlotsProtected:
                DynptrKind kind = DynptrKindOf(ref DynptrArg(proto, regs));
                if (kind == DynptrKind.Invalid)
                    throw NotModeled("dynptr of unknown type");
                // Slices of packet memory end here, as after a helper that changes packet data.
                changesData |= kind is DynptrKind.Skb or DynptrKind.SkbMeta;
                return Errno.None;
            case HelperId.PerCpuPtr or HelperId.ThisCpuPtr when regs[1].Type.Has(TypeFlags.Rcu):
                if (!Types(regs[1].BtfOwner)[regs[1].BtfId].IsStruct)
                {
                    Log.Write("Helper has invalid btf/btf_id in R1\n");
                    return Errno.EFAULT;
                }
                perCpuObject = true;
                return Errno.None;
            default:
                return Errno.None;
        }
    }

    private Errno CheckSetRetval()
    {
        Btf.BtfType target = KernelTypes[Program.AttachBtfId];
        if (KernelTypes[target.TypeId].ReturnTypeId != 0)
            return Errno.None;
        Log.Write("BPF_LSM_CGROUP that attach to void LSM hooks can't modify return value!\n");
        return Errno.EINVAL;
    }

    private Errno CheckGetFuncIp()
    {
        const int Id = HelperId.GetFuncIp;
        if (ProgType == ProgramType.Kprobe)
            return Errno.None;
        if (ProgType != ProgramType.Tracing)
        {
            Log.Write($"func {HelperName(Id)}#{Id} not supported for program type {(int)ProgType}\n");
            return Errno.ENOTSUPP;
        }
        if (Program.ExpectedAttachType is AttachType.TraceFentry or AttachType.TraceFexit or AttachType.ModifyReturn || IsFsession)
            return Errno.None;
        Log.Write($"func {HelperName(Id)}#{Id} supported only for fentry/fexit{(Changes.TracingTargetsNamed ? "/fsession" : "")}/fmod_ret programs\n");
        return Errno.ENOTSUPP;
    }

    private void ResetCallerSaved(RegState[] regs)
    {
        for (int i = 0; i < CallerSavedRegs; i++)
        {
            MarkRegNotInit(regs, i);
            CheckRegArg(i, RegUse.DestinationNoMark);
        }
    }

    /// <summary>A tail call in a subprogram either fails, and the next instruction runs, or leaves the subprogram.</summary>
    private Errno FinishTailCall(RegState[] regs, ref int insnIdx, bool changesData)
    {
        if (State.CurFrame == 0)
            return Errno.None;
        MarkRegScratched(0);
        if (PushStack(InsnIdx + 1, InsnIdx, false) is null)
            return Errno.ENOMEM;
        ClearAllPktPointers();
        MarkRegUnknown(regs, 0);
        Errno error = PrepareFuncExit(ref insnIdx);
        if (error != Errno.None)
            return error;
        insnIdx--;
        if (changesData)
            ClearAllPktPointers();
        return Errno.None;
    }
}
