namespace BpfVerifier.Runtime;

// Open-coded iterators on the stack.
internal sealed partial class Verification
{
    private int IterSlot(ref RegState reg, int slots, out Errno error) => StackObjectSlot(ref reg, "iter", slots, out error);

    private Errno MarkStackSlotsIter(ref RegState reg, int insnIdx, int typeId, int slots, bool rcuProtected)
    {
        FrameState frame = Func(in reg);
        int slot = IterSlot(ref reg, slots, out Errno error);
        if (slot < 0)
            return error;
        uint id = AcquireReference(insnIdx);
        for (int i = 0; i < slots; i++)
        {
            ref RegState part = ref frame.Stack[slot - i].Spilled;
            part.SetKnownZero();
            part.Type = RegKind.Stack;
            if (rcuProtected)
                part.Type |= InRcuCs ? TypeFlags.Rcu : TypeFlags.Untrusted;
            part.RefObjId = i == 0 ? id : 0;
            part.BtfOwner = BtfOwner.Kernel;
            part.BtfId = typeId;
            part.IterState = IterState.Active;
            part.IterDepth = 0;
            SetSlotTypes(frame, slot - i, SlotType.Iter);
            MarkStackSlotScratched(slot - i);
        }
        return Errno.None;
    }

    private Errno UnmarkStackSlotsIter(ref RegState reg, int slots)
    {
        FrameState frame = Func(in reg);
        int slot = IterSlot(ref reg, slots, out Errno error);
        if (slot < 0)
            return error;
        ReleaseReference(frame.Stack[slot].Spilled.RefObjId);
        for (int i = 0; i < slots; i++)
        {
            frame.Stack[slot - i].Spilled.SetNotInit(this);
            SetSlotTypes(frame, slot - i, SlotType.Invalid);
            MarkStackSlotScratched(slot - i);
        }
        return Errno.None;
    }

    private bool IsIterRegValidUninit(ref RegState reg, int slots)
    {
        int slot = IterSlot(ref reg, slots, out Errno error);
        if (slot < 0)
            return error == OutsideStack;
        FrameState frame = Func(in reg);
        for (int i = 0; i < slots; i++)
            if (HasByte(frame.Stack[slot - i], SlotType.Iter))
                return false;
        return true;
    }

    /// <summary>EPROTO: the iterator needs the RCU read section it was made in.</summary>
    private const Errno NeedsRcu = (Errno)71;

    private Errno CheckIterRegInit(ref RegState reg, int typeId, int slots)
    {
        int slot = IterSlot(ref reg, slots, out _);
        if (slot < 0)
            return Errno.EINVAL;
        FrameState frame = Func(in reg);
        for (int i = 0; i < slots; i++)
        {
            ref StackSlot stack = ref frame.Stack[slot - i];
            ref RegState part = ref stack.Spilled;
            if (part.Type.Has(TypeFlags.Untrusted))
                return NeedsRcu;
            if ((i == 0) != (part.RefObjId != 0))
                return Errno.EINVAL;
            if (part.BtfOwner != BtfOwner.Kernel || part.BtfId != typeId || stack.Types != StackSlot.All(SlotType.Iter))
                return Errno.EINVAL;
        }
        return Errno.None;
    }

    /// <summary>
    /// A next kfunc either returns nothing more, which is what the current path goes on with, or an element: that path
    /// is queued, one round deeper.
    /// </summary>
    private Errno ProcessIterNextCall(int insnIdx, int frameNo, int slot)
    {
        VerifierState state = State;
        ref RegState iter = ref state.Frames[frameNo]!.Stack[slot].Spilled;
        if (iter.IterState is not (IterState.Active or IterState.Drained))
            throw NotModeled("iterator in no known state");
        if (iter.IterState == IterState.Active)
        {
            if (state.Parent is not { } parent || parent.InsnIdx != insnIdx || !SameCallSites(parent, state))
                throw NotModeled("call of an iterator's next without a checkpoint");
            VerifierState? previous = FindPrevEntry(parent, insnIdx);
            VerifierState? queued = PushStack(insnIdx + 1, insnIdx, false);
            if (queued is null)
                return TooManyBranches(Errno.ENOMEM);
            ref RegState queuedIter = ref queued.Frames[frameNo]!.Stack[slot].Spilled;
            queuedIter.IterState = IterState.Active;
            queuedIter.IterDepth++;
            if (previous is not null)
                WidenImpreciseScalars(previous, queued);
            MarkPtrNotNullReg(ref queued.Cur.Regs[0]);
        }
        iter.IterState = IterState.Drained;
        state.Cur.Regs[0].SetConstZero(this);
        return Errno.None;
    }

    /// <summary>
    /// Scalars that changed from one round to the next and whose exact value nobody needed are taken as anything, so that
    /// the rounds converge.
    /// </summary>
    public void WidenImpreciseScalars(VerifierState old, VerifierState cur)
    {
        _idMap.Clear(_idGen);
        for (int i = old.CurFrame; i >= 0; i--)
        {
            FrameState oldFrame = old.Frames[i]!;
            FrameState curFrame = cur.Frames[i]!;
            for (int regno = 0; regno < FrameState.RegCount; regno++)
                MaybeWidenReg(in oldFrame.Regs[regno], ref curFrame.Regs[regno]);
            int slots = Math.Min(oldFrame.SlotCount, curFrame.SlotCount);
            for (int slot = 0; slot < slots; slot++)
                if (oldFrame.Stack[slot].IsSpilled && curFrame.Stack[slot].IsSpilled)
                    MaybeWidenReg(in oldFrame.Stack[slot].Spilled, ref curFrame.Stack[slot].Spilled);
        }
    }

    private void MaybeWidenReg(in RegState old, ref RegState cur)
    {
        if (old.Type != RegKind.Scalar || cur.Type != RegKind.Scalar)
            return;
        if (!old.Precise && !cur.Precise && !RegsExact(in old, in cur))
            cur.SetUnknown(this);
    }
}
