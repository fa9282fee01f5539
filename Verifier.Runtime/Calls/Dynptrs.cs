namespace BpfVerifier.Runtime;

// Dynptrs: two stack slots that the kernel fills and only helpers and kfuncs may use.
internal sealed partial class Verification
{
    private const int DynptrSlots = 2;
    private const int DynptrBytes = 16;

    /// <summary>The object lies partly outside of the stack in use; no error where it is about to be written.</summary>
    private const Errno OutsideStack = Errno.ERANGE;

    /// <summary>Slot an object of the given number of slots begins in (its highest); -1 with the reason in <paramref name="error"/>.</summary>
    private int StackObjectSlot(ref RegState reg, string kind, int slots, out Errno error)
    {
        error = Errno.EINVAL;
        if (!reg.Var.IsConst)
        {
            Log.Write($"{kind} has to be at a constant offset\n");
            return -1;
        }
        int off = reg.Off + (int)reg.Var.Value;
        int slot = (-off - 1) / 8;
        if (off % 8 != 0 || slot + 1 < slots)
        {
            Log.Write($"cannot pass in {kind} at an offset={off}\n");
            return -1;
        }
        if (slot - slots + 1 < 0 || slot >= Func(in reg).SlotCount)
        {
            error = OutsideStack;
            return -1;
        }
        error = Errno.None;
        return slot;
    }

    private int DynptrSlot(ref RegState reg, out Errno error) => StackObjectSlot(ref reg, "dynptr", DynptrSlots, out error);

    private static DynptrKind DynptrKindOf(TypeFlags flags) => (flags & TypeFlags.DynptrMask) switch
    {
        TypeFlags.DynptrLocal => DynptrKind.Local,
        TypeFlags.DynptrRingBuf => DynptrKind.RingBuf,
        TypeFlags.DynptrSkb => DynptrKind.Skb,
        TypeFlags.DynptrXdp => DynptrKind.Xdp,
        TypeFlags.DynptrSkbMeta => DynptrKind.SkbMeta,
        TypeFlags.DynptrFile => DynptrKind.File,
        _ => DynptrKind.Invalid,
    };

    private static TypeFlags DynptrFlagOf(DynptrKind kind) => kind switch
    {
        DynptrKind.Local => TypeFlags.DynptrLocal,
        DynptrKind.RingBuf => TypeFlags.DynptrRingBuf,
        DynptrKind.Skb => TypeFlags.DynptrSkb,
        DynptrKind.Xdp => TypeFlags.DynptrXdp,
        DynptrKind.SkbMeta => TypeFlags.DynptrSkbMeta,
        DynptrKind.File => TypeFlags.DynptrFile,
        _ => TypeFlags.None,
    };

    /// <summary>Dynptrs of this kind hold something that must be given back.</summary>
    private static bool IsRefcounted(DynptrKind kind) => kind is DynptrKind.RingBuf or DynptrKind.File;

    /// <summary>Puts a dynptr, or one slot of it, into <paramref name="reg"/>; <paramref name="id"/> tells dynptrs and their slices apart.</summary>
    private static void MarkDynptrReg(ref RegState reg, DynptrKind kind, bool firstSlot, int id)
    {
        reg.SetKnownZero();
        reg.Type = RegKind.ConstDynptr;
        reg.Id = (uint)id;
        reg.DynptrKind = kind;
        reg.DynptrFirstSlot = firstSlot;
    }

    /// <summary>The dynptr a ring buffer callback is given.</summary>
    private void SetCallbackDynptr(ref RegState reg)
    {
        if (Changes.DynptrSlotsProtected)
        {
            MarkDynptrReg(ref reg, DynptrKind.Local, true, (int)NewId());
            return;
        }
        reg.Type = new RegType(RegKind.ConstDynptr, TypeFlags.DynptrLocal);
        reg.SetKnownZero();
    }

    private void SetSlotTypes(FrameState frame, int slot, SlotType type)
    {
        frame.Stack[slot].Types = StackSlot.All(type);
        MarkSlotWritten(frame, slot);
    }

    /// <summary>What was in the slot before is hidden from reads that come later.</summary>
    private void MarkSlotWritten(FrameState frame, int slot)
    {
        if (Marks is not null)
            Marks[LivenessMarks.Slot(frame, slot)] |= Live.Written;
        else
            MarkStackWrite(frame.FrameNo, 1UL << slot);
    }

    /// <summary>A helper or kfunc reads an object of several slots, the first being the highest.</summary>
    private Errno MarkObjectRead(FrameState frame, int slot, int slots, bool scratched)
    {
        for (int i = 0; i < slots; i++)
        {
            Errno error = Marks is not null ? MarkSlotRead(frame, slot - i) : MarkStackRead(frame.FrameNo, InsnIdx, 1UL << (slot - i));
            if (error != Errno.None)
                return error;
            if (scratched || Changes.ObjectReadsPrinted)
                MarkStackSlotScratched(slot - i);
        }
        return Errno.None;
    }

