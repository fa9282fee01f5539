namespace BpfVerifier.Runtime;

/// <summary>
/// Precision as older releases trace it: within one frame, one register or slot at a time, recognising the stack only by
/// accesses through r10; calls of subprograms, callbacks and exits give up and mark everything.
/// </summary>
internal sealed partial class Verification
{
    private const uint CallScratched = 0x3f;

    private Errno PropagateFramePrecision(VerifierState old)
    {
        for (int fr = old.CurFrame; fr >= 0; fr--)
        {
            FrameState frame = old.Frames[fr]!;
            for (int regno = 0; regno < FrameState.FramePointer; regno++)
            {
                if (!IsPreciseAndRead(in frame.Regs[regno], LivenessMarks.Reg(frame, regno)))
                    continue;
                if (Log.Level2)
                    Log.Write($"frame {fr}: propagating r{regno}\n");
                Errno err = MarkFramePrecision(fr, regno, -1);
                if (err != Errno.None)
                    return err;
            }
            for (int slot = 0; slot < frame.SlotCount; slot++)
            {
                if (!frame.Stack[slot].IsSpilled || !IsPreciseAndRead(in frame.Stack[slot].Spilled, LivenessMarks.Slot(frame, slot)))
                    continue;
                if (Log.Level2)
                    Log.Write($"frame {fr}: propagating fp{-(slot + 1) * 8}\n");
                Errno err = MarkFramePrecision(fr, -1, slot);
                if (err != Errno.None)
                    return err;
            }
        }
        return Errno.None;
    }

    /// <summary>Traces one register or one slot (the other is -1) of a frame.</summary>
    private Errno MarkFramePrecision(int frame, int regno, int slot)
    {
        if (!BpfCapable)
            return Errno.None;
        VerifierState state = State;
        FrameState func = state.Frames[frame]!;
        if (regno >= 0 && func.Regs[regno].Type != RegKind.Scalar)
            return Errno.EFAULT;
        if (slot >= 0 && !func.Stack[slot].IsSpilledScalar)
            return Errno.None;
        uint regs = regno >= 0 ? 1u << regno : 0;
        ulong slots = slot >= 0 ? 1UL << slot : 0;
        int lastIdx = InsnIdx, firstIdx = state.FirstInsnIdx;
        bool skip = true;
        while (true)
        {
            if (Log.Level2)
                Log.Write($"last_idx {lastIdx} first_idx {firstIdx}\n");
            if (lastIdx < 0)
                return MarkArguments(state, regs, slots);
            Errno err = TraceFrameWithin(state, lastIdx, ref regs, ref slots, ref skip);
            if (err == Errno.ENOTSUPP)
            {
                MarkAllScalarsPrecise(state);
                return Errno.None;
            }
            if (err != Errno.None || (regs == 0 && slots == 0) || state.Parent is null)
                return err;
            state = state.Parent;
            if (!MarkFrameCheckpoint(state, frame, ref regs, ref slots, out bool marked))
            {
                MarkAllScalarsPrecise(state);
                return Errno.None;
            }
            if ((regs == 0 && slots == 0) || !marked)
                return Errno.None;
            lastIdx = state.LastInsnIdx;
            firstIdx = state.FirstInsnIdx;
        }
    }

    private Errno MarkArguments(VerifierState state, uint regs, ulong slots)
    {
        FrameState frame = state.Frames[0]!;
        if (state.CurFrame != 0 || frame.SubprogNo <= 0 || frame.CallSite != FrameState.MainFrame
            || slots != 0 || (regs & ~PrecisionMasks.Arguments) != 0)
            return Bug($"BUG backtracing func entry subprog {frame.SubprogNo} reg_mask {regs:x} stack_mask {slots:x}\n");
        for (ulong left = regs; left != 0;)
        {
            ref RegState reg = ref frame.Regs[PrecisionMasks.TakeLowest(ref left)];
            if (reg.Type == RegKind.Scalar)
                reg.Precise = true;
        }
        return Errno.None;
    }

    private Errno TraceFrameWithin(VerifierState state, int idx, ref uint regs, ref ulong slots, ref bool skip)
    {
        int history = state.HistoryCount;
        while (true)
        {
            CountWork();
            Errno err = skip ? Errno.None : BacktrackInsnInFrame(idx, ref regs, ref slots);
            skip = false;
            if (err != Errno.None || (regs == 0 && slots == 0) || !TryStepBack(state, ref idx, ref history))
                return err;
            if ((uint)idx >= (uint)Insns.Length)
                return Bug($"BUG backtracking idx {idx}\n");
        }
    }

