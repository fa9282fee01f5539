namespace BpfVerifier.Runtime;

/// <summary>One instruction backwards: which values before it the values asked for after it were made from.</summary>
internal sealed partial class Verification
{
    /// <param name="idx">The instruction.</param>
    /// <param name="nextIdx">The instruction carried out after it, -1 if none.</param>
    /// <param name="entry">What the history knows of it; all zero if nothing.</param>
    /// <returns><see cref="Errno.ENOTSUPP"/> when tracing must be given up.</returns>
    private Errno BacktrackInsn(int idx, int nextIdx, in JumpHistoryEntry entry)
    {
        ref Insn insn = ref Insns[idx];
        // Second half of a 64-bit load.
        if (insn.Code == 0)
            return Errno.None;
        if (Log.Level2)
            PrintBacktracking(idx);
        var linked = new LinkedPlaces(entry.LinkedRegs);
        _precision.Spread(linked);
        bool done;
        Errno err = Errno.None;
        switch (insn.Class)
        {
            case Opcode.Alu or Opcode.Alu64:
                done = BacktrackAlu(in insn);
                break;
            case Opcode.Ldx:
                done = BacktrackLoad(insn.Dst, in entry);
                break;
            case Opcode.Stx when IsLoadAcquire(in insn):
                done = BacktrackLoad(insn.Dst, in entry);
                break;
            case Opcode.Stx when IsAtomicFetch(in insn) && Changes.AtomicFetchBacktracked:
                done = BacktrackLoad(FetchedReg(in insn), in entry);
                break;
            case Opcode.Stx or Opcode.St:
                done = BacktrackStore(in insn, in entry, out err);
                break;
            case Opcode.Jmp or Opcode.Jmp32:
                done = BacktrackJump(in insn, idx, nextIdx, in entry, out err);
                break;
            default:
                done = BacktrackLd(in insn, idx, nextIdx, out err);
                break;
        }
        if (err == Errno.None && !done)
            _precision.Spread(linked);
        return err;
    }

    private void PrintBacktracking(int idx)
    {
        Log.Write($"mark_precise: frame{_precision.Frame}: regs=");
        PrecisionMasks.PrintRegs(Log, _precision.CurRegs);
        Log.Write(" stack=");
        PrecisionMasks.PrintSlots(Log, _precision.CurSlots);
        Log.Write($" before {idx}: ");
        PrintInsn(idx);
    }

    private static bool IsLoadAcquire(in Insn insn) => insn.Mode == Opcode.Atomic && insn.Imm == Opcode.LoadAcquire;

    private static bool IsAtomicFetch(in Insn insn) => insn.Mode == Opcode.Atomic && (insn.Imm & Opcode.Fetch) != 0;

    private static int FetchedReg(in Insn insn) => insn.Imm == Opcode.Cmpxchg ? 0 : insn.Src;

    // The methods below return true when linked scalars need not be looked at once more.

    private bool BacktrackAlu(in Insn insn)
    {
        if (!_precision.Has(insn.Dst) || insn.Op is Opcode.End or Opcode.Neg)
            return true;
        if (insn.Op == Opcode.Mov)
            _precision.Clear(insn.Dst);
        if (insn.Source == Opcode.X && insn.Src != FrameState.FramePointer)
            _precision.Set(insn.Src);
        return false;
    }

    /// <summary>Only the stack keeps what is known of a scalar; from elsewhere it comes unknown.</summary>
    private bool BacktrackLoad(int loaded, in JumpHistoryEntry entry)
    {
        if (!_precision.Has(loaded))
            return true;
        _precision.Clear(loaded);
        if ((entry.Flags & InsnHistory.StackAccess) == 0)
            return true;
        _precision.SetSlot(entry.Flags & InsnHistory.FrameNoMask, AccessedSlot(in entry));
        return false;
    }

    private bool BacktrackStore(in Insn insn, in JumpHistoryEntry entry, out Errno err)
    {
        err = Errno.None;
        if (_precision.Has(insn.Dst))
        {
            // A scalar is no address: it was made by subtracting pointers.
            err = Errno.ENOTSUPP;
            return true;
        }
        if ((entry.Flags & InsnHistory.StackAccess) == 0)
            return true;
        int frame = entry.Flags & InsnHistory.FrameNoMask, slot = AccessedSlot(in entry);
        if (!_precision.HasSlot(frame, slot))
            return true;
        _precision.ClearSlot(frame, slot);
        if (insn.Class == Opcode.Stx)
            _precision.Set(insn.Src);
        return false;
    }

    private static int AccessedSlot(in JumpHistoryEntry entry) => entry.Flags >> InsnHistory.SlotShift & InsnHistory.SlotMask;

