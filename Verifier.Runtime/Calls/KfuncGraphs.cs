namespace BpfVerifier.Runtime;

// Lists and trees of objects that the program allocates: roots, nodes, owning and non-owning references.
internal sealed partial class Verification
{
    private void SetGraphNode(ref RegState reg, RecordField root)
    {
        reg.SetKnownZero();
        reg.Type = new RegType(RegKind.BtfId, TypeFlags.Alloc);
        reg.BtfOwner = root.PointeeOwner;
        reg.BtfId = root.ValueTypeId;
        reg.Off = root.NodeOffset;
    }

    /// <summary>The pointer may be used while the lock is held, but does not own the object.</summary>
    private void SetNonOwning(ref RegState reg)
    {
        if (State.ActiveLocks == 0)
            return;
        bool refcounted = RegBtfRecord(in reg)?.Has(FieldKind.Refcount) == true;
        reg.Type |= refcounted ? TypeFlags.NonOwnRef | TypeFlags.Rcu : TypeFlags.NonOwnRef;
    }

    private void ConvertOwningToNonOwning(uint refObjId)
    {
        if (refObjId == 0 || HeldReferences.IndexOf(ReferenceKind.Pointer, refObjId) < 0)
            throw NotModeled("node without a reference goes into a list or tree");
        foreach (ref RegState reg in AllRegs)
        {
            if (reg.RefObjId != refObjId)
                continue;
            reg.RefObjId = 0;
            SetNonOwning(ref reg);
        }
    }

    /// <summary>less(a, b) of bpf_rbtree_add: both are nodes of the tree.</summary>
    private Errno SetRbTreeLess(FrameState caller, FrameState callee)
    {
        RecordField? root = RegBtfRecord(in caller.Regs[1])?.Find(caller.Regs[1].Off, FieldKind.RbRoot);
        if (root is null || root.ValueTypeId == 0)
            return Errno.EFAULT;
        SetGraphNode(ref callee.Regs[1], root);
        SetNonOwning(ref callee.Regs[1]);
        SetGraphNode(ref callee.Regs[2], root);
        SetNonOwning(ref callee.Regs[2]);
        callee.InCallback = true;
        callee.CallbackReturnRange = new ReturnRange(0, 1);
        return Errno.None;
    }

    private Errno CheckGraphRoot(ref RegState reg, int index, KfuncMeta meta, FieldKind kind)
    {
        if (reg.Type != RegKind.MapValue && reg.Type != s_allocated)
        {
            Log.Write($"arg#{index} expected pointer to map value or allocated object\n");
            return Errno.EINVAL;
        }
        if (reg.Type == s_allocated && reg.RefObjId == 0)
            return MustBeReferenced();
        string name = kind == FieldKind.ListHead ? "bpf_list_head" : "bpf_rb_root";
        if (!(kind == FieldKind.ListHead ? KfuncGroups.IsListApi(meta.Name) : KfuncGroups.IsRbTreeApi(meta.Name)))
            throw NotModeled($"{name} argument of {meta.Name}");
        if (!reg.Var.IsConst)
        {
            Log.Write($"R{index + 1} doesn't have constant offset. {name} has to be at the constant offset\n");
            return Errno.EINVAL;
        }
        MapRecord? record = RegBtfRecord(in reg);
        int offset = reg.Off + (int)reg.Var.Value;
        RecordField? field = record?.Find(offset, kind);
        if (field is null)
        {
            Log.Write($"{name} not found at offset={(uint)offset}\n");
            return Errno.EINVAL;
        }
        if (!IsAllocationLocked(in reg))
        {
            int lockOffset = record!.OffsetOf(FieldKind.SpinLock);
            Log.Write($"bpf_spin_lock at off={(lockOffset < 0 ? -(int)Errno.EINVAL : lockOffset)} must be held for {name}\n");
            return Errno.EINVAL;
        }
        if (kind == FieldKind.ListHead)
            meta.ListHead = field;
        else
            meta.RbRoot = field;
        return Errno.None;
    }

