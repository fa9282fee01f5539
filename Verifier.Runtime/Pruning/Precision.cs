namespace BpfVerifier.Runtime;

/// <summary>
/// Precision: by default a remembered scalar's value does not matter when states are compared. Where the walk relies on
/// one, the way that led here is traced backwards and every scalar it was made from is marked in the checkpoints passed.
/// Marks in the current state itself are never looked at: it is no checkpoint yet.
/// </summary>
internal sealed partial class Verification
{
    private readonly PrecisionMasks _precision = new();

    /// <summary>The walk relies on the exact value of the scalar in r<paramref name="regno"/>; negative means a constant, nothing to trace.</summary>
    public Errno MarkChainPrecision(int regno)
    {
        if (regno < 0)
            return Errno.None;
        if (!Changes.PrecisionThroughSubprogs)
            return MarkFramePrecision(State.CurFrame, regno, -1);
        if (!BpfCapable)
            return Errno.None;
        _precision.Frame = State.CurFrame;
        if (State.Cur.Regs[regno].Type != RegKind.Scalar)
            return Changes.VerifierBugMessages ? VerifierBug($"backtracking misuse") : Errno.EFAULT;
        _precision.Set(regno);
        bool changed = false;
        return TracePrecision(State, ref changed);
    }

    /// <summary>
    /// Traces what <see cref="_precision"/> asks for backwards from <paramref name="start"/>.
    /// <paramref name="changed"/> becomes true when a mark was set that was not there.
    /// </summary>
    private Errno TracePrecision(VerifierState start, ref bool changed)
    {
        if (!BpfCapable)
            return Errno.None;
        PrecisionMasks asked = _precision;
        asked.Frame = start.CurFrame;
        if (asked.IsEmpty)
            return Errno.None;

        VerifierState? state = start;
        int firstIdx = start.FirstInsnIdx;
        int lastIdx = start == State ? InsnIdx : start.InsnIdx;
        int nextIdx = -1;
        // The instruction that asks has not been carried out yet.
        bool skip = true;
        while (true)
        {
            if (Log.Level2)
                Log.Write($"mark_precise: frame{asked.Frame}: last_idx {lastIdx} first_idx {firstIdx} subseq_idx {nextIdx} \n");
            if (lastIdx < 0)
                return TraceIntoArguments(state, ref changed);

            Errno err = TraceWithin(start, state, lastIdx, ref nextIdx, ref skip);
            if (err != Errno.None || asked.IsEmpty)
                return err;
            state = state.Parent;
            if (state is null)
                break;
            err = MarkCheckpoint(state, ref changed);
            if (err != Errno.None || asked.IsEmpty)
                return err;
            nextIdx = firstIdx;
            lastIdx = state.LastInsnIdx;
            firstIdx = state.FirstInsnIdx;
        }
        // Something was missed on the way: be safe.
        MarkAllScalarsPrecise(start);
        asked.Reset();
        return Errno.None;
    }

    /// <summary>Goes back over the instructions of one state. Masks are empty afterwards when nothing is left to do.</summary>
    private Errno TraceWithin(VerifierState start, VerifierState state, int lastIdx, ref int nextIdx, ref bool skip)
    {
        int history = state.HistoryCount;
        int idx = lastIdx;
        while (true)
        {
            CountWork();
            Errno err = Errno.None;
            if (!skip)
            {
                JumpHistoryEntry entry = history > 0 && state.History[history - 1].Idx == idx ? state.History[history - 1] : default;
                err = BacktrackInsn(idx, nextIdx, entry);
            }
            skip = false;
            if (err == Errno.ENOTSUPP)
            {
                MarkAllScalarsPrecise(start);
                _precision.Reset();
                return Errno.None;
            }
            if (err != Errno.None || _precision.IsEmpty)
                return err;
            nextIdx = idx;
            if (!TryStepBack(state, ref idx, ref history))
                return Errno.None;
            if ((uint)idx >= (uint)Insns.Length)
                return Changes.VerifierBugMessages ? VerifierBug($"backtracking idx {idx}") : Bug($"BUG backtracking idx {idx}\n");
        }
    }

    /// <summary>The beginning of a function verified on its own: what is still asked for must be its arguments.</summary>
    private Errno TraceIntoArguments(VerifierState state, ref bool changed)
    {
        PrecisionMasks asked = _precision;
        FrameState frame = state.Frames[0]!;
        if (state.CurFrame == 0 && frame.SubprogNo > 0 && frame.CallSite == FrameState.MainFrame
            && asked.CurSlots == 0 && (asked.CurRegs & ~PrecisionMasks.Arguments) == 0)
        {
            for (ulong left = asked.CurRegs; left != 0;)
            {
                int regno = PrecisionMasks.TakeLowest(ref left);
                asked.Clear(regno);
                if (frame.Regs[regno].Type != RegKind.Scalar)
                    continue;
                frame.Regs[regno].Precise = true;
                changed = true;
            }
            return Errno.None;
        }
        return Changes.VerifierBugMessages
            ? VerifierBug($"backtracking func entry subprog {frame.SubprogNo} reg_mask {asked.CurRegs:x} stack_mask {asked.CurSlots:x}")
            : Bug($"BUG backtracking func entry subprog {frame.SubprogNo} reg_mask {asked.CurRegs:x} stack_mask {asked.CurSlots:x}\n");
    }