    /// <summary>A dynptr argument: constructed by the call, changed by it, or only read.</summary>
    private Errno ProcessDynptr(int regno, int insnIdx, ArgType argType, uint cloneRefObjId)
    {
        ref RegState reg = ref Regs[regno];
        if (reg.Type != RegKind.Stack && reg.Type != RegKind.ConstDynptr)
        {
            Log.Write($"arg#{regno - 1} expected pointer to stack or const struct bpf_dynptr\n");
            return Errno.EINVAL;
        }
        if (argType.Has(TypeFlags.Uninit))
        {
            if (!IsDynptrRegValidUninit(ref reg))
            {
                Log.Write("Dynptr has to be an uninitialized dynptr\n");
                return Errno.EINVAL;
            }
            for (int i = 0; i < DynptrBytes; i += 8)
            {
                Errno error = CheckMemAccess(insnIdx, regno, i, 8, AccessKind.Write, -1, false, false);
                if (error != Errno.None)
                    return error;
            }
            return MarkStackSlotsDynptr(ref reg, DynptrKindOf(argType.Flags), insnIdx, cloneRefObjId);
        }

        if (reg.Type == RegKind.ConstDynptr && !argType.Has(TypeFlags.ReadOnly))
        {
            Log.Write("cannot pass pointer to const bpf_dynptr, the helper mutates it\n");
            return Errno.EINVAL;
        }
        if (!IsDynptrRegValidInit(ref reg))
        {
            Log.Write($"Expected an initialized dynptr as arg #{regno - 1}\n");
            return Errno.EINVAL;
        }
        DynptrKind expected = DynptrKindOf(argType.Flags);
        bool anyKind = (argType.Flags & ~TypeFlags.ReadOnly) == TypeFlags.None;
        if (!anyKind && DynptrKindOf(ref reg) != expected)
        {
            Log.Write($"Expected a dynptr of type {DynptrTypeStr(expected)} as arg #{regno - 1}\n");
            return Errno.EINVAL;
        }
        if (reg.Type == RegKind.ConstDynptr)
            return Errno.None;
        int slot = DynptrSlot(ref reg, out Errno slotError);
        return slot < 0 ? slotError : MarkObjectRead(Func(in reg), slot, DynptrSlots, false);
    }

    private bool IsDynptrRegValidUninit(ref RegState reg)
    {
        if (reg.Type == RegKind.ConstDynptr)
            return false;
        // Beyond the stack in use is fine: the write that follows makes room.
        return DynptrSlot(ref reg, out Errno error) >= 0 || error == OutsideStack;
    }

    private bool IsDynptrRegValidInit(ref RegState reg)
    {
        if (reg.Type == RegKind.ConstDynptr)
            return true;
        int slot = DynptrSlot(ref reg, out _);
        if (slot < 0)
            return false;
        FrameState frame = Func(in reg);
        return frame.Stack[slot].Spilled.DynptrFirstSlot
            && frame.Stack[slot].Types == StackSlot.All(SlotType.Dynptr)
            && frame.Stack[slot - 1].Types == StackSlot.All(SlotType.Dynptr);
    }

    private DynptrKind DynptrKindOf(ref RegState reg)
    {
        if (reg.Type == RegKind.ConstDynptr)
            return reg.DynptrKind;
        int slot = DynptrSlot(ref reg, out _);
        return slot < 0 ? DynptrKind.Invalid : Func(in reg).Stack[slot].Spilled.DynptrKind;
    }

    private Errno MarkStackSlotsDynptr(ref RegState reg, DynptrKind kind, int insnIdx, uint cloneRefObjId)
    {
        FrameState frame = Func(in reg);
        int slot = DynptrSlot(ref reg, out Errno error);
        if (slot < 0)
            return error;
        // The two slots may belong to two older dynptrs.
        error = DestroyIfDynptrStackSlot(frame, slot);
        if (error == Errno.None)
            error = DestroyIfDynptrStackSlot(frame, slot - 1);
        if (error != Errno.None)
            return error;
        if (kind == DynptrKind.Invalid)
            return Errno.EINVAL;

        SetSlotTypes(frame, slot, SlotType.Dynptr);
        SetSlotTypes(frame, slot - 1, SlotType.Dynptr);
        int id = (int)NewId();
        MarkDynptrReg(ref frame.Stack[slot].Spilled, kind, true, id);
        MarkDynptrReg(ref frame.Stack[slot - 1].Spilled, kind, false, id);
        if (IsRefcounted(kind))
        {
            uint reference = cloneRefObjId != 0 ? cloneRefObjId : AcquireReference(insnIdx);
            frame.Stack[slot].Spilled.RefObjId = reference;
            frame.Stack[slot - 1].Spilled.RefObjId = reference;
        }
        return Errno.None;
    }

