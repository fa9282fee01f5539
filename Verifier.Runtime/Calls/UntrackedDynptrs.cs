namespace BpfVerifier.Runtime;

// Dynptrs as older releases know them: two marked slots without a number of their own, and slices that outlive them.
internal sealed partial class Verification
{
    private static int UntrackedDynptrSlot(in RegState reg) => (-reg.Off - 1) / 8;

    private bool IsWithinStack(in RegState reg, int slot) => slot - DynptrSlots + 1 >= 0 && slot < Func(in reg).SlotCount;

    private Errno CheckReleasedUntrackedDynptr(ref RegState reg, int regno)
    {
        int slot = UntrackedDynptrSlot(in reg);
        if (IsWithinStack(in reg, slot) && Func(in reg).Stack[slot].Spilled.Id != 0)
            return Errno.None;
        Log.Write($"arg {regno} is an unacquired reference\n");
        return Errno.EINVAL;
    }

    private Errno CheckUntrackedDynptr(ref RegState reg, int arg, ArgType argType, CallMeta meta)
    {
        if (reg.Type.Kind == RegKind.ConstDynptr)
            return Errno.None;
        int slot = UntrackedDynptrSlot(in reg);
        bool within = IsWithinStack(in reg, slot);
        FrameState frame = Func(in reg);
        if (argType.Has(TypeFlags.Uninit))
        {
            if (within && (HasByte(frame.Stack[slot], SlotType.Dynptr) || HasByte(frame.Stack[slot - 1], SlotType.Dynptr)))
            {
                Log.Write("Dynptr has to be an uninitialized dynptr\n");
                return Errno.EINVAL;
            }
            meta.UninitDynptrRegno = arg + 1;
            return Errno.None;
        }

        if (!IsUntrackedDynptrInit(in reg))
        {
            Log.Write($"Expected an initialized dynptr as arg #{arg + 1}\n");
            return Errno.EINVAL;
        }
        DynptrKind expected = DynptrKindOf(argType.Flags);
        if (argType == ArgKind.PtrToDynptr || frame.Stack[slot].Spilled.DynptrKind == expected)
            return Errno.None;
        string name = expected is DynptrKind.Local or DynptrKind.RingBuf ? DynptrTypeStr(expected) : "<unknown>";
        Log.Write($"Expected a dynptr of type {name} as arg #{arg + 1}\n");
        return Errno.EINVAL;
    }

    private bool IsUntrackedDynptrInit(in RegState reg)
    {
        int slot = UntrackedDynptrSlot(in reg);
        FrameState frame = Func(in reg);
        return IsWithinStack(in reg, slot)
            && frame.Stack[slot].Spilled.DynptrFirstSlot
            && frame.Stack[slot].Types == StackSlot.All(SlotType.Dynptr)
            && frame.Stack[slot - 1].Types == StackSlot.All(SlotType.Dynptr);
    }

    private static bool HasByte(StackSlot slot, SlotType type)
    {
        for (int i = 0; i < 8; i++)
            if (slot[i] == type)
                return true;
        return false;
    }

    private Errno ConstructUntrackedDynptr(int regno, ArgType argType, int insnIdx)
    {
        for (int i = 0; i < DynptrBytes; i += 8)
        {
            Errno error = CheckMemAccess(insnIdx, regno, i, 8, AccessKind.Write, -1, false, false);
            if (error != Errno.None)
                return error;
        }
        ref RegState reg = ref Regs[regno];
        int slot = UntrackedDynptrSlot(in reg);
        if (!IsWithinStack(in reg, slot))
            return Errno.EINVAL;
        FrameState frame = Func(in reg);
        frame.Stack[slot].Types = frame.Stack[slot - 1].Types = StackSlot.All(SlotType.Dynptr);
        DynptrKind kind = DynptrKindOf(argType.Flags);
        if (kind == DynptrKind.Invalid)
            return Errno.EINVAL;
        frame.Stack[slot].Spilled.DynptrFirstSlot = true;
        frame.Stack[slot].Spilled.DynptrKind = kind;
        frame.Stack[slot - 1].Spilled.DynptrKind = kind;
        if (IsRefcounted(kind))
            frame.Stack[slot].Spilled.Id = frame.Stack[slot - 1].Spilled.Id = AcquireReference(insnIdx);
        return Errno.None;
    }

    private Errno UnmarkUntrackedDynptr(ref RegState reg)
    {
        int slot = UntrackedDynptrSlot(in reg);
        if (!IsWithinStack(in reg, slot))
            return Errno.EINVAL;
        FrameState frame = Func(in reg);
        ref RegState first = ref frame.Stack[slot].Spilled;
        ref RegState second = ref frame.Stack[slot - 1].Spilled;
        frame.Stack[slot].Types = frame.Stack[slot - 1].Types = StackSlot.All(SlotType.Invalid);
        if (IsRefcounted(first.DynptrKind))
        {
            ReleaseReference(first.Id);
            first.Id = second.Id = 0;
        }
        first.DynptrFirstSlot = false;
        first.DynptrKind = second.DynptrKind = DynptrKind.Invalid;
        return Errno.None;
    }
}
