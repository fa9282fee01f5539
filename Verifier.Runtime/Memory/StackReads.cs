namespace BpfVerifier.Runtime;

/// <summary>Loads from the stack, and helpers reading or filling a range of it.</summary>
internal sealed partial class Verification
{
    private Errno CheckStackRead(int ptrRegno, int off, int size, int dstRegno)
    {
        ref RegState ptr = ref Regs[ptrRegno];
        if (ptr.Var.IsConst)
            return CheckStackReadFixedOff(Func(in ptr), off + (int)ptr.Var.Value, size, dstRegno);
        if (dstRegno < 0)
        {
            Log.Write($"variable offset stack pointer cannot be passed into helper function; var_off={TnumStr(ptr.Var)} off={off} size={size}\n");
            return Errno.EACCES;
        }
        return CheckStackReadVarOff(ptrRegno, off, size, dstRegno);
    }

    private Errno NoteSlotRead(FrameState frame, int spi) =>
        Marks is not null ? MarkSlotRead(frame, spi) : MarkStackRead(frame.FrameNo, InsnIdx, 1UL << spi);

    private Errno CheckStackReadFixedOff(FrameState frame, int off, int size, int dstRegno)
    {
        int byteSlot = -off - 1;
        int spi = byteSlot / 8;
        ref StackSlot slot = ref frame.Stack[spi];
        if (Changes.StackAccessHistory)
            MarkStackSlotScratched(spi);
        CheckFastcallStackContract(CurFrame, InsnIdx, off);
        // Data flow notes the access whatever comes of it; marks are set where the read is found allowed.
        Errno err = Changes.LivenessByDataflow ? NoteSlotRead(frame, spi) : Errno.None;
        if (err != Errno.None)
            return err;

        bool restores;
        if (!slot.IsSpilled)
        {
            restores = false;
            for (int i = 0; i < size; i++)
                if (!Readable(slot[(byteSlot - i) % 8]))
                    return InvalidStackRead(off, i, size);
            if (Marks is not null)
                MarkSlotRead(frame, spi);
            if (dstRegno >= 0)
                MarkRegStackRead(frame, off, off + size, dstRegno);
        }
        else
        {
            err = FillFromSpill(frame, spi, off, size, dstRegno, out restores);
            if (err != Errno.None)
                return err;
        }
        return restores && Changes.StackAccessHistory ? PushJmpHistory(State, HistoryFlags(frame.FrameNo, spi), 0) : Errno.None;
    }

    private bool Readable(SlotType type) =>
        type is SlotType.Misc or SlotType.Zero || (type == SlotType.Invalid && AllowUninitStack);

    private Errno InvalidStackRead(int off, int at, int size)
    {
        Log.Write($"invalid read from stack off {off}+{at} size {size}\n");
        return Errno.EACCES;
    }

    /// <summary>Loads from a slot that holds a register; <paramref name="restores"/> tells whether the load yields that register.</summary>
    private Errno FillFromSpill(FrameState frame, int spi, int off, int size, int dstRegno, out bool restores)
    {
        ref StackSlot slot = ref frame.Stack[spi];
        int byteSlot = -off - 1;
        restores = true;
        int spillSize = 1;
        for (int i = 7; i > 0 && slot[i - 1] == SlotType.Spill; i--)
            spillSize++;

        if (size == 8 && spillSize == 8)
        {
            if (Marks is not null && (dstRegno >= 0 || !IsPointerValue(in slot.Spilled)))
                MarkSlotRead(frame, spi);
            if (dstRegno >= 0)
            {
                Regs[dstRegno] = slot.Spilled;
                MarkRegWritten(dstRegno);
            }
            else if (IsPointerValue(in slot.Spilled))
            {
                // Atomics and helpers would see the pointer as a number.
                Log.Write($"leaking pointer from stack off {off}\n");
                return Errno.EACCES;
            }
            return Errno.None;
        }

        if (!slot.Spilled.IsScalar())
        {
            VerboseLinfo(InsnIdx, "; ");
            Log.Write("invalid size of register fill\n");
            return Errno.EACCES;
        }
        if (Marks is not null)
            MarkSlotRead(frame, spi);
        if (dstRegno < 0)
        {
            restores = false;
            return Errno.None;
        }
        ref RegState dst = ref Regs[dstRegno];
        if (off % 8 == 0 && (Changes.NarrowFills ? size <= spillSize : size == spillSize))
        {
            dst = slot.Spilled;
            if (Changes.NarrowFills && slot.Spilled.Width > size * 8)
            {
                // Only part of the number comes back.
                ClearScalarId(ref dst);
            }
            MarkRegWritten(dstRegno);
            return Errno.None;
        }

        int spilled = 0;
        int zeros = 0;
        for (int i = 0; i < size; i++)
        {
            SlotType type = slot[(byteSlot - i) % 8];
            if (type == SlotType.Spill)
                spilled++;
            else if (type == SlotType.Zero && Changes.PartialFillsSeeZero)
                zeros++;
            else if (type == SlotType.Zero || !Readable(type))
                return InvalidStackRead(off, i, size);
        }
        if (Changes.PartialFillsSeeZero && spilled == size && slot.Spilled.Var == Tnum.Const(0))
        {
            dst.SetConstZero(this);
        }
        else
        {
            restores = false;
            if (Changes.PartialFillsSeeZero && zeros == size)
                dst.SetConstZero(this);
            else
                MarkRegUnknown(Regs, dstRegno);
        }
        MarkRegWritten(dstRegno);
        return Errno.None;
    }