    private bool BacktrackJump(in Insn insn, int idx, int nextIdx, in JumpHistoryEntry entry, out Errno err)
    {
        err = Errno.None;
        if (insn.IsPseudoCall)
        {
            err = BacktrackSubprogCall(in insn, idx);
            return true;
        }
        // A callback's first instruction follows its caller; straight on is the call itself, done.
        if (Aux[idx].CallsCallback && idx != nextIdx - 1)
        {
            err = LeaveCalleeBackwards(propagate: false, "callback");
            return true;
        }
        switch (insn.Op)
        {
            case Opcode.Call:
                err = BacktrackCall(in insn, idx, nextIdx);
                return err != Errno.None;
            case Opcode.Exit:
                err = BacktrackExit(nextIdx);
                return true;
            default:
                if (insn.Source != Opcode.X)
                    return false;
                if (!_precision.Has(insn.Dst) && !_precision.Has(insn.Src))
                    return true;
                // Comparing narrowed both.
                if ((entry.Flags & InsnHistory.SrcRegStack) == 0)
                    _precision.Set(insn.Src);
                if ((entry.Flags & InsnHistory.DstRegStack) == 0)
                    _precision.Set(insn.Dst);
                return false;
        }
    }

    private Errno BacktrackSubprogCall(in Insn insn, int idx)
    {
        int subprog = FindSubprog(idx + insn.Imm + 1);
        if (subprog < 0)
            return Errno.EFAULT;
        if (!Subprogs[subprog].IsGlobal)
            return LeaveCalleeBackwards(propagate: true, "static subprog");
        // Verified on its own: it only returned an unknown scalar here.
        if ((_precision.CurRegs & PrecisionMasks.Arguments) != 0)
            return UnexpectedRegs("global subprog");
        _precision.Clear(0);
        return Errno.None;
    }

    /// <summary>From a callee's first instruction back to the call; arguments of a subprogram came from the caller's registers.</summary>
    private Errno LeaveCalleeBackwards(bool propagate, string what)
    {
        uint args = _precision.CurRegs;
        if ((args & ~PrecisionMasks.Arguments) != 0)
            return UnexpectedRegs(what);
        if (_precision.CurSlots != 0)
        {
            return Changes.VerifierBugMessages
                ? VerifierBug($"{what} leftover stack slots {_precision.CurSlots:x}")
                : Bug($"BUG stack slots {_precision.CurSlots:x}\n");
        }
        _precision.CurRegs = 0;
        if (_precision.Frame == 0)
            return Changes.VerifierBugMessages ? VerifierBug("subprog exit from frame 0") : Bug("BUG subprog exit from frame 0\n");
        _precision.Frame--;
        if (propagate)
            _precision.CurRegs |= args;
        return Errno.None;
    }

    private Errno UnexpectedRegs(string what) =>
        Changes.VerifierBugMessages
            ? VerifierBug($"{what} unexpected regs {_precision.CurRegs:x}")
            : Bug($"BUG regs {_precision.CurRegs:x}\n");

    private Errno BacktrackCall(in Insn insn, int idx, int nextIdx)
    {
        // Never valid; rejected later.
        if (insn.Src == Pseudo.KfuncCall && insn.Imm == 0)
            return Errno.ENOTSUPP;
        _precision.Clear(0);
        if ((_precision.CurRegs & PrecisionMasks.Arguments) != 0)
            return UnexpectedRegs("backtracking call");
        if (insn.Src == 0 && insn.Imm == HelperId.TailCall && nextIdx - idx != 1 && Changes.TailCallReturnsBacktracked)
            return EnterCalleeBackwards();
        return Errno.None;
    }

    /// <summary>From a caller back to the exit of what it called: a subprogram (whose r0 it got) or a callback.</summary>
    private Errno BacktrackExit(int nextIdx)
    {
        bool fromSubprog = nextIdx >= 1 && Insns[nextIdx - 1].IsPseudoCall;
        bool keep = Changes.CallbackExitKeepsArguments;
        if (!keep && nextIdx >= 0 && Aux[nextIdx].CallsCallback)
            _precision.CurRegs &= ~PrecisionMasks.Arguments;
        if ((fromSubprog || !keep) && (_precision.CurRegs & PrecisionMasks.Arguments) != 0)
            return UnexpectedRegs("backtracking exit");
        bool result = fromSubprog && _precision.Has(0);
        _precision.Clear(0);
        Errno err = EnterCalleeBackwards();
        if (err == Errno.None && result)
            _precision.Set(0);
        return err;
    }

    private Errno EnterCalleeBackwards()
    {
        if (_precision.Frame == MaxCallFrames - 1)
        {
            return Changes.VerifierBugMessages
                ? VerifierBug($"subprog enter from frame {_precision.Frame}")
                : Bug($"BUG subprog enter from frame {_precision.Frame}\n");
        }
        _precision.Frame++;
        return Errno.None;
    }

    private bool BacktrackLd(in Insn insn, int idx, int nextIdx, out Errno err)
    {
        err = Errno.None;
        bool asked = _precision.Has(insn.Dst);
        bool packet = insn.Mode is Opcode.Abs or Opcode.Ind;
        if (!asked && !(packet && Changes.LdAbsExitBacktracked))
            return true;
        if (packet)
        {
            if (asked)
            {
                if (!Changes.LdAbsExitBacktracked)
                    _precision.Clear(insn.Dst);
                err = Errno.ENOTSUPP;
            }
            else if (nextIdx != idx + 1)
            {
                // The load ended the subprogram: what follows is its caller.
                err = EnterCalleeBackwards();
            }
            return true;
        }
        _precision.Clear(insn.Dst);
        return Changes.LdAbsExitBacktracked;
    }
}
