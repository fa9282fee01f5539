namespace BpfVerifier.Runtime;

// What was acquired and must be given back.
internal sealed partial class Verification
{
    /// <summary>Where this release keeps references: in the whole state, or in each frame with a copy handed to callees.</summary>
    private ReferenceList HeldReferences => Changes.StateWideReferences ? State.Refs : CurFrame.Refs;

    /// <summary>All registers of the current state, spilled ones too.</summary>
    private RegWalk AllRegs => new(State, Changes.WalksPartialSpills);

    public uint AcquireReference(int insnIdx)
    {
        uint id = NewId();
        FrameState frame = CurFrame;
        int callbackFrame = !Changes.StateWideReferences && frame.InCallback ? frame.FrameNo : 0;
        HeldReferences.Add(new Reference(ReferenceKind.Pointer, id, insnIdx, callbackFrame, 0));
        return id;
    }

    /// <summary>Gives a reference back and forgets every pointer under it.</summary>
    public Errno ReleaseReference(uint refObjId)
    {
        Errno error = ReleaseReferenceNoMark(refObjId);
        if (error != Errno.None)
            return error;
        foreach (ref RegState reg in AllRegs)
            if (reg.RefObjId == refObjId)
                InvalidateReg(ref reg);
        return Errno.None;
    }

    private Errno ReleaseReferenceNoMark(uint refObjId)
    {
        ReferenceList held = HeldReferences;
        int index = held.IndexOf(ReferenceKind.Pointer, refObjId);
        if (index < 0)
            return Errno.EINVAL;
        if (Changes.StateWideReferences)
        {
            held.RemoveAt(index);
            return Errno.None;
        }
        // A callback may not release what its caller holds.
        if (CurFrame.InCallback && held[index].CallbackFrame != CurFrame.FrameNo)
            return Errno.EINVAL;
        held.RemoveAtSwap(index);
        return Errno.None;
    }

    private bool HoldsReference(uint refObjId) => HeldReferences.IndexOf(ReferenceKind.Pointer, refObjId) >= 0;

    /// <summary>The object goes into a map value: in a read section per-CPU objects stay usable until its end.</summary>
    private Errno ReleaseIntoKptr(uint refObjId)
    {
        bool inRcu = InRcuCs;
        Errno error = ReleaseReferenceNoMark(refObjId);
        if (error != Errno.None)
            return error;
        foreach (ref RegState reg in AllRegs)
            if (reg.RefObjId == refObjId)
                MoveIntoKptr(ref reg, inRcu);
        return Errno.None;
    }

    private void MoveIntoKptr(ref RegState reg, bool inRcu)
    {
        if (inRcu && reg.Type.Has(TypeFlags.Alloc) && reg.Type.Has(TypeFlags.PerCpu))
        {
            reg.RefObjId = 0;
            reg.Type = reg.Type.Without(TypeFlags.Alloc) | TypeFlags.Rcu;
        }
        else
        {
            InvalidateReg(ref reg);
        }
    }

    /// <summary>A pointer that must not be used any more: a number for those who may see addresses, else nothing.</summary>
    private void InvalidateReg(ref RegState reg)
    {
        if (AllowPtrLeaks)
            reg.SetUnknown(this);
        else
            reg.SetNotInit(this);
    }

    public Errno CheckReferenceLeak(bool exceptionExit)
    {
        FrameState frame = CurFrame;
        bool wide = Changes.StateWideReferences;
        if (!exceptionExit && frame.FrameNo != 0 && (wide || !frame.InCallback))
            return Errno.None;

        bool lingering = false;
        foreach (ref readonly Reference reference in HeldReferences.Items)
        {
            if (reference.Kind != ReferenceKind.Pointer)
                continue;
            if (!exceptionExit && !wide && frame.InCallback && reference.CallbackFrame != frame.FrameNo)
                continue;
            if (!exceptionExit && Changes.StructOpsReferences && ProgType == ProgramType.StructOps && Regs[0].RefObjId == reference.Id)
                continue;
            Log.Write($"Unreleased reference id={reference.Id} alloc_insn={reference.InsnIdx}\n");
            lingering = true;
        }
        return lingering ? Errno.EINVAL : Errno.None;
    }

