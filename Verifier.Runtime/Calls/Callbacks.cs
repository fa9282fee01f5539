namespace BpfVerifier.Runtime;

/// <summary>Who calls a function of the program back, and so what it is given.</summary>
internal enum CallbackKind
{
    /// <summary>No callback: an ordinary call hands on r1 to r5.</summary>
    None,
    MapElement,
    Loop,
    Timer,
    FindVma,
    UserRingBuf,
    RbTreeLess,
    TaskWork,
}

// Functions of the program that the kernel calls back.
internal sealed partial class Verification
{
    private Errno CallHelperCallback(ref Insn insn, ref int insnIdx, int subprog, CallbackKind kind) =>
        Changes.CallbacksIterated
            ? PushCallbackCall(insnIdx, subprog, kind, kind == CallbackKind.Timer, false)
            : EnterOrSkipFunction(ref insn, ref insnIdx, subprog, kind);

    /// <summary>Queues a walk through the callback and goes on behind the call, as if it had run.</summary>
    private Errno PushCallbackCall(int insnIdx, int subprog, CallbackKind kind, bool async, bool sleepable)
    {
        FrameState caller = CurFrame;
        Errno error = BtfCheckSubprogCall(subprog, caller.Regs);
        if (error == Errno.EFAULT)
            return error;

        Subprogs[subprog].IsCallback = true;
        if (async)
            return PushAsyncCallback(subprog, insnIdx, kind, caller, sleepable);

        VerifierState? entry = PushStack(Subprogs[subprog].Start, insnIdx, false);
        if (entry is null)
            return TooManyBranches(Errno.ENOMEM);
        error = SetupFuncEntry(subprog, insnIdx, kind, entry);
        if (error != Errno.None)
            return error;
        entry.CallbackUnrollDepth++;
        entry.Frames[entry.CurFrame - 1]!.CallbackDepth++;
        caller.CallbackDepth = 0;
        return Errno.None;
    }

    /// <summary>Asynchronous callbacks start with a stack of their own.</summary>
    private Errno PushAsyncCallback(int subprog, int insnIdx, CallbackKind kind, FrameState caller, bool sleepable)
    {
        Subprogs[subprog].IsAsyncCallback = true;
        VerifierState entry = Pool.NewState();
        entry.Branches = 1;
        entry.InSleepable = sleepable;
        entry.Frames[0] = Pool.NewFrame(FrameState.MainFrame, 0, subprog);
        InitRegState(entry.Frames[0]!);
        _pending.Push(new PendingBranch(entry, Subprogs[subprog].Start, insnIdx, Log.Position));
        if (_pending.Count > ComplexityLimitJumpSequence)
        {
            Log.Write($"The sequence of {_pending.Count} jumps is too complex for async cb.\n");
            return TooManyBranches(Errno.EFAULT);
        }
        FrameState callee = entry.Frames[0]!;
        callee.AsyncEntryCount = caller.AsyncEntryCount + 1;
        return SetCalleeState(kind, caller, callee, insnIdx);
    }

    private Errno CallLoop(ref Insn insn, ref int insnIdx, int subprog)
    {
        UpdateLoopInlineState(subprog);
        if (!Changes.CallbacksIterated)
            return EnterOrSkipFunction(ref insn, ref insnIdx, subprog, CallbackKind.Loop);

        // Whether the loop is over depends on r1.
        Errno error = MarkChainPrecision(1);
        if (error != Errno.None)
            return error;
        FrameState frame = CurFrame;
        if ((ulong)(uint)frame.CallbackDepth < Regs[1].UMax)
            return PushCallbackCall(insnIdx, subprog, CallbackKind.Loop, false, false);
        frame.CallbackDepth = 0;
        if (Log.Level2)
            Log.Write($"frame{State.CurFrame} bpf_loop iteration limit reached\n");
        return Errno.None;
    }

    /// <summary>Loops whose flags are always zero and whose callback is always the same are inlined; finding out reads r4.</summary>
    private void UpdateLoopInlineState(int subprog)
    {
        ref InsnAux aux = ref Aux[InsnIdx];
        if (!aux.LoopInlineInitialized)
        {
            aux.LoopInlineInitialized = true;
            aux.LoopFitForInline = LoopFlagsAreZero();
            aux.LoopCallbackSubprog = subprog;
        }
        else if (aux.LoopFitForInline)
        {
            aux.LoopFitForInline = LoopFlagsAreZero() && aux.LoopCallbackSubprog == subprog;
        }
    }

