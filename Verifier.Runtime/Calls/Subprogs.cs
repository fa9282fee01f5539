namespace BpfVerifier.Runtime;

// Calls from one function of the program to another, and the way back.
internal sealed partial class Verification
{
    public Errno CheckFuncCall(ref Insn insn, ref int insnIdx)
    {
        int subprog = FindSubprog(insnIdx + insn.Imm + 1);
        if (subprog < 0)
            throw NotModeled("call to an instruction that begins no function");
        if (!Changes.CallbacksIterated)
            return EnterOrSkipFunction(ref insn, ref insnIdx, subprog, CallbackKind.None);

        FrameState caller = CurFrame;
        Errno error = BtfCheckSubprogCall(subprog, caller.Regs);
        if (error == Errno.EFAULT)
            return error;
        if (Subprogs[subprog].IsGlobal)
            return CallGlobalFunction(Subprogs[subprog], subprog, caller, error);

        error = SetupFuncEntry(subprog, insnIdx, CallbackKind.None, State);
        if (error != Errno.None)
            return error;
        ClearCallerSavedRegs(caller);
        insnIdx = Subprogs[subprog].Start - 1;
        if (Changes.LivenessByDataflow)
            ResetLiveStackCallchain();
        LogEntry(caller);
        return Errno.None;
    }

    /// <summary>Global functions are verified on their own: a call only checks the arguments.</summary>
    private Errno CallGlobalFunction(SubprogInfo function, int subprog, FrameState caller, Errno argError)
    {
        if (State.ActiveLocks != 0)
        {
            Log.Write("global function calls are not allowed while holding a lock,\nuse static function instead\n");
            return Errno.EINVAL;
        }
        if (Changes.SubprogsMaySleep)
        {
            bool atomic = State.ActiveRcuLocks != 0 || State.ActivePreemptLocks != 0 || State.ActiveIrqId != 0 || !InSleepable;
            if (function.MightSleep && atomic)
            {
                Log.Write("global functions that may sleep are not allowed in non-sleepable context,\n"
                    + "i.e., in a RCU/IRQ/preempt-disabled section, or in\na non-sleepable BPF program context\n");
                return Errno.EINVAL;
            }
        }
        else if (State.ActivePreemptLocks != 0)
        {
            Log.Write("global function calls are not allowed with preemption disabled,\nuse static function instead\n");
            return Errno.EINVAL;
        }
        if (argError != Errno.None)
        {
            Log.Write($"Caller passes invalid args into func#{subprog} ('{function.Name}')\n");
            return argError;
        }

        Log.Write($"Func#{subprog} ('{function.Name}') is global and assumed valid.\n");
        if (function.ChangesPacketData)
            ClearAllPktPointers();
        function.Called = true;
        ClearCallerSavedRegs(caller);
        MarkRegUnknown(caller.Regs, 0);
        return Errno.None;
    }

    /// <summary>Older releases: functions and callbacks alike, with callbacks entered once, there and then.</summary>
    private Errno EnterOrSkipFunction(ref Insn insn, ref int insnIdx, int subprog, CallbackKind callback)
    {
        VerifierState state = State;
        if (state.CurFrame + 1 >= MaxCallFrames)
            return TooManyFrames(state);
        FrameState caller = CurFrame;
        SubprogInfo function = Subprogs[subprog];
        Errno error = BtfCheckSubprogCall(subprog, caller.Regs);
        if (error == Errno.EFAULT)
            return error;
        if (function.IsGlobal)
        {
            if (error != Errno.None)
            {
                Log.Write($"Caller passes invalid args into func#{subprog}\n");
                return error;
            }
            if (Log.Verbose)
                Log.Write($"Func#{subprog} is global and valid. Skipping.\n");
            ClearCallerSavedRegs(caller);
            MarkRegUnknown(caller.Regs, 0);
            return Errno.None;
        }

        if (insn.IsHelperCall && insn.Imm == HelperId.TimerSetCallback)
        {
            error = PushAsyncCallback(subprog, insnIdx, callback, caller, false);
            if (error != Errno.None)
                return error;
            ClearCallerSavedRegs(caller);
            MarkRegUnknown(caller.Regs, 0);
            return Errno.None;
        }

        error = PushFrame(subprog, insnIdx, callback, state);
        if (error != Errno.None)
            return error;
        ClearCallerSavedRegs(caller);
        state.CurFrame++;
        insnIdx = function.Start - 1;
        LogEntry(caller);
        return Errno.None;
    }

    private Errno TooManyFrames(VerifierState state)
    {
        Log.Write($"the call stack of {state.CurFrame + 2} frames is too deep\n");
        return Errno.E2BIG;
    }

    /// <summary>Gives <paramref name="state"/> a new innermost frame for a function or callback.</summary>
    private Errno SetupFuncEntry(int subprog, int callSite, CallbackKind callback, VerifierState state)
    {
        if (state.CurFrame + 1 >= MaxCallFrames)
            return TooManyFrames(state);
        Errno error = PushFrame(subprog, callSite, callback, state);
        if (error == Errno.None)
            state.CurFrame++;
        return error;
    }

