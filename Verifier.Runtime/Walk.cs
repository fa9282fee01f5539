namespace BpfVerifier.Runtime;

/// <summary>The walk: instruction after instruction along one path, then the next path, until none is left.</summary>
internal sealed partial class Verification
{
    /// <summary>A branch not yet walked.</summary>
    private readonly record struct PendingBranch(VerifierState State, int InsnIdx, int PrevInsnIdx, long LogPosition);

    private enum Step
    {
        Continue,
        PathDone,
    }

    private readonly Stack<PendingBranch> _pending = new();
    /// <summary>Entry into the jump history made by the current instruction, or -1.</summary>
    private int _historyEntry = -1;
    /// <summary>The next instruction is reached by a jump or return: its state is printed in full.</summary>
    private bool _printState;

    /// <summary>
    /// Queues the path that starts at <paramref name="insnIdx"/> with a copy of the current state and returns that copy
    /// for the caller to refine; null (with the reason printed) when too many are queued.
    /// </summary>
    public VerifierState? PushStack(int insnIdx, int prevInsnIdx, bool speculative)
    {
        VerifierState branch = Pool.Copy(State);
        CheckMemory();
        branch.Speculative |= speculative;
        _pending.Push(new PendingBranch(branch, insnIdx, prevInsnIdx, Log.Position));
        if (_pending.Count > ComplexityLimitJumpSequence)
        {
            Log.Write($"The sequence of {_pending.Count} jumps is too complex.\n");
            return null;
        }
        if (branch.Parent is { } parent)
            parent.Branches++;
        return branch;
    }

    /// <summary>The error a caller of <see cref="PushStack"/> returns after null; older releases had one of their own each.</summary>
    private Errno TooManyBranches(Errno older) => Changes.TooManyJumpsIsE2Big ? Errno.E2BIG : older;

    private bool PopStack(out int prevInsnIdx)
    {
        if (!_pending.TryPop(out PendingBranch next))
        {
            prevInsnIdx = 0;
            return false;
        }
        Pool.Free(State);
        State = next.State;
        InsnIdx = next.InsnIdx;
        prevInsnIdx = next.PrevInsnIdx;
        if (!Log.Level2)
            Log.Reset(next.LogPosition);
        return true;
    }

    /// <summary>Walks every path from the current state; <see cref="InsnIdx"/> is the first instruction.</summary>
    private Errno DoCheck()
    {
        int prevInsnIdx = -1;
        _printState = false;
        while (true)
        {
            _historyEntry = -1;
            PrevInsnIdx = prevInsnIdx;
            if ((uint)InsnIdx >= (uint)Insns.Length)
            {
                Log.Write($"invalid insn idx {InsnIdx} insn_cnt {Insns.Length}\n");
                return Errno.EFAULT;
            }
            if (++InsnProcessed > ComplexityLimitInsns)
            {
                Log.Write($"BPF program is too large. Processed {InsnProcessed} insn\n");
                return Errno.E2BIG;
            }
            if ((InsnProcessed & 0xfff) == 0)
                CheckOwnBounds();
            State.LastInsnIdx = PrevInsnIdx;
            State.InsnIdx = InsnIdx;

            Step step = Step.Continue;
            Errno err = Errno.None;
            if (!Changes.HistoryPushedAfterVisit || Aux[InsnIdx].PrunePoint)
            {
                err = IsStateVisited(InsnIdx, out bool prune);
                if (err != Errno.None)
                    return err;
                if (prune)
                {
                    PrintPruned(_printState);
                    step = Step.PathDone;
                }
            }
            if (step == Step.Continue)
            {
                if (Changes.HistoryPushedAfterVisit && Aux[InsnIdx].JumpPoint)
                {
                    err = PushJmpHistory(State, 0, 0);
                    if (err != Errno.None)
                        return err;
                }
                if (Log.Verbose)
                    PrintStep(ref _printState);
                MarkInsnSeen();
                Observer?.BeforeInsn(this);
                prevInsnIdx = InsnIdx;
                if (State.Speculative && Aux[InsnIdx].NoSpec && Changes.SpeculationBarriersByPath)
                    step = Step.PathDone;
                else
                    err = CheckInsnWithStackMarks(out step);
                if (err != Errno.None)
                {
                    if (!Changes.SpeculationBarriersByPath || !State.Speculative || err is not (Errno.EPERM or Errno.EACCES or Errno.EINVAL))
                        return err;
                    // The speculative path is cut here by a barrier instead of failing the program.
                    Aux[prevInsnIdx].NoSpec = true;
                    Aux[prevInsnIdx].AluState = 0;
                    step = Step.PathDone;
                }
                if (step == Step.Continue && State.Speculative && Aux[prevInsnIdx].NoSpecResult && Changes.SpeculationBarriersByPath)
                    step = Step.PathDone;
            }
            if (step == Step.Continue)
                continue;

            MarkVerifierStateScratched();
            err = UpdateBranchCounts(State);
            if (err == Errno.None)
                err = UpdateLiveStack();
            if (err != Errno.None)
                return err;
            if (!PopStack(out prevInsnIdx))
                return Errno.None;
            _printState = true;
        }
    }

