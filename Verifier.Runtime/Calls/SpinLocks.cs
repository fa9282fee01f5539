namespace BpfVerifier.Runtime;

// bpf_spin_lock and bpf_res_spin_lock in map values and allocated objects.
internal sealed partial class Verification
{
    private Errno CheckSpinLockArg(int regno, int helper)
    {
        if (InRbTreeLockRequiredCallback)
        {
            Log.Write("can't spin_{lock,unlock} in rbtree cb\n");
            return Errno.EACCES;
        }
        return helper switch
        {
            HelperId.SpinLock => ProcessSpinLock(regno, true, ReferenceKind.Lock),
            HelperId.SpinUnlock => ProcessSpinLock(regno, false, ReferenceKind.Lock),
            _ => throw NotModeled("spin lock argument of an unexpected helper"),
        };
    }

    /// <summary>Takes or gives back the lock that r<paramref name="regno"/> points to.</summary>
    private Errno ProcessSpinLock(int regno, bool isLock, ReferenceKind kind)
    {
        ref RegState reg = ref Regs[regno];
        bool resilient = kind != ReferenceKind.Lock;
        string name = resilient ? "bpf_res_spin" : "bpf_spin";
        if (!reg.Var.IsConst)
        {
            Log.Write($"R{regno} doesn't have constant offset. {name}_lock has to be at the constant offset\n");
            return Errno.EINVAL;
        }

        MapInfo? map = reg.Type == RegKind.MapValue ? Map(reg.MapHandle) : null;
        if (map is not null && map.Types is null)
        {
            Log.Write($"map '{KernelMapName(map)}' has to have BTF in order to use {name}_lock\n");
            return Errno.EINVAL;
        }
        FieldKind field = resilient ? FieldKind.ResSpinLock : FieldKind.SpinLock;
        MapRecord? record = RegBtfRecord(in reg);
        if (record?.Has(field) != true)
        {
            ReportNoLock(map, record, name);
            return Errno.EINVAL;
        }
        long offset = (long)(reg.Var.Value + (ulong)(long)reg.Off);
        int lockOffset = record.OffsetOf(field);
        if (offset != lockOffset)
        {
            if (Changes.MapRecords)
                Log.Write($"off {offset} doesn't point to 'struct {name}_lock' that is at {lockOffset}\n");
            else
                Log.Write($"off {offset} doesn't point to 'struct {name}_lock'\n");
            return Errno.EINVAL;
        }

        // All allocated objects of a program are identified by its BTF.
        int holder = map?.Handle ?? -1;
        if (isLock)
            return TakeLock(reg.Id, holder, kind);
        Errno error = GiveLockBack(reg.Id, holder, kind, name);
        if (error == Errno.None && Changes.TrustedPointers)
            InvalidateNonOwningRefs();
        return error;
    }

    private void ReportNoLock(MapInfo? map, MapRecord? record, string name)
    {
        if (!Changes.MapRecords && map is not null)
            ReportNoField(map, record?.SpinLockError ?? Errno.EINVAL, "bpf_spin_lock");
        else if (map is not null)
            Log.Write($"map '{KernelMapName(map)}' has no valid {name}_lock\n");
        else
            Log.Write($"local 'kptr' has no valid {name}_lock\n");
    }

    private Errno TakeLock(uint id, int holder, ReferenceKind kind)
    {
        VerifierState state = State;
        if (!Changes.StateWideReferences)
        {
            if (state.ActiveLocks != 0)
                return TwoLocks();
            SetActiveLock(id, holder, 1);
            return Errno.None;
        }

        if (state.ActiveLocks != 0)
        {
            if (kind == ReferenceKind.Lock)
            {
                if (FindLock(ReferenceKind.Lock, 0, 0) >= 0)
                    return TwoLocks();
            }
            else if (FindLock(ReferenceKind.ResLock | ReferenceKind.ResLockIrq, id, holder) >= 0)
            {
                Log.Write("Acquiring the same lock again, AA deadlock detected\n");
                return Errno.EINVAL;
            }
        }
        state.Refs.Add(new Reference(kind, id, InsnIdx, 0, holder));
        SetActiveLock(id, holder, state.ActiveLocks + 1);
        return Errno.None;
    }

    private Errno TwoLocks()
    {
        Log.Write("Locking two bpf_spin_locks are not allowed\n");
        return Errno.EINVAL;
    }

    private void SetActiveLock(uint id, int holder, int count)
    {
        State.ActiveLocks = count;
        State.ActiveLockId = id;
        State.ActiveLockPtr = holder;
    }

    private Errno GiveLockBack(uint id, int holder, ReferenceKind kind, string name)
    {
        VerifierState state = State;
        if (state.ActiveLocks == 0)
        {
            Log.Write($"{name}_unlock without taking a lock\n");
            return Errno.EINVAL;
        }
        if (!Changes.StateWideReferences)
        {
            if (state.ActiveLockId != id || (Changes.TrustedPointers && state.ActiveLockPtr != holder))
                return DifferentLock(name);
            SetActiveLock(0, 0, 0);
            return Errno.None;
        }

        int index = FindLock(kind, id, holder);
        if (index < 0)
            return DifferentLock(name);
        if (id != state.ActiveLockId || holder != state.ActiveLockPtr)
        {
            Log.Write($"{name}_unlock cannot be out of order\n");
            return Errno.EINVAL;
        }
        state.Refs.RemoveAt(index);
        // The lock taken before becomes the one that must be given back next.
        uint previousId = 0;
        int previousHolder = 0;
        for (int i = 0; i < index; i++)
        {
            if ((state.Refs[i].Kind & ReferenceKind.AnyLock) == 0)
                continue;
            previousId = state.Refs[i].Id;
            previousHolder = state.Refs[i].Ptr;
        }
        SetActiveLock(previousId, previousHolder, state.ActiveLocks - 1);
        return Errno.None;
    }

    private Errno DifferentLock(string name)
    {
        Log.Write($"{name}_unlock of different lock\n");
        return Errno.EINVAL;
    }

    private int FindLock(ReferenceKind kinds, uint id, int holder)
    {
        ReferenceList refs = State.Refs;
        for (int i = 0; i < refs.Count; i++)
            if ((refs[i].Kind & kinds) != 0 && refs[i].Id == id && refs[i].Ptr == holder)
                return i;
        return -1;
    }

    /// <summary>In the comparison function of bpf_rbtree_add the tree's lock is held by the caller.</summary>
    private bool InRbTreeLockRequiredCallback
    {
        get
        {
            VerifierState state = State;
            for (int i = state.CurFrame; i > 0; i--)
            {
                FrameState frame = state.Frames[i]!;
                if (frame.InCallback && IsRbTreeLockRequired(Insns[frame.CallSite]))
                    return true;
                if (!Changes.LockedCallbackOnAnyFrame)
                    return false;
            }
            return false;
        }
    }

    private bool IsRbTreeLockRequired(Insn call) => call.IsKfuncCall && KfuncNameOf(call) == "bpf_rbtree_add_impl";
}