    /// <summary>The frame beyond the current one, with its arguments; it is not current yet.</summary>
    private Errno PushFrame(int subprog, int callSite, CallbackKind callback, VerifierState state)
    {
        FrameState caller = state.Cur;
        FrameState callee = Pool.NewFrame(callSite, state.CurFrame + 1, subprog);
        InitRegState(callee);
        MarkVerifierStateScratched();
        if (!Changes.StateWideReferences)
            callee.Refs.CopyFrom(caller.Refs);
        Errno error = SetCalleeState(callback, caller, callee, callSite);
        if (error != Errno.None)
        {
            Pool.Free(callee);
            return error;
        }
        state.Frames[state.CurFrame + 1] = callee;
        return Errno.None;
    }

    /// <summary>r0 to r5 of the calling frame are gone after the call.</summary>
    private void ClearCallerSavedRegs(FrameState caller)
    {
        for (int i = 0; i < CallerSavedRegs; i++)
        {
            MarkRegNotInit(caller.Regs, i);
            MarkRegScratched(i);
            if (Marks is not null)
                Marks[LivenessMarks.Reg(caller, i)] |= Live.Written;
        }
    }

    /// <summary>Copies a register together with its place in the liveness chain.</summary>
    private void CopyReg(FrameState from, int source, FrameState to, int target)
    {
        to.Regs[target] = from.Regs[source];
        MoveRegMarks(from, source, to, target);
    }

    private void LogEntry(FrameState caller)
    {
        if (!Log.Verbose)
            return;
        Log.Write("caller:\n");
        PrintVerifierState(State, caller.FrameNo, true);
        Log.Write("callee:\n");
        PrintVerifierState(State, State.CurFrame, true);
    }

    /// <summary>From a function or callback back to where it was called.</summary>
    public Errno PrepareFuncExit(ref int insnIdx)
    {
        if (Changes.LivenessByDataflow)
        {
            Errno live = UpdateLiveStack();
            if (live != Errno.None)
                return live;
        }
        VerifierState state = State;
        FrameState callee = CurFrame;
        FrameState caller = state.Frames[state.CurFrame - 1]!;
        if (callee.Regs[0].Type == RegKind.Stack)
        {
            Log.Write("cannot return stack pointer to the caller\n");
            return Errno.EINVAL;
        }

        bool callback = callee.InCallback;
        if (callback)
        {
            Errno error = CheckCallbackReturn(callee);
            if (error != Errno.None)
                return error;
        }
        else
        {
            CopyReg(callee, 0, caller, 0);
            if (!Changes.StateWideReferences)
                caller.Refs.CopyFrom(callee.Refs);
        }

        // A callback may run again: back to the call, where that is decided.
        bool again = callback && Changes.CallbacksIterated;
        insnIdx = again ? callee.CallSite : callee.CallSite + 1;
        if (Log.Verbose)
        {
            Log.Write("returning from callee:\n");
            PrintVerifierState(state, callee.FrameNo, true);
            Log.Write($"to caller at {insnIdx}:\n");
            PrintVerifierState(state, caller.FrameNo, true);
        }
        state.Frames[state.CurFrame--] = null;
        Pool.Free(callee);

        if (again && FindPrevEntry(state, insnIdx) is { } previous)
            WidenImpreciseScalars(previous, state);
        return Errno.None;
    }

    private Errno CheckCallbackReturn(FrameState callee)
    {
        ref RegState r0 = ref callee.Regs[0];
        if (r0.Type != RegKind.Scalar)
        {
            Log.Write("R0 not a scalar value\n");
            return Errno.EACCES;
        }
        Errno error = MarkRegRead(callee, 0, Live.Read64);
        if (error == Errno.None)
            error = MarkChainPrecision(0);
        if (error != Errno.None)
            return error;

        ReturnRange range = callee.CallbackReturnRange;
        if (Changes.ReturnRangesByBounds)
        {
            if (range.Min <= r0.SMin && r0.SMax <= range.Max)
                return Errno.None;
            VerboseInvalidScalar(in r0, range, "At callback return", "R0");
        }
        else
        {
            Tnum allowed = RangeAsTnum(range);
            if ((r0.Var.Mask & ~allowed.Mask) == 0 && (r0.Var.Value & ~allowed.Mask) == allowed.Value)
                return Errno.None;
            VerboseInvalidScalar(in r0, allowed, "callback return", "R0");
        }
        return Errno.EINVAL;
    }

    /// <summary>A range as older releases keep it: every bit below the highest that differs is unknown.</summary>
    private static Tnum RangeAsTnum(ReturnRange range)
    {
        ulong differing = (uint)(range.Min ^ range.Max);
        ulong unknown = differing == 0 ? 0 : ulong.MaxValue >> System.Numerics.BitOperations.LeadingZeroCount(differing);
        return new Tnum((ulong)range.Min & ~unknown, unknown);
    }
}