    private Errno CheckInsnWithStackMarks(out Step step)
    {
        step = Step.Continue;
        if (!Changes.LivenessByDataflow)
            return CheckInsn(out step);
        Errno err = ResetStackWriteMarks(InsnIdx);
        if (err != Errno.None)
            return err;
        err = CheckInsn(out step);
        // Also after an error the speculative path may survive.
        if (err is Errno.None or Errno.EPERM or Errno.EACCES or Errno.EINVAL)
        {
            Errno marks = CommitStackWriteMarks();
            if (marks != Errno.None)
                return marks;
        }
        return err;
    }

    /// <summary>Our own bounds, looked at every few thousand instructions.</summary>
    private void CheckOwnBounds()
    {
        if (_cancellation.IsCancellationRequested)
            throw new BoundReachedException("cancelled");
        if (Options.Timeout is { } limit && _clock.Elapsed > limit)
            throw new BoundReachedException($"time limit of {limit.TotalSeconds:0.###} s");
        CheckMemory();
    }

    private void CheckMemory()
    {
        if (Pool.Bytes > Options.MemoryLimit)
            throw new BoundReachedException($"memory limit of {Options.MemoryLimit} bytes");
    }

    private int _work;

    /// <summary>One step of what may take many, in the passes before the walk and within one instruction of it: counts towards our own bounds.</summary>
    public void CountWork()
    {
        if ((++_work & 0xfff) == 0)
            CheckOwnBounds();
    }

    private void MarkInsnSeen()
    {
        if (!State.Speculative)
            Aux[InsnIdx].Seen = true;
    }

    /// <summary>One instruction: checks it, updates the state, moves <see cref="InsnIdx"/>.</summary>
    private Errno CheckInsn(out Step step)
    {
        step = Step.Continue;
        ref Insn insn = ref Insns[InsnIdx];
        Errno err;
        switch (insn.Class)
        {
            case Opcode.Alu or Opcode.Alu64:
                err = CheckAluOp(ref insn);
                break;
            case Opcode.Ldx:
                err = CheckLoadMem(in insn, false, insn.Mode == Opcode.Memsx, Changes.TrustMismatchOnLoads, "ldx");
                break;
            case Opcode.Stx when insn.Mode == Opcode.Atomic:
                err = CheckAtomic(in insn);
                break;
            case Opcode.Stx:
                err = insn.Mode != Opcode.Mem || insn.Imm != 0 ? UsesReservedFields("BPF_STX") : CheckStoreReg(in insn, false);
                break;
            case Opcode.St:
                err = CheckStoreImm(in insn);
                break;
            case Opcode.Jmp or Opcode.Jmp32:
                return CheckJump(ref insn, out step);
            default:
                err = CheckLd(in insn);
                break;
        }
        if (err == Errno.None)
            InsnIdx++;
        return err;
    }

    private Errno UsesReservedFields(string what)
    {
        Log.Write($"{what} uses reserved fields\n");
        return Errno.EINVAL;
    }

