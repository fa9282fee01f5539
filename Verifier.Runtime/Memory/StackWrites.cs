namespace BpfVerifier.Runtime;

/// <summary>Stores to the stack.</summary>
internal sealed partial class Verification
{
    private Errno CheckStackWrite(int ptrRegno, int off, int size, int valueRegno, int insnIdx)
    {
        ref RegState ptr = ref Regs[ptrRegno];
        FrameState frame = Func(in ptr);
        return ptr.Var.IsConst
            ? CheckStackWriteFixedOff(frame, off + (int)ptr.Var.Value, size, valueRegno, insnIdx)
            : CheckStackWriteVarOff(frame, ptrRegno, off, size, valueRegno, insnIdx);
    }

    /// <summary>Stores <paramref name="size"/> bytes at a known offset; <paramref name="valueRegno"/> is -1 for immediates and helpers.</summary>
    private Errno CheckStackWriteFixedOff(FrameState frame, int off, int size, int valueRegno, int insnIdx)
    {
        int byteSlot = -off - 1;
        int spi = byteSlot / 8;
        ref Insn insn = ref Insns[insnIdx];
        ref StackSlot slot = ref frame.Stack[spi];
        bool aligned = off % 8 == 0;

        // A pointer's halves could be leaked one by one.
        if (!AllowPtrLeaks && slot.IsSpilled && size != 8 && !(Changes.PartialOverwriteOfSpilledScalar && slot.IsSpilledScalar))
        {
            Log.Write("attempt to corrupt spilled pointer on stack\n");
            return Errno.EACCES;
        }
        bool hasReg = valueRegno >= 0;
        ref RegState reg = ref hasReg ? ref Regs[valueRegno] : ref _storedImmediate;
        if (!BypassSpecV4)
            NoteStoreBypass(in slot, byteSlot, size, hasReg && reg.Type.IsSpillable, insnIdx);

        Errno err = DestroyIfDynptrStackSlot(frame, spi);
        if (err != Errno.None)
            return err;
        if (Changes.LivenessByDataflow && aligned && size == 8)
            MarkStackWrite(frame.FrameNo, 1UL << spi);
        CheckFastcallStackContract(frame, insnIdx, off);
        MarkStackSlotScratched(spi);

        bool storesImmediate = !hasReg && insn.Class == Opcode.St && insn.Mode == Opcode.Mem;
        int historyFlags = HistoryFlags(frame.FrameNo, spi);
        if (hasReg && aligned && BpfCapable && SpillsAsScalar(in reg))
        {
            if (Changes.SpillUnboundedScalars)
            {
                bool fits = reg.Width <= 8 * size;
                if (fits)
                    AssignScalarIdBeforeMov(ref reg);
                SaveRegisterState(frame, spi, in reg, size);
                // The slot holds only the low part: it is not the same number any more.
                if (!fits)
                    slot.Spilled.Id = 0;
            }
            else
            {
                // The backtracking of these releases follows spills through r10 only.
                if (insn.Dst != FrameState.FramePointer)
                {
                    err = MarkChainPrecision(valueRegno);
                    if (err != Errno.None)
                        return err;
                }
                SaveRegisterState(frame, spi, in reg, size);
                if (reg.Width > 8 * size)
                    slot.Spilled.Id = 0;
            }
        }
        else if (storesImmediate && aligned && BpfCapable && (insn.Imm != 0 || Changes.SpillZeroImmediates))
        {
            _storedImmediate = default;
            _storedImmediate.SetKnown((ulong)(long)insn.Imm);
            _storedImmediate.Type = RegKind.Scalar;
            SaveRegisterState(frame, spi, in _storedImmediate, size);
        }
        else if (hasReg && reg.Type.IsSpillable)
        {
            if (size != 8)
            {
                VerboseLinfo(insnIdx, "; ");
                Log.Write("invalid size of register spill\n");
                return Errno.EACCES;
            }
            if (frame != CurFrame && reg.Type == RegKind.Stack)
            {
                Log.Write("cannot spill pointers to stack into stack frame of the caller\n");
                return Errno.EINVAL;
            }
            SaveRegisterState(frame, spi, in reg, size);
        }
        else
        {
            historyFlags = 0;
            err = StoreBytes(frame, spi, byteSlot, size, valueRegno, hasReg ? reg.IsNull : storesImmediate && insn.Imm == 0);
            if (err != Errno.None)
                return err;
        }
        return historyFlags != 0 && Changes.StackAccessHistory ? PushJmpHistory(State, historyFlags, 0) : Errno.None;
    }

    /// <summary>Scratch for an immediate on its way to a slot.</summary>
    private RegState _storedImmediate;

    private static int HistoryFlags(int frameNo, int spi) =>
        InsnHistory.StackAccess | (spi << InsnHistory.SlotShift) | frameNo;

    private bool SpillsAsScalar(in RegState reg) =>
        reg.IsScalar() && (Changes.SpillUnboundedScalars || (reg.IsBounded && !reg.IsNull));

    /// <summary>The slot loses what it held as a whole; its bytes become data of no particular value, or zeros.</summary>
    private Errno StoreBytes(FrameState frame, int spi, int byteSlot, int size, int valueRegno, bool zero)
    {
        ref StackSlot slot = ref frame.Stack[spi];
        ScrubSpecialSlot(ref slot);
        if (Marks is not null && size == 8)
            Marks[LivenessMarks.Slot(frame, spi)] |= Live.Written;
        SlotType type = SlotType.Misc;
        if (zero)
        {
            // The zero matters from here on: STACK_ZERO is a promise.
            Errno err = MarkChainPrecision(valueRegno);
            if (err != Errno.None)
                return err;
            type = SlotType.Zero;
        }
        for (int i = 0; i < size; i++)
            slot[(byteSlot - i) % 8] = type;
        return Errno.None;
    }