    private Errno MustBeReferenced()
    {
        Log.Write("allocated object must be referenced\n");
        return Errno.EINVAL;
    }

    /// <summary>The lock that is held lies in the same map value or object.</summary>
    private bool IsAllocationLocked(in RegState reg)
    {
        if (State.ActiveLocks == 0)
            return false;
        int holder = reg.Type == RegKind.MapValue ? reg.MapHandle : -1;
        bool same = Changes.StateWideReferences
            ? FindLock(ReferenceKind.AnyLock, reg.Id, holder) >= 0
            : State.ActiveLockId == reg.Id && State.ActiveLockPtr == holder;
        if (!same)
            Log.Write("held lock and object are not in the same allocation\n");
        return same;
    }

    private Errno CheckGraphNode(ref RegState reg, int index, KfuncMeta meta, FieldKind kind)
    {
        Errno error = kind == FieldKind.RbNode ? CheckRbNodeOwnership(in reg, index, meta) : CheckOwnedNode(in reg, index);
        if (error != Errno.None)
            return error;
        bool list = kind == FieldKind.ListNode;
        string nodeName = list ? "bpf_list_node" : "bpf_rb_node";
        string rootName = list ? "bpf_list_head" : "bpf_rb_root";
        if (!reg.Var.IsConst)
        {
            Log.Write($"R{index + 1} doesn't have constant offset. {nodeName} has to be at the constant offset\n");
            return Errno.EINVAL;
        }
        int offset = reg.Off + (int)reg.Var.Value;
        if (RegBtfRecord(in reg)?.Find(offset, kind) is null)
        {
            Log.Write($"{nodeName} not found at offset={(uint)offset}\n");
            return Errno.EINVAL;
        }
        RecordField root = (list ? meta.ListHead : meta.RbRoot) ?? throw NotModeled($"{nodeName} argument before its root");
        string element = Types(root.PointeeOwner)[root.ValueTypeId].Name;
        if (!BtfStructIdsMatch(reg.BtfOwner, reg.BtfId, 0, root.PointeeOwner, root.ValueTypeId, true, !reg.Type.IsAlloc))
        {
            Log.Write($"operation on {rootName} expects arg#1 {nodeName} at offset={root.NodeOffset} in struct {element}, "
                + $"but arg is at offset={offset} in struct {Types(reg.BtfOwner)[reg.BtfId].Name}\n");
            return Errno.EINVAL;
        }
        meta.ArgOwner = reg.BtfOwner;
        meta.ArgBtfId = reg.BtfId;
        if (offset != root.NodeOffset)
        {
            Log.Write($"arg#1 offset={offset}, but expected {nodeName} at offset={root.NodeOffset} in struct {element}\n");
            return Errno.EINVAL;
        }
        return Errno.None;
    }

    private Errno CheckOwnedNode(in RegState reg, int index)
    {
        if (reg.Type != s_allocated)
        {
            Log.Write($"arg#{index} expected pointer to allocated object\n");
            return Errno.EINVAL;
        }
        return reg.RefObjId == 0 ? MustBeReferenced() : Errno.None;
    }

    private Errno CheckRbNodeOwnership(in RegState reg, int index, KfuncMeta meta)
    {
        if (meta.Name == "bpf_rbtree_add_impl")
            return CheckOwnedNode(in reg, index);
        if (Changes.GraphNodesPeeked)
        {
            if (!IsNonOwning(reg.Type) && reg.RefObjId == 0)
            {
                Log.Write($"{meta.Name} can only take non-owning or refcounted bpf_rb_node pointer\n");
                return Errno.EINVAL;
            }
        }
        else if (!IsNonOwning(reg.Type) || reg.RefObjId != 0)
        {
            Log.Write("rbtree_remove node input must be non-owning ref\n");
            return Errno.EINVAL;
        }
        if (!InRbTreeLockRequiredCallback)
            return Errno.None;
        if (Changes.GraphNodesPeeked)
            Log.Write($"{meta.Name} not allowed in rbtree cb\n");
        else
            Log.Write("rbtree_remove not allowed in rbtree cb\n");
        return Errno.EINVAL;
    }
}
