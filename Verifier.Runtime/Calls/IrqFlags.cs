namespace BpfVerifier.Runtime;

// Saved interrupt states: one stack slot each, restored in the opposite order.
internal sealed partial class Verification
{
    private Errno ProcessIrqFlag(ref RegState reg, int regno, KfuncMeta meta)
    {
        bool saves = meta.Name is "bpf_local_irq_save" or "bpf_res_spin_lock_irqsave";
        if (!saves && meta.Name is not ("bpf_local_irq_restore" or "bpf_res_spin_unlock_irqrestore"))
            throw NotModeled($"interrupt flag of {meta.Name}");
        int kfuncClass = KfuncGroups.IsResSpinLock(meta.Name) ? 1 : 0;
        if (saves)
        {
            if (!IsIrqFlagUninit(ref reg))
            {
                Log.Write($"expected uninitialized irq flag as arg#{regno - 1}\n");
                return Errno.EINVAL;
            }
            Errno error = CheckMemAccess(InsnIdx, regno, 0, 8, AccessKind.Write, -1, false, false);
            return error != Errno.None ? error : SaveIrqFlag(ref reg, kfuncClass);
        }
        int slot = StackObjectSlot(ref reg, "irq_flag", 1, out _);
        FrameState frame = Func(in reg);
        if (slot < 0 || frame.Stack[slot].Spilled.RefObjId == 0 || frame.Stack[slot].Types != StackSlot.All(SlotType.IrqFlag))
        {
            Log.Write($"expected an initialized irq flag as arg#{regno - 1}\n");
            return Errno.EINVAL;
        }
        Errno read = MarkObjectRead(frame, slot, 1, true);
        return read != Errno.None ? read : RestoreIrqFlag(frame, slot, kfuncClass);
    }

    private bool IsIrqFlagUninit(ref RegState reg)
    {
        int slot = StackObjectSlot(ref reg, "irq_flag", 1, out Errno error);
        return slot < 0 ? error == OutsideStack : !HasByte(Func(in reg).Stack[slot], SlotType.IrqFlag);
    }

    private Errno SaveIrqFlag(ref RegState reg, int kfuncClass)
    {
        int slot = StackObjectSlot(ref reg, "irq_flag", 1, out Errno error);
        if (slot < 0)
            return error;
        uint id = NewId();
        State.Refs.Add(new Reference(ReferenceKind.Irq, id, InsnIdx, 0, 0));
        State.ActiveIrqId = id;

        FrameState frame = Func(in reg);
        ref RegState flag = ref frame.Stack[slot].Spilled;
        flag.SetKnownZero();
        flag.Type = RegKind.Stack;
        flag.RefObjId = id;
        flag.IrqKfuncClass = kfuncClass;
        SetSlotTypes(frame, slot, SlotType.IrqFlag);
        MarkStackSlotScratched(slot);
        return Errno.None;
    }

    private Errno RestoreIrqFlag(FrameState frame, int slot, int kfuncClass)
    {
        VerifierState state = State;
        ref RegState flag = ref frame.Stack[slot].Spilled;
        if (flag.IrqKfuncClass != kfuncClass)
        {
            Log.Write($"irq flag acquired by {(flag.IrqKfuncClass == 0 ? "native" : "lock")} kfuncs cannot be restored with {(kfuncClass == 0 ? "native" : "lock")} kfuncs\n");
            return Errno.EINVAL;
        }
        if (flag.RefObjId != state.ActiveIrqId)
        {
            int acquired = 0;
            foreach (ref readonly Reference reference in state.Refs.Items)
            {
                if (reference.Id != state.ActiveIrqId)
                    continue;
                acquired = reference.InsnIdx;
                break;
            }
            Log.Write($"cannot restore irq state out of order, expected id={state.ActiveIrqId} acquired at insn_idx={acquired}\n");
            return Errno.EACCES;
        }

        int index = state.Refs.IndexOf(ReferenceKind.Irq, flag.RefObjId);
        uint previous = 0;
        for (int i = 0; i < index; i++)
            if (state.Refs[i].Kind == ReferenceKind.Irq)
                previous = state.Refs[i].Id;
        state.Refs.RemoveAt(index);
        state.ActiveIrqId = previous;
        flag.SetNotInit(this);
        SetSlotTypes(frame, slot, SlotType.Invalid);
        MarkStackSlotScratched(slot);
        return Errno.None;
    }
}