    /// <summary>Bytes that were part of a spilled register (dynptr, iterator …) become plain data.</summary>
    private static void ScrubSpecialSlot(ref StackSlot slot)
    {
        slot.Spilled.Type = RegKind.NotInit;
        if (slot[7] is SlotType.Spill or SlotType.Dynptr or SlotType.Iter or SlotType.IrqFlag)
            ScrubSpilledBytes(ref slot);
    }

    internal static void ScrubSpilledBytes(ref StackSlot slot)
    {
        for (int i = 0; i < 8; i++)
            if (slot[i] != SlotType.Invalid)
                slot[i] = SlotType.Misc;
    }

    /// <summary>Puts a register into the low <paramref name="size"/> bytes of a slot.</summary>
    private void SaveRegisterState(FrameState frame, int spi, in RegState reg, int size)
    {
        ref StackSlot slot = ref frame.Stack[spi];
        slot.Spilled = reg;
        if (Marks is not null && size == 8)
            Marks[LivenessMarks.Slot(frame, spi)] |= Live.Written;
        if (size == 8)
        {
            slot.Types = StackSlot.All(SlotType.Spill);
            return;
        }
        for (int i = 7; i >= 0; i--)
        {
            if (i >= 8 - size)
                slot[i] = SlotType.Spill;
            else if (slot[i] != SlotType.Invalid && !(slot[i] == SlotType.Zero && Changes.PartialSpillKeepsZero))
                slot[i] = SlotType.Misc;
        }
    }

    /// <summary>A later load could speculatively bypass this store (Spectre v4): unless it overwrites plain data, it needs a barrier.</summary>
    private void NoteStoreBypass(in StackSlot slot, int byteSlot, int size, bool storesPointer, int insnIdx)
    {
        bool barrier = storesPointer;
        for (int i = 0; i < size && !barrier; i++)
        {
            int at = Changes.SpeculationBarriersByPath ? i : (byteSlot - i) % 8;
            barrier = slot[at] is not (SlotType.Misc or SlotType.Zero);
        }
        if (barrier && Changes.SpeculationBarriersByPath)
            Aux[insnIdx].NoSpecResult = true;
    }

    /// <summary>Stores somewhere in a range of the stack: every slot of the range may have changed.</summary>
    private Errno CheckStackWriteVarOff(FrameState frame, int ptrRegno, int off, int size, int valueRegno, int insnIdx)
    {
        ref RegState ptr = ref Regs[ptrRegno];
        ref Insn insn = ref Insns[insnIdx];
        int minOff = (int)ptr.SMin + off;
        int maxOff = (int)ptr.SMax + off + size;
        bool writingZero = valueRegno >= 0
            ? Regs[valueRegno].IsNull
            : Changes.SpillZeroImmediates && insn.Class == Opcode.St && insn.Mode == Opcode.Mem && insn.Imm == 0;
        bool zeroUsed = false;

        for (int i = minOff; i < maxOff; i++)
        {
            Errno err = DestroyIfDynptrStackSlot(frame, (-i - 1) / 8);
            if (err != Errno.None)
                return err;
        }
        CheckFastcallStackContract(frame, insnIdx, minOff);
        for (int i = minOff; i < maxOff; i++)
        {
            int byteSlot = -i - 1;
            int spi = byteSlot / 8;
            ref StackSlot slot = ref frame.Stack[spi];
            MarkStackSlotScratched(spi);
            SlotType type = slot[byteSlot % 8];
            if (!AllowPtrLeaks && type is not (SlotType.Misc or SlotType.Zero))
            {
                Log.Write($"spilled ptr in range of var-offset stack write; insn {insnIdx}, ptr off: {i}");
                return Errno.EINVAL;
            }
            // Zero over a spilled zero changes nothing.
            if (writingZero && type == SlotType.Spill && slot.IsSpilledScalar && Changes.VarOffZeroKeepsSpilledZero
                && slot.Spilled.Var == Tnum.Const(0))
            {
                zeroUsed = true;
                continue;
            }
            if (Changes.VarOffWriteScrubsWholeSlot)
                ScrubSpecialSlot(ref slot);
            else
                slot.Spilled.Type = RegKind.NotInit;
            SlotType newType = SlotType.Misc;
            if (writingZero && type == SlotType.Zero)
            {
                newType = SlotType.Zero;
                zeroUsed = true;
            }
            if (type == SlotType.Invalid && !AllowUninitStack)
            {
                Log.Write($"uninit stack in range of var-offset write prohibited for !root; insn {insnIdx}, off: {i}");
                return Errno.EINVAL;
            }
            slot[byteSlot % 8] = newType;
        }
        return zeroUsed ? MarkChainPrecision(valueRegno) : Errno.None;
    }

    /// <summary>
    /// bpf_fastcall patterns keep their spills below everything else the function touches. An access below that line
    /// from outside a pattern ends the arrangement for the whole function.
    /// </summary>
    private void CheckFastcallStackContract(FrameState frame, int insnIdx, int off)
    {
        SubprogInfo subprog = Subprogs[frame.SubprogNo];
        if (subprog.FastcallStackOff <= off || Aux[insnIdx].FastcallPattern)
            return;
        subprog.FastcallStackOff = short.MinValue;
        for (int i = subprog.Start; i < Subprogs[frame.SubprogNo + 1].Start; i++)
        {
            Aux[i].FastcallSpills = 0;
            Aux[i].FastcallPattern = false;
        }
    }
}