    private Errno CheckStackReadVarOff(int ptrRegno, int off, int size, int dstRegno)
    {
        Errno err = CheckStackRangeInitialized(ptrRegno, off, size, false, StackRangeUse.DirectRead, null);
        if (err != Errno.None)
            return err;
        ref RegState ptr = ref Regs[ptrRegno];
        FrameState frame = Func(in ptr);
        int minOff = (int)ptr.SMin + off;
        MarkRegStackRead(frame, minOff, (int)ptr.SMax + off + size, dstRegno);
        CheckFastcallStackContract(frame, InsnIdx, minOff);
        return Errno.None;
    }

    /// <summary>The destination is zero if all bytes it may come from are, else unknown.</summary>
    private void MarkRegStackRead(FrameState frame, int minOff, int maxOff, int dstRegno)
    {
        bool zero = true;
        for (int i = minOff; i < maxOff && zero; i++)
        {
            int byteSlot = -i - 1;
            if (Changes.StackAccessHistory)
                MarkStackSlotScratched(byteSlot / 8);
            zero = frame.Stack[byteSlot / 8][byteSlot % 8] == SlotType.Zero;
        }
        if (zero)
        {
            Regs[dstRegno].SetConstZero(this);
            // Backtracking in these releases cannot follow the zero into the slot.
            if (!Changes.ConstZeroFillsImprecise)
                Regs[dstRegno].Precise = true;
        }
        else
        {
            MarkRegUnknown(Regs, dstRegno);
        }
        MarkRegWritten(dstRegno);
    }

    private enum StackRangeUse
    {
        DirectRead,
        HelperRead,
        HelperWrite,
    }

    public Errno CheckStackRangeInitialized(int regno, int off, int accessSize, bool zeroSizeAllowed, AccessKind kind, CallMeta? meta) =>
        CheckStackRangeInitialized(regno, off, accessSize, zeroSizeAllowed,
            kind == AccessKind.Write ? StackRangeUse.HelperWrite : StackRangeUse.HelperRead, meta);

    /// <summary>
    /// Every byte of the range must have been written before. In raw mode (<see cref="CallMeta.RawMode"/>) the helper
    /// fills the range itself: only its place is noted, for the store that follows the call.
    /// </summary>
    private Errno CheckStackRangeInitialized(int regno, int off, int accessSize, bool zeroSizeAllowed, StackRangeUse use, CallMeta? meta)
    {
        if (accessSize == 0 && !zeroSizeAllowed)
        {
            Log.Write("invalid zero-sized read\n");
            return Errno.EACCES;
        }
        // Older releases take every helper access for a possible write.
        bool helper = use != StackRangeUse.DirectRead;
        bool clobbers = Changes.HelperStackAccessByDirection ? use == StackRangeUse.HelperWrite : helper;
        string indirect = helper && !Changes.HelperStackAccessByDirection ? " indirect" : "";
        Errno err = CheckStackAccessWithinBounds(regno, off, accessSize, helper, clobbers ? AccessKind.Write : AccessKind.Read);
        if (err != Errno.None)
            return err;

        ref RegState reg = ref Regs[regno];
        FrameState frame = Func(in reg);
        int minOff;
        int maxOff;
        if (reg.Var.IsConst)
        {
            minOff = maxOff = (int)reg.Var.Value + off;
        }
        else
        {
            // Speculation could move the access out of the stack.
            if (!BypassSpecV1)
            {
                Log.Write($"R{regno}{indirect} variable offset stack access prohibited for !root, var_off={TnumStr(reg.Var)}\n");
                return Errno.EACCES;
            }
            // A range that is only possibly written does not count as initialised.
            if (meta is { RawMode: true })
                meta = null;
            minOff = (int)reg.SMin + off;
            maxOff = (int)reg.SMax + off;
        }

        if (meta is { RawMode: true })
        {
            for (int i = minOff; i < maxOff + accessSize && Changes.DynptrSlotsProtected; i++)
            {
                int byteSlot = -i - 1;
                if (byteSlot < frame.AllocatedStack && frame.Stack[byteSlot / 8][byteSlot % 8] == SlotType.Dynptr)
                {
                    Log.Write($"potential write to dynptr at off={i} disallowed\n");
                    return Errno.EACCES;
                }
            }
            meta.AccessSize = accessSize;
            meta.Regno = regno;
            return Errno.None;
        }

        for (int i = minOff; i < maxOff + accessSize; i++)
        {
            int byteSlot = -i - 1;
            int spi = byteSlot / 8;
            bool below = frame.AllocatedStack <= byteSlot;
            if (below && Changes.UninitStackBelowAllocated)
                throw NotModeled("stack range beyond the allocated stack");
            if (below || !TakeStackByte(ref frame.Stack[spi], byteSlot % 8, clobbers))
            {
                if (reg.Var.IsConst)
                    Log.Write($"invalid{indirect} read from stack R{regno} off {minOff}+{i - minOff} size {accessSize}\n");
                else
                    Log.Write($"invalid{indirect} read from stack R{regno} var_off {TnumStr(reg.Var)}+{i - minOff} size {accessSize}\n");
                return Errno.EACCES;
            }
            err = NoteSlotRead(frame, spi);
            if (err != Errno.None)
                return err;
        }
        return Errno.None;
    }