    /// <summary>Nothing may be held where <paramref name="prefix"/> (an exit, a tail call …) leaves the program.</summary>
    public Errno CheckResourceLeak(bool exceptionExit, bool checkLock, string prefix)
    {
        if (checkLock && State.ActiveLocks != 0)
        {
            Log.Write($"{prefix} cannot be used inside bpf_spin_lock-ed region\n");
            return Errno.EINVAL;
        }
        Errno error = CheckReferenceLeak(exceptionExit);
        if (error != Errno.None)
        {
            Log.Write($"{prefix} would lead to reference leak\n");
            return error;
        }
        if (!checkLock)
            return Errno.None;
        if (State.ActiveIrqId != 0)
            Log.Write($"{prefix} cannot be used inside bpf_local_irq_save-ed region\n");
        else if (State.ActiveRcuLocks != 0)
            Log.Write($"{prefix} cannot be used inside bpf_rcu_read_lock-ed region\n");
        else if (State.ActivePreemptLocks != 0)
            Log.Write($"{prefix} cannot be used inside bpf_preempt_disable-ed region\n");
        else
            return Errno.None;
        return Errno.EINVAL;
    }

    /// <summary>Nothing may be held where the program ends; a callback gives back what it acquired.</summary>
    public Errno CheckExitLeak(bool exceptionExit)
    {
        bool leaves = exceptionExit || State.CurFrame == 0;
        if (Changes.LeakMessagesUnified)
            return CheckResourceLeak(exceptionExit, State.CurFrame == 0, "BPF_EXIT instruction in main prog");
        // Also on kernels before spin locks could be held over calls.
        if (State.ActiveLocks != 0 && (leaves || !Changes.SubprogCallsUnderLock))
            Log.Write(exceptionExit ? "bpf_throw cannot be used inside bpf_spin_lock-ed region\n" : "bpf_spin_unlock is missing\n");
        else if (State.ActiveRcuLocks != 0 && leaves)
            Log.Write(exceptionExit ? "bpf_throw cannot be used inside bpf_rcu_read_lock-ed region\n" : "bpf_rcu_read_unlock is missing\n");
        else if (State.ActivePreemptLocks != 0 && exceptionExit)
            Log.Write("bpf_throw cannot be used inside bpf_preempt_disable-ed region\n");
        else if (State.ActivePreemptLocks != 0 && leaves)
            Log.Write($"{State.ActivePreemptLocks} bpf_preempt_enable{(State.ActivePreemptLocks == 1 ? " is" : "(s) are")} missing\n");
        else
            return CheckReferenceLeak(exceptionExit);
        return Errno.EINVAL;
    }

    /// <summary>A classic packet load may end the program, so nothing may be held.</summary>
    public Errno CheckLdAbsLeak()
    {
        const string name = "BPF_LD_[ABS|IND]";
        if (Changes.LeakMessagesUnified)
            return CheckResourceLeak(false, true, name);
        Errno error = CheckReferenceLeak(false);
        if (error != Errno.None)
        {
            Log.Write($"{name} cannot be mixed with socket references\n");
            return error;
        }
        if (State.ActiveLocks != 0)
            Log.Write($"{name} cannot be used inside bpf_spin_lock-ed region\n");
        else if (State.ActiveRcuLocks != 0)
            Log.Write($"{name} cannot be used inside bpf_rcu_read_lock-ed region\n");
        else if (State.ActivePreemptLocks != 0)
            Log.Write($"{name} cannot be used inside bpf_preempt_disable-ed region\n");
        else
            return Errno.None;
        return Errno.EINVAL;
    }

    /// <summary>Packet memory may have moved: pointers into it, and slices of packet dynptrs, are forgotten.</summary>
    public void ClearAllPktPointers()
    {
        foreach (ref RegState reg in AllRegs)
            ForgetPacket(ref reg);
    }

    private void ForgetPacket(ref RegState reg)
    {
        bool packet = reg.Type.Kind is RegKind.Packet or RegKind.PacketMeta or RegKind.PacketEnd;
        bool slice = reg.Type.Kind == RegKind.Mem && reg.Type.Has(TypeFlags.DynptrSkb | TypeFlags.DynptrXdp | TypeFlags.DynptrSkbMeta);
        if (packet && !Changes.DynptrSlotsProtected)
            reg.SetUnknown(this);
        else if (packet || slice)
            InvalidateReg(ref reg);
    }

    private void InvalidateNonOwningRefs()
    {
        foreach (ref RegState reg in AllRegs)
            if (IsNonOwning(reg.Type))
                InvalidateReg(ref reg);
    }

    private static bool IsAllocatedObject(RegType type) => type.Kind == RegKind.BtfId && type.Has(TypeFlags.Alloc);

    private static bool IsNonOwning(RegType type) => IsAllocatedObject(type) && type.Has(TypeFlags.NonOwnRef);
}
