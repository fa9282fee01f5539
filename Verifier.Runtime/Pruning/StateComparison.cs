namespace BpfVerifier.Runtime;

/// <summary>Comparison of whole states.</summary>
internal sealed partial class Verification
{
    /// <summary>A register loaded from stack bytes of unknown content.</summary>
    private static readonly RegState _unboundReg = MakeUnboundReg();

    private static RegState MakeUnboundReg()
    {
        RegState reg = default;
        reg.SetUnknownImprecise();
        return reg;
    }

    /// <summary>
    /// True when the walk from <paramref name="cur"/> can find nothing that the walk from <paramref name="old"/>, a state
    /// remembered at the same instruction, has not found.
    /// </summary>
    public bool StatesEqual(VerifierState old, VerifierState cur, Exactness exactness)
    {
        if (!Changes.IdMapAcrossFrames)
            return StatesEqualBytewise(old, cur);
        if (old.CurFrame != cur.CurFrame)
            return false;
        ResetIdMap();
        // What holds on a speculative path says nothing of real ones.
        if (old.Speculative && !cur.Speculative)
            return false;
        bool held = Changes.StateWideReferences
            ? old.InSleepable == cur.InSleepable && ReferencesSafe(old, cur)
            : LocksSafe(old, cur) && old.InSleepable == cur.InSleepable;
        if (!held)
            return false;
        for (int i = 0; i <= old.CurFrame; i++)
        {
            FrameState oldFrame = old.Frames[i]!, curFrame = cur.Frames[i]!;
            if (oldFrame.CallSite != curFrame.CallSite)
                return false;
            if (!FramesEqual(oldFrame, curFrame, FrameInsnIdx(old, i), exactness))
                return false;
        }
        return true;
    }

    /// <summary>Where a frame stands: the state's instruction in the innermost one, a call in the others.</summary>
    private static int FrameInsnIdx(VerifierState state, int frame) =>
        frame == state.CurFrame ? state.InsnIdx : state.Frames[frame + 1]!.CallSite;

    private bool FramesEqual(FrameState old, FrameState cur, int insnIdx, Exactness exactness)
    {
        if (old.CallbackDepth > cur.CallbackDepth)
            return false;
        // An observer holds every register against what is walked, also those nobody will read.
        bool all = Observer is { WalksEveryPath: true };
        if (Changes.LivenessByDataflow)
        {
            int live = all ? -1 : Aux[insnIdx].LiveRegsBefore;
            for (int i = 0; i < FrameState.RegCount; i++)
                if ((live >> i & 1) != 0 && !RegSafe(in old.Regs[i], true, in cur.Regs[i], exactness))
                    return false;
            return StackSafe(old, cur, exactness);
        }
        for (int i = 0; i < FrameState.RegCount; i++)
            if (!RegSafe(in old.Regs[i], all || WasRead(LivenessMarks.Reg(old, i)), in cur.Regs[i], exactness))
                return false;
        return StackSafe(old, cur, exactness) && FrameReferencesSafe(old.Refs, cur.Refs);
    }

    /// <summary>Slots the old state did not have are of no concern: the walk from it never looked there.</summary>
    private bool StackSafe(FrameState old, FrameState cur, Exactness exactness)
    {
        for (int spi = 0; spi < old.SlotCount; spi++)
        {
            bool oldRead = Marks is null || WasRead(LivenessMarks.Slot(old, spi));
            bool present = spi < cur.SlotCount;
            if (present
                ? !SlotSafe(in old.Stack[spi], oldRead, in cur.Stack[spi], exactness)
                : !AbsentSlotSafe(in old.Stack[spi], oldRead, exactness))
                return false;
        }
        return true;
    }

    /// <summary>The current state has not used that much stack: only a slot nobody relied on may be missing.</summary>
    private bool AbsentSlotSafe(in StackSlot old, bool oldRead, Exactness exactness)
    {
        if (exactness != Exactness.NotExact)
            return false;
        return !oldRead || NothingStored(old.Types);
    }

    private bool SlotSafe(in StackSlot old, bool oldRead, in StackSlot cur, Exactness exactness)
    {
        if (exactness == Exactness.NotExact)
        {
            if (!oldRead || NothingStored(old.Types))
                return true;
        }
        else
        {
            if (old.Types != cur.Types)
                return false;
            if (NothingStored(old.Types))
                return true;
        }
        // A spilled scalar and bytes of unknown content are both scalars to whoever loads them.
        if (IsScalarSlot(in old) && IsScalarSlot(in cur))
        {
            return old.IsSpilledScalar64
                ? RegSafe(in old.Spilled, oldRead, in ScalarIn(in cur), exactness)
                : RegSafe(in _unboundReg, true, in ScalarIn(in cur), exactness);
        }
        return SlotTypesSafe(old.Types, cur.Types) && SlotContentSafe(in old, oldRead, in cur, exactness);
    }