    /// <summary>False when a slot is asked for that the checkpoint does not have: it was written some other way.</summary>
    private bool MarkFrameCheckpoint(VerifierState state, int frame, ref uint regs, ref ulong slots, out bool marked)
    {
        FrameState func = state.Frames[frame] ?? throw NotModeled("precision traced into a function its state is not in");
        marked = false;
        for (ulong left = regs; left != 0;)
        {
            int regno = PrecisionMasks.TakeLowest(ref left);
            ref RegState reg = ref func.Regs[regno];
            if (reg.Type != RegKind.Scalar)
            {
                regs &= ~(1u << regno);
                continue;
            }
            marked |= !reg.Precise;
            reg.Precise = true;
        }
        for (ulong left = slots; left != 0;)
        {
            int slot = PrecisionMasks.TakeLowest(ref left);
            if (slot >= func.SlotCount)
                return false;
            ref StackSlot stack = ref func.Stack[slot];
            if (!stack.IsSpilledScalar)
            {
                slots &= ~(1UL << slot);
                continue;
            }
            marked |= !stack.Spilled.Precise;
            stack.Spilled.Precise = true;
        }
        if (Log.Level2)
        {
            Log.Write($"parent {(marked ? "didn't have" : "already had")} regs={regs:x} stack={slots:x} marks:");
            PrintVerifierState(state, frame, true);
        }
        return true;
    }

    private Errno BacktrackInsnInFrame(int idx, ref uint regs, ref ulong slots)
    {
        ref Insn insn = ref Insns[idx];
        // Second half of a 64-bit load.
        if (insn.Code == 0)
            return Errno.None;
        if (Log.Level2)
        {
            Log.Write($"regs={regs:x} stack={slots:x} before {idx}: ");
            PrintInsn(idx);
        }
        uint dst = 1u << insn.Dst, src = 1u << insn.Src;
        switch (insn.Class)
        {
            case Opcode.Alu or Opcode.Alu64:
                if ((regs & dst) == 0 || insn.Op is Opcode.End or Opcode.Neg)
                    return Errno.None;
                if (insn.Op == Opcode.Mov)
                    regs &= ~dst;
                if (insn.Source == Opcode.X)
                    regs |= src;
                return Errno.None;
            case Opcode.Ldx:
                return BacktrackLoadInFrame(in insn, dst, insn.Src, ref regs, ref slots);
            case Opcode.Stx when IsAtomicFetch(in insn) && Changes.AtomicFetchBacktracked:
                return BacktrackLoadInFrame(in insn, 1u << FetchedReg(in insn), insn.Dst, ref regs, ref slots);
            case Opcode.Stx or Opcode.St:
                return BacktrackStoreInFrame(in insn, dst, src, ref regs, ref slots);
            case Opcode.Jmp or Opcode.Jmp32:
                return BacktrackJumpInFrame(in insn, ref regs);
            default:
                if ((regs & dst) == 0)
                    return Errno.None;
                regs &= ~dst;
                return insn.Mode is Opcode.Ind or Opcode.Abs ? Errno.ENOTSUPP : Errno.None;
        }
    }

    private Errno BacktrackLoadInFrame(in Insn insn, uint loaded, int baseReg, ref uint regs, ref ulong slots)
    {
        if ((regs & loaded) == 0)
            return Errno.None;
        regs &= ~loaded;
        if (baseReg != FrameState.FramePointer)
            return Errno.None;
        uint slot = SlotBelowFrame(in insn);
        if (slot >= FrameState.MaxSlots)
            return Bug($"BUG spi {(int)slot}\n");
        slots |= 1UL << (int)slot;
        return Errno.None;
    }

    private Errno BacktrackStoreInFrame(in Insn insn, uint dst, uint src, ref uint regs, ref ulong slots)
    {
        // A scalar is no address: it was made by subtracting pointers.
        if ((regs & dst) != 0)
            return Errno.ENOTSUPP;
        if (insn.Dst != FrameState.FramePointer)
            return Errno.None;
        uint slot = SlotBelowFrame(in insn);
        if (slot >= FrameState.MaxSlots)
            return Bug($"BUG spi {(int)slot}\n");
        if ((slots >> (int)slot & 1) == 0)
            return Errno.None;
        slots &= ~(1UL << (int)slot);
        if (insn.Class == Opcode.Stx)
            regs |= src;
        return Errno.None;
    }

    private static uint SlotBelowFrame(in Insn insn) => (uint)((-insn.Off - 1) / 8);

    private Errno BacktrackJumpInFrame(in Insn insn, ref uint regs)
    {
        uint dst = 1u << insn.Dst, src = 1u << insn.Src;
        switch (insn.Op)
        {
            case Opcode.Exit:
                return Errno.ENOTSUPP;
            case Opcode.Call:
                if (insn.Src == Pseudo.Call || (insn.Src == Pseudo.KfuncCall && insn.Imm == 0)
                    || (insn.Src == 0 && RunsCallback(insn.Imm)))
                    return Errno.ENOTSUPP;
                regs &= ~1u;
                return (regs & CallScratched) != 0 ? Bug($"BUG regs {regs:x}\n") : Errno.None;
            default:
                if (insn.Source == Opcode.X && (regs & (dst | src)) != 0)
                    regs |= dst | src;
                return Errno.None;
        }
    }

    private static bool RunsCallback(int helper) => helper
        is HelperId.ForEachMapElem or HelperId.TimerSetCallback or HelperId.FindVma or HelperId.Loop or HelperId.UserRingbufDrain;
}