    /// <summary>Marks what is asked for in a checkpoint; what is marked already or no scalar needs no further tracing.</summary>
    private Errno MarkCheckpoint(VerifierState state, ref bool changed)
    {
        PrecisionMasks asked = _precision;
        for (int fr = asked.Frame; fr >= 0; fr--)
        {
            // Some kernels read beyond their arrays here.
            FrameState frame = state.Frames[fr] ?? throw NotModeled("precision traced into a function its state is not in");
            for (ulong left = asked.Regs(fr); left != 0;)
            {
                int regno = PrecisionMasks.TakeLowest(ref left);
                ref RegState reg = ref frame.Regs[regno];
                if (reg.Type != RegKind.Scalar || reg.Precise)
                    asked.Regs(fr) &= ~(1u << regno);
                else
                    reg.Precise = changed = true;
            }
            for (ulong left = asked.Slots(fr); left != 0;)
            {
                int slot = PrecisionMasks.TakeLowest(ref left);
                if (slot >= frame.SlotCount)
                {
                    return Changes.VerifierBugMessages
                        ? VerifierBug($"stack slot {slot}, total slots {frame.SlotCount} (i >= func->allocated_stack / BPF_REG_SIZE)")
                        : Bug($"BUG backtracking (stack slot {slot}, total slots {frame.SlotCount})\n");
                }
                ref StackSlot stack = ref frame.Stack[slot];
                if (!stack.IsSpilledScalar || stack.Spilled.Precise)
                    asked.ClearSlot(fr, slot);
                else
                    stack.Spilled.Precise = changed = true;
            }
            if (Log.Level2)
            {
                Log.Write($"mark_precise: frame{fr}: parent state regs=");
                PrecisionMasks.PrintRegs(Log, asked.Regs(fr));
                Log.Write(" stack=");
                PrecisionMasks.PrintSlots(Log, asked.Slots(fr));
                Log.Write(": ");
                PrintVerifierState(state, fr, true);
            }
        }
        return Errno.None;
    }

    /// <summary>
    /// What the finished state <paramref name="old"/> depends on, the equal state <paramref name="cur"/> depends on too,
    /// and so does what it was made from.
    /// </summary>
    private Errno PropagatePrecision(VerifierState old, VerifierState cur, ref bool changed)
    {
        if (!Changes.PrecisionThroughSubprogs)
            return PropagateFramePrecision(old);
        for (int fr = old.CurFrame; fr >= 0; fr--)
        {
            FrameState frame = old.Frames[fr]!;
            bool first = true;
            for (int regno = 0; regno < FrameState.FramePointer; regno++)
            {
                if (!IsPreciseAndRead(in frame.Regs[regno], LivenessMarks.Reg(frame, regno)))
                    continue;
                if (Log.Level2)
                    Log.Write(first ? $"frame {fr}: propagating r{regno}" : $",r{regno}");
                _precision.Regs(fr) |= 1u << regno;
                first = false;
            }
            for (int slot = 0; slot < frame.SlotCount; slot++)
            {
                if (!frame.Stack[slot].IsSpilled || !IsPreciseAndRead(in frame.Stack[slot].Spilled, LivenessMarks.Slot(frame, slot)))
                    continue;
                if (Log.Level2)
                    Log.Write(first ? $"frame {fr}: propagating fp{-(slot + 1) * 8}" : $",fp{-(slot + 1) * 8}");
                _precision.SetSlot(fr, slot);
                first = false;
            }
            // The line ends at every log level, though it is begun at level 2 only.
            if (!first && Log.Level != 0)
                Log.Write('\n');
        }
        return TracePrecision(cur, ref changed);
    }

    private bool IsPreciseAndRead(in RegState reg, int place) =>
        reg.Type == RegKind.Scalar && reg.Precise && (Marks is null || WasRead(place));

    /// <summary>Tracing is not possible: every scalar of every checkpoint on the way is marked.</summary>
    private void MarkAllScalarsPrecise(VerifierState start)
    {
        bool print = Changes.PrecisionThroughSubprogs && Log.Level2;
        if (print)
            Log.Write($"mark_precise: frame{start.CurFrame}: falling back to forcing all scalars precise\n");
        for (VerifierState? state = start.Parent; state is not null; state = state.Parent)
        {
            for (int fr = 0; fr <= state.CurFrame; fr++)
            {
                CountWork();
                FrameState frame = state.Frames[fr]!;
                for (int regno = 0; regno < FrameState.FramePointer; regno++)
                {
                    ref RegState reg = ref frame.Regs[regno];
                    if (reg.Type != RegKind.Scalar || reg.Precise)
                        continue;
                    reg.Precise = true;
                    if (print)
                        Log.Write($"force_precise: frame{fr}: forcing r{regno} to be precise\n");
                }
                for (int slot = 0; slot < frame.SlotCount; slot++)
                {
                    ref StackSlot stack = ref frame.Stack[slot];
                    if (!stack.IsSpilledScalar || stack.Spilled.Precise)
                        continue;
                    stack.Spilled.Precise = true;
                    if (print)
                        Log.Write($"force_precise: frame{fr}: forcing fp{-(slot + 1) * 8} to be precise\n");
                }
            }
        }
    }

    /// <summary>What the walk relied on so far does not matter to what follows from here.</summary>
    private static void MarkAllScalarsImprecise(VerifierState state)
    {
        for (int fr = 0; fr <= state.CurFrame; fr++)
        {
            FrameState frame = state.Frames[fr]!;
            for (int regno = 0; regno < FrameState.FramePointer; regno++)
                if (frame.Regs[regno].Type == RegKind.Scalar)
                    frame.Regs[regno].Precise = false;
            for (int slot = 0; slot < frame.SlotCount; slot++)
                if (frame.Stack[slot].IsSpilledScalar)
                    frame.Stack[slot].Spilled.Precise = false;
        }
    }

    /// <summary>The verifier finds its own assumptions violated: newer kernels' words for it.</summary>
    private Errno VerifierBug(string what) => Bug($"verifier bug: {what}\n");

    private Errno Bug(string message)
    {
        Log.Write(message);
        return Errno.EFAULT;
    }
}