    /// <summary>Whether a helper may read this byte; if it may also write it, what the slot held is forgotten.</summary>
    private bool TakeStackByte(ref StackSlot slot, int at, bool clobbers)
    {
        SlotType type = slot[at];
        if (type == SlotType.Misc)
            return true;
        if (type == SlotType.Zero || (type == SlotType.Invalid && AllowUninitStack))
        {
            if (clobbers)
                slot[at] = SlotType.Misc;
            return true;
        }
        if (!slot.IsSpilled || (!slot.Spilled.IsScalar() && !AllowPtrLeaks))
            return false;
        if (clobbers)
        {
            slot.Spilled.SetUnknown(this);
            ScrubSpilledBytes(ref slot);
        }
        return true;
    }

    private Errno CheckStackAccessWithinBounds(int regno, int off, int accessSize, bool helper, AccessKind kind)
    {
        ref RegState reg = ref Regs[regno];
        FrameState frame = Func(in reg);
        string what = helper && !Changes.HelperStackAccessByDirection ? " indirect access to"
            : kind == AccessKind.Read ? " read from" : " write to";
        long minOff;
        long maxOff;
        if (reg.Var.IsConst)
        {
            minOff = (long)reg.Var.Value + off;
            maxOff = minOff + accessSize;
        }
        else
        {
            if (reg.SMax >= MaxVarOff || reg.SMin <= -MaxVarOff)
            {
                Log.Write($"invalid unbounded variable-offset{what} stack R{regno}\n");
                return Errno.EACCES;
            }
            minOff = reg.SMin + off;
            maxOff = reg.SMax + off + accessSize;
        }

        long minValid = kind == AccessKind.Write || (AllowUninitStack && Changes.UninitStackBelowAllocated) ? -MaxStack : -frame.AllocatedStack;
        Errno err = minOff < minValid || minOff > -1 ? Errno.EACCES
            : maxOff > 0 ? Errno.EINVAL
            : accessSize < 0 ? Errno.EFAULT
            : Errno.None;
        if (err != Errno.None)
        {
            if (reg.Var.IsConst)
                Log.Write($"invalid{what} stack R{regno} off={off} size={accessSize}\n");
            else if (Changes.VarOffStackMessageHasOffset)
                Log.Write($"invalid variable-offset{what} stack R{regno} var_off={TnumStr(ShownOffset(in reg))} off={(Changes.OffsetsInBounds ? off - reg.Off : off)} size={accessSize}\n");
            else
                Log.Write($"invalid variable-offset{what} stack R{regno} var_off={TnumStr(reg.Var)} size={accessSize}\n");
            return err;
        }
        if (Changes.UninitStackBelowAllocated || (kind == AccessKind.Write && !helper))
            GrowStack(frame, (int)-minOff);
        return Errno.None;
    }

    /// <summary>Makes room for an access <paramref name="bytes"/> below the frame pointer and remembers the depth.</summary>
    public void GrowStack(FrameState frame, int bytes)
    {
        int slots = (bytes + 7) / 8;
        if (slots <= frame.SlotCount)
            return;
        frame.GrowStack(slots);
        SubprogInfo subprog = Subprogs[frame.SubprogNo];
        subprog.StackDepth = Math.Max(subprog.StackDepth, slots * 8);
    }
}