    private Errno CheckLd(in Insn insn)
    {
        switch (insn.Mode)
        {
            case Opcode.Abs or Opcode.Ind:
                return CheckLdAbs(in insn);
            case Opcode.Imm:
                Errno err = CheckLdImm(in insn);
                if (err == Errno.None)
                {
                    InsnIdx++;
                    MarkInsnSeen();
                }
                return err;
            default:
                Log.Write("invalid BPF_LD mode\n");
                return Errno.EINVAL;
        }
    }

    private Errno CheckJump(ref Insn insn, out Step step)
    {
        step = Step.Continue;
        JumpsProcessed++;
        Errno err;
        switch (insn.Op)
        {
            case Opcode.Call:
                return CheckCall(ref insn, out step);
            case Opcode.Ja:
                bool wide = insn.Class == Opcode.Jmp32;
                if (insn.Source != Opcode.K || insn.Src != 0 || insn.Dst != 0 || (wide ? insn.Off != 0 : insn.Imm != 0))
                    return UsesReservedFields("BPF_JA");
                InsnIdx += (wide ? insn.Imm : insn.Off) + 1;
                return Errno.None;
            case Opcode.Exit:
                if (insn.Source != Opcode.K || insn.Imm != 0 || insn.Src != 0 || insn.Dst != 0 || insn.Class == Opcode.Jmp32)
                    return UsesReservedFields("BPF_EXIT");
                return CheckExit(false, out step);
            default:
                int insnIdx = InsnIdx;
                err = CheckCondJmpOp(ref insn, ref insnIdx);
                if (err == Errno.None)
                    InsnIdx = insnIdx + 1;
                return err;
        }
    }

    private Errno CheckCall(ref Insn insn, out Step step)
    {
        step = Step.Continue;
        if (insn.Source != Opcode.K || (insn.Src != Pseudo.KfuncCall && insn.Off != 0)
            || insn.Src is not (0 or Pseudo.Call or Pseudo.KfuncCall) || (insn.Src == Pseudo.KfuncCall && !Changes.KfuncCalls) || insn.Dst != 0 || insn.Class == Opcode.Jmp32)
            return UsesReservedFields("BPF_CALL");
        if (State.ActiveLocks != 0 && !CallAllowedUnderLock(in insn))
        {
            Log.Write("function calls are not allowed while holding a lock\n");
            return Errno.EINVAL;
        }
        int insnIdx = InsnIdx;
        Errno err = insn.Src switch
        {
            Pseudo.Call => CheckFuncCall(ref insn, ref insnIdx),
            Pseudo.KfuncCall => CheckKfuncCall(ref insn, ref insnIdx),
            _ => CheckHelperCall(ref insn, ref insnIdx),
        };
        if (err != Errno.None)
            return err;
        // An exception leaves all functions at once.
        if (insn.IsKfuncCall && KfuncNameOf(insn) == "bpf_throw")
            return CheckExit(true, out step);
        InsnIdx = insnIdx + 1;
        if (Changes.CallScratchesR0)
            MarkRegScratched(0);
        return Errno.None;
    }

    private bool CallAllowedUnderLock(in Insn insn) => insn.Src switch
    {
        0 => insn.Imm == HelperId.SpinUnlock,
        Pseudo.Call => Changes.SubprogCallsUnderLock,
        _ => Changes.KfuncsUnderLock && insn.Off == 0 && KfuncAllowedUnderLock(insn.Imm),
    };

    private Errno CheckExit(bool exceptional, out Step step)
    {
        step = Step.PathDone;
        // Before the frame is left: what a callback holds must be what its caller held.
        Errno err = CheckExitLeak(exceptional);
        if (err != Errno.None || exceptional)
            return err;
        if (State.CurFrame != 0)
        {
            step = Step.Continue;
            int insnIdx = InsnIdx;
            err = PrepareFuncExit(ref insnIdx);
            InsnIdx = insnIdx;
            _printState = true;
            return err;
        }
        return CheckReturnCode(0, "R0");
    }
}