    private bool LoopFlagsAreZero()
    {
        bool zero = Regs[4].IsNull;
        if (zero)
            MarkChainPrecision(4);
        return zero;
    }

    /// <summary>The arguments of a called function or callback.</summary>
    private Errno SetCalleeState(CallbackKind kind, FrameState caller, FrameState callee, int insnIdx)
    {
        switch (kind)
        {
            case CallbackKind.None:
                for (int i = 1; i <= ArgCount; i++)
                    CopyReg(caller, i, callee, i);
                return Errno.None;
            case CallbackKind.MapElement:
                return SetMapElementCallback(caller, callee, insnIdx);
            case CallbackKind.Loop:
                callee.Regs[1].Type = RegKind.Scalar;
                CopyReg(caller, 3, callee, 2);
                break;
            case CallbackKind.FindVma:
                CopyReg(caller, 1, callee, 1);
                callee.Regs[2].Type = RegKind.BtfId;
                callee.Regs[2].SetKnownZero();
                callee.Regs[2].BtfOwner = BtfOwner.Kernel;
                callee.Regs[2].BtfId = KernelStructId("vm_area_struct");
                CopyReg(caller, 4, callee, 3);
                break;
            case CallbackKind.UserRingBuf:
                SetCallbackDynptr(ref callee.Regs[1]);
                CopyReg(caller, 3, callee, 2);
                break;
            case CallbackKind.RbTreeLess:
                return SetRbTreeLess(caller, callee);
            case CallbackKind.Timer:
                SetMapCallback(caller, 1, callee);
                callee.InAsyncCallback = true;
                callee.CallbackReturnRange = new ReturnRange(0, 0);
                return Errno.None;
            case CallbackKind.TaskWork:
                SetMapCallback(caller, 3, callee);
                callee.InAsyncCallback = true;
                callee.CallbackReturnRange = new ReturnRange(int.MinValue, int.MaxValue);
                return Errno.None;
            default:
                throw NotModeled($"callback {kind}");
        }
        callee.InCallback = true;
        callee.CallbackReturnRange = new ReturnRange(0, 1);
        return Errno.None;
    }

    /// <summary>callback(map, key, value, context)</summary>
    private Errno SetMapElementCallback(FrameState caller, FrameState callee, int insnIdx)
    {
        ref InsnAux aux = ref Aux[insnIdx];
        if (aux.MapPoisoned && !Changes.ForEachOverDifferentMaps)
        {
            Log.Write("tail_call abusing map_ptr\n");
            return Errno.EINVAL;
        }
        if (Map(aux.MapHandle).Type is not (MapType.Array or MapType.PerCpuArray or MapType.Hash or MapType.PerCpuHash
            or MapType.LruHash or MapType.LruPerCpuHash))
        {
            Log.Write("callback function not allowed for map\n");
            return Errno.ENOTSUPP;
        }
        CopyReg(caller, 1, callee, 1);
        SetMapElement(ref callee.Regs[2], RegKind.MapKey, in caller.Regs[1]);
        SetMapElement(ref callee.Regs[3], RegKind.MapValue, in caller.Regs[1]);
        CopyReg(caller, 3, callee, 4);
        callee.InCallback = true;
        callee.CallbackReturnRange = new ReturnRange(0, 1);
        return Errno.None;
    }

    /// <summary>callback(map, key, value) of the map that holds the timer or work item in <paramref name="source"/>.</summary>
    private void SetMapCallback(FrameState caller, int source, FrameState callee)
    {
        SetMapElement(ref callee.Regs[1], RegKind.ConstMap, in caller.Regs[source]);
        SetMapElement(ref callee.Regs[2], RegKind.MapKey, in caller.Regs[source]);
        SetMapElement(ref callee.Regs[3], RegKind.MapValue, in caller.Regs[source]);
    }

    private void SetMapElement(ref RegState reg, RegKind kind, in RegState map)
    {
        reg.Type = kind;
        reg.SetKnownZero();
        reg.MapHandle = map.MapHandle;
        if (Changes.CallbacksKnowInnerMap)
            reg.MapUid = map.MapUid;
    }
}