    /// <summary>No byte the walk could have relied on.</summary>
    private bool NothingStored(ulong types)
    {
        if (types == 0)
            return true;
        if (!AllowUninitStack)
            return false;
        for (; types != 0; types >>= 8)
            if ((SlotType)(byte)types is not (SlotType.Invalid or SlotType.Misc))
                return false;
        return true;
    }

    private static ref readonly RegState ScalarIn(in StackSlot slot)
    {
        if (slot.IsSpilledScalar64)
            return ref slot.Spilled;
        return ref _unboundReg;
    }

    private bool IsScalarSlot(in StackSlot slot) => slot.IsSpilledScalar64 || IsAllMisc(slot.Types);

    private bool IsAllMisc(ulong types) => types == StackSlot.All(SlotType.Misc) || (AllowUninitStack && NothingStored(types));

    /// <summary>Byte by byte: what the old state had stored is stored, and zero stands for unknown content.</summary>
    private bool SlotTypesSafe(ulong old, ulong cur)
    {
        for (int i = 0; i < 8; i++, old >>= 8, cur >>= 8)
        {
            var o = (SlotType)(byte)old;
            var c = (SlotType)(byte)cur;
            if (o == c || o == SlotType.Invalid || (o == SlotType.Misc && (AllowUninitStack || c == SlotType.Zero)))
                continue;
            return false;
        }
        return true;
    }

    /// <summary>What the last byte says is stored in the slot as a whole.</summary>
    private bool SlotContentSafe(in StackSlot old, bool oldRead, in StackSlot cur, Exactness exactness)
    {
        if (old[7] != cur[7])
            return true;
        ref readonly RegState oldReg = ref old.Spilled;
        ref readonly RegState curReg = ref cur.Spilled;
        switch (old[7])
        {
            case SlotType.Spill:
                return RegSafe(in oldReg, oldRead, in curReg, exactness);
            case SlotType.Dynptr:
                return oldReg.DynptrKind == curReg.DynptrKind && oldReg.DynptrFirstSlot == curReg.DynptrFirstSlot
                    && _idMap.Check(oldReg.RefObjId, curReg.RefObjId);
            case SlotType.Iter:
                // The depth only keeps iterations apart until the walk converges.
                return (!Changes.IterSlotTypesCompared || oldReg.Type == curReg.Type)
                    && oldReg.BtfOwner == curReg.BtfOwner && oldReg.BtfId == curReg.BtfId
                    && oldReg.IterState == curReg.IterState && _idMap.Check(oldReg.RefObjId, curReg.RefObjId);
            case SlotType.IrqFlag:
                return _idMap.Check(oldReg.RefObjId, curReg.RefObjId) && oldReg.IrqKfuncClass == curReg.IrqKfuncClass;
            default:
                return true;
        }
    }

    private bool LocksSafe(VerifierState old, VerifierState cur) =>
        old.ActiveLockPtr == cur.ActiveLockPtr
        && _idMap.Check(old.ActiveLockId, cur.ActiveLockId)
        && old.ActiveRcuLocks == cur.ActiveRcuLocks
        && old.ActivePreemptLocks == cur.ActivePreemptLocks;

    private bool FrameReferencesSafe(ReferenceList old, ReferenceList cur)
    {
        if (old.Count != cur.Count)
            return false;
        for (int i = 0; i < old.Count; i++)
            if (!_idMap.Check(old[i].Id, cur[i].Id))
                return false;
        return true;
    }

    private bool ReferencesSafe(VerifierState old, VerifierState cur)
    {
        if (old.Refs.Count != cur.Refs.Count || old.ActiveLocks != cur.ActiveLocks
            || old.ActivePreemptLocks != cur.ActivePreemptLocks || old.ActiveRcuLocks != cur.ActiveRcuLocks
            || !_idMap.Check(old.ActiveIrqId, cur.ActiveIrqId)
            || !_idMap.Check(old.ActiveLockId, cur.ActiveLockId) || old.ActiveLockPtr != cur.ActiveLockPtr)
            return false;
        for (int i = 0; i < old.Refs.Count; i++)
        {
            ref Reference o = ref old.Refs[i];
            ref Reference c = ref cur.Refs[i];
            if (!_idMap.Check(o.Id, c.Id) || o.Kind != c.Kind)
                return false;
            if ((o.Kind & ReferenceKind.AnyLock) != 0 && o.Ptr != c.Ptr)
                return false;
        }
        return true;
    }
}