    private void InvalidateDynptr(FrameState frame, int slot)
    {
        for (int i = slot; i > slot - DynptrSlots; i--)
        {
            SetSlotTypes(frame, i, SlotType.Invalid);
            frame.Stack[i].Spilled.SetNotInit(this);
        }
    }

    /// <summary>The dynptr that <paramref name="reg"/> points to is released by the call.</summary>
    private Errno UnmarkStackSlotsDynptr(ref RegState reg)
    {
        if (!Changes.DynptrSlotsProtected)
            return UnmarkUntrackedDynptr(ref reg);
        FrameState frame = Func(in reg);
        int slot = DynptrSlot(ref reg, out Errno error);
        if (slot < 0)
            return error;
        if (!IsRefcounted(frame.Stack[slot].Spilled.DynptrKind))
        {
            InvalidateDynptr(frame, slot);
            return Errno.None;
        }

        uint reference = frame.Stack[slot].Spilled.RefObjId;
        ReleaseReference(reference);
        // Clones of the dynptr end with it.
        for (int i = 1; i < frame.SlotCount; i++)
        {
            ref StackSlot clone = ref frame.Stack[i];
            if (clone.Spilled.RefObjId != reference)
                continue;
            if (clone[0] != SlotType.Dynptr)
                throw NotModeled("a dynptr's reference outside of a dynptr");
            if (clone.Spilled.DynptrFirstSlot)
                InvalidateDynptr(frame, i);
        }
        return Errno.None;
    }

    /// <summary>A write to any byte of a dynptr destroys it, with the slices made of it.</summary>
    public Errno DestroyIfDynptrStackSlot(FrameState frame, int spi)
    {
        if (frame.Stack[spi][0] != SlotType.Dynptr || !Changes.DynptrSlotsProtected)
            return Errno.None;
        if (!frame.Stack[spi].Spilled.DynptrFirstSlot)
            spi++;
        if (IsRefcounted(frame.Stack[spi].Spilled.DynptrKind))
        {
            Log.Write("cannot overwrite referenced dynptr\n");
            return Errno.EINVAL;
        }
        MarkStackSlotScratched(spi);
        MarkStackSlotScratched(spi - 1);

        uint id = frame.Stack[spi].Spilled.Id;
        frame.Stack[spi].Types = StackSlot.All(SlotType.Invalid);
        frame.Stack[spi - 1].Types = StackSlot.All(SlotType.Invalid);
        foreach (ref RegState reg in AllRegs)
        {
            bool memory = reg.Type == RegKind.Mem || reg.Type == new RegType(RegKind.Mem, TypeFlags.MaybeNull);
            if (memory && reg.DynptrId == (int)id)
                InvalidateReg(ref reg);
        }
        InvalidateDynptr(frame, spi);
        return Errno.None;
    }

    private Errno CheckReleasedDynptr(ref RegState reg, int regno)
    {
        if (!Changes.DynptrSlotsProtected)
            return CheckReleasedUntrackedDynptr(ref reg, regno);
        if (reg.Type != RegKind.Stack)
        {
            Log.Write("cannot release unowned const bpf_dynptr\n");
            return Errno.EINVAL;
        }
        int slot = DynptrSlot(ref reg, out _);
        if (slot >= 0 && Func(in reg).Stack[slot].Spilled.RefObjId != 0)
            return Errno.None;
        Log.Write($"arg {regno} is an unacquired reference\n");
        return Errno.EINVAL;
    }

    /// <summary>The register that holds a helper's dynptr argument.</summary>
    private static ref RegState DynptrArg(HelperProto proto, RegState[] regs)
    {
        for (int i = 0; i < ArgCount; i++)
            if (proto.Args[i].Kind == ArgKind.PtrToDynptr)
                return ref regs[i + 1];
        throw new NotModeledException("dynptr helper without a dynptr argument");
    }

    /// <summary>bpf_dynptr_data: the slice belongs to the dynptr, and to its reference.</summary>
    private Errno NoteDynptrData(CallMeta meta, HelperProto proto, RegState[] regs)
    {
        ref RegState reg = ref DynptrArg(proto, regs);
        if (!Changes.DynptrSlotsProtected)
        {
            if (reg.Type.Kind != RegKind.ConstDynptr)
                meta.RefObjId = Func(in reg).Stack[UntrackedDynptrSlot(in reg)].Spilled.Id;
            return Errno.None;
        }
        if (reg.Type == RegKind.ConstDynptr)
        {
            meta.DynptrId = (int)reg.Id;
            meta.RefObjId = reg.RefObjId;
            return Errno.None;
        }
        int slot = DynptrSlot(ref reg, out Errno error);
        if (slot < 0)
            return error;
        ref RegState dynptr = ref Func(in reg).Stack[slot].Spilled;
        meta.DynptrId = (int)dynptr.Id;
        meta.RefObjId = dynptr.RefObjId;
        return Errno.None;
    }
}
