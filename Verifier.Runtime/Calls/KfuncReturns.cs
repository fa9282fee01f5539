using BpfVerifier.Btf;

namespace BpfVerifier.Runtime;

// What r0 holds after a kfunc call.
internal sealed partial class Verification
{
    private const int MaxPerCpuObjectSize = 512;

    private Errno SetKfuncResult(KfuncMeta meta, RegState[] regs, int insnIdx)
    {
        BtfTypes types = KernelTypes;
        BtfType type = Underlying(types, meta.Proto.ReturnTypeId);
        BtfType pointee = type.Kind == BtfKind.Ptr ? Underlying(types, type.TypeId) : default;
        bool structPointer = type.Kind == BtfKind.Ptr && pointee.IsStruct;
        if (meta.Acquires && !structPointer && meta.Name is not ("bpf_obj_new_impl" or "bpf_percpu_obj_new_impl" or "bpf_refcount_acquire_impl"))
        {
            Log.Write("acquire kernel function does not return PTR_TO_BTF_ID\n");
            return Errno.EINVAL;
        }

        ref RegState r0 = ref regs[0];
        if (IsScalarType(type))
        {
            MarkRegUnknown(regs, 0);
            if (meta.Name is "bpf_res_spin_lock" or "bpf_res_spin_lock_irqsave")
                r0.SetConstZero(this);
            MarkRegWritten(0);
            return Errno.None;
        }
        if (type.Kind != BtfKind.Ptr)
            return Errno.None;

        Errno error = SetKfuncPointer(ref r0, meta, pointee, regs);
        if (error != Errno.None)
            return error;
        if (meta.MayReturnNull)
        {
            r0.Type |= TypeFlags.MaybeNull;
            r0.Id = NewId();
        }
        MarkRegWritten(0);
        if (meta.Acquires)
        {
            uint id = AcquireReference(insnIdx);
            if (meta.MayReturnNull)
                r0.Id = id;
            r0.RefObjId = id;
        }
        else if (Changes.GraphNodesPeeked ? IsGraphNode(pointee) : meta.Name == "bpf_rbtree_first")
        {
            SetNonOwning(ref r0);
        }
        if (r0.Id == 0 && RegBtfRecord(in r0)?.Has(FieldKind.SpinLock | FieldKind.ResSpinLock) == true)
            r0.Id = NewId();
        return Errno.None;
    }

    private static bool IsGraphNode(BtfType type) => type.IsStruct && type.Name is "bpf_rb_node" or "bpf_list_node";

    private Errno SetKfuncPointer(ref RegState r0, KfuncMeta meta, BtfType pointee, RegState[] regs)
    {
        switch (meta.Name)
        {
            case "bpf_obj_new_impl" or "bpf_percpu_obj_new_impl":
                return SetNewObject(ref r0, meta);
            case "bpf_refcount_acquire_impl":
                SetPointer(ref r0, RegKind.BtfId, TypeFlags.Alloc);
                r0.BtfOwner = meta.ArgOwner;
                r0.BtfId = meta.ArgBtfId;
                return Errno.None;
            case "bpf_cast_to_kern_ctx":
                SetPointer(ref r0, RegKind.BtfId, TypeFlags.Trusted);
                r0.BtfOwner = BtfOwner.Kernel;
                r0.BtfId = meta.ReturnBtfId;
                return Errno.None;
            case "bpf_rdonly_cast":
                return SetReadOnlyCast(ref r0, meta);
            case "bpf_dynptr_slice" or "bpf_dynptr_slice_rdwr":
                return SetDynptrSlice(ref r0, meta);
        }
        if (IsGraphNode(pointee) && (KfuncGroups.IsListApi(meta.Name) || KfuncGroups.IsRbTreeApi(meta.Name)))
        {
            SetGraphNode(ref r0, (pointee.Name == "bpf_list_node" ? meta.ListHead : meta.RbRoot)!);
            return Errno.None;
        }
        if (pointee.IsVoid)
        {
            MarkRegUnknown(regs, 0);
            return Errno.None;
        }
        return pointee.Kind == BtfKind.Struct ? SetKfuncStruct(ref r0, meta, pointee) : SetKfuncMemory(ref r0, meta, pointee);
    }

    private Errno SetKfuncMemory(ref RegState r0, KfuncMeta meta, BtfType pointee)
    {
        if (meta.ReturnSize == 0 && KernelTypes.TryResolveSize(pointee.Id, out long size))
        {
            meta.ReturnSize = (ulong)size;
            // The session's cookie is there to be written.
            meta.ReturnsReadOnly = meta.Name != "bpf_session_cookie";
        }
        if (meta.ReturnSize == 0)
        {
            Log.Write($"kernel function {meta.Name} returns pointer type {BtfKindStr(pointee)} {pointee.Name} is not supported\n");
            return Errno.EINVAL;
        }
        TypeFlags flags = meta.ReturnsReadOnly ? TypeFlags.ReadOnly : TypeFlags.None;
        if (Changes.RcuProtectedResults && meta.Is(KfuncFlags.RcuProtected))
            flags |= TypeFlags.Rcu;
        SetPointer(ref r0, RegKind.Mem, flags);
        r0.MemSize = (int)meta.ReturnSize;
        r0.RefObjId = meta.RefObjId;
        return Errno.None;
    }

    private Errno SetKfuncStruct(ref RegState r0, KfuncMeta meta, BtfType pointee)
    {
        TypeFlags flags = TypeFlags.None;
        if (meta.Name == "bpf_get_kmem_cache")
            flags = TypeFlags.Untrusted;
        else if (Changes.RcuProtectedResults && meta.Is(KfuncFlags.RcuProtected))
            flags = TypeFlags.Rcu;
        if (meta.Is(KfuncFlags.IterNext))
        {
            bool rcu = State.Frames[meta.IterFrame]!.Stack[meta.IterSlot].Spilled.Type.Has(TypeFlags.Rcu);
            flags |= rcu ? TypeFlags.Rcu : TypeFlags.Trusted;
        }
        SetPointer(ref r0, RegKind.BtfId, flags);
        r0.BtfOwner = BtfOwner.Kernel;
        r0.BtfId = pointee.Id;
        return Errno.None;
    }

    private Errno SetNewObject(ref RegState r0, KfuncMeta meta)
    {
        bool perCpu = meta.Name == "bpf_percpu_obj_new_impl";
        if (meta.Constant > uint.MaxValue)
        {
            Log.Write("local type ID argument must be in range [0, U32_MAX]\n");
            return Errno.EINVAL;
        }
        if (ProgramTypes is not { } types)
        {
            Log.Write("bpf_obj_new/bpf_percpu_obj_new requires prog BTF\n");
            return Errno.EINVAL;
        }
        int id = meta.Constant < (ulong)types.Count ? (int)meta.Constant : 0;
        BtfType type = types[id];
        if (type.Kind != BtfKind.Struct)
        {
            Log.Write("bpf_obj_new/bpf_percpu_obj_new type ID argument must be of a struct\n");
            return Errno.EINVAL;
        }
        if (perCpu)
        {
            if (type.Size > MaxPerCpuObjectSize)
            {
                Log.Write($"bpf_percpu_obj_new type size ({type.Size}) is greater than {MaxPerCpuObjectSize}\n");
                return Errno.EINVAL;
            }
            if (!IsScalarStruct(types, type, 0))
            {
                Log.Write("bpf_percpu_obj_new type ID argument must be of a struct of scalars\n");
                return Errno.EINVAL;
            }
            if (StructRecord(id) is not null)
            {
                Log.Write("bpf_percpu_obj_new type ID argument must not contain special fields\n");
                return Errno.EINVAL;
            }
        }
        SetPointer(ref r0, RegKind.BtfId, perCpu ? TypeFlags.Alloc | TypeFlags.PerCpu : TypeFlags.Alloc);
        r0.BtfOwner = BtfOwner.Program;
        r0.BtfId = id;
        return Errno.None;
    }

    private Errno SetReadOnlyCast(ref RegState r0, KfuncMeta meta)
    {
        bool known = meta.Constant < (ulong)KernelTypes.Count;
        BtfType type = KernelTypes[known ? (int)meta.Constant : 0];
        if (known && type.IsStruct)
        {
            SetPointer(ref r0, RegKind.BtfId, TypeFlags.Untrusted);
            r0.BtfOwner = BtfOwner.Kernel;
            r0.BtfId = type.Id;
            return Errno.None;
        }
        if (!Changes.MemAndBtfLoadsMix)
        {
            Log.Write("kfunc bpf_rdonly_cast type ID argument must be of a struct\n");
            return Errno.EINVAL;
        }
        if (!known)
            Log.Write($"Unknown type ID {(long)meta.Constant} passed to kfunc bpf_rdonly_cast\n");
        else if (!type.IsVoid)
            Log.Write("kfunc bpf_rdonly_cast type ID argument must be of a struct or void\n");
        if (!known || !type.IsVoid)
            return Errno.EINVAL;
        SetPointer(ref r0, RegKind.Mem, TypeFlags.ReadOnly | TypeFlags.Untrusted);
        return Errno.None;
    }

    private Errno SetDynptrSlice(ref RegState r0, KfuncMeta meta)
    {
        bool writable = meta.Name == "bpf_dynptr_slice_rdwr";
        TypeFlags flags = DynptrFlagOf(meta.DynptrKind) | (writable ? TypeFlags.None : TypeFlags.ReadOnly);
        SetPointer(ref r0, RegKind.Mem, flags);
        r0.MemSize = (int)meta.Constant;
        if (writable && !MayAccessDirectPktData(null, AccessKind.Write))
        {
            Log.Write("the prog does not allow writes to packet data\n");
            return Errno.EINVAL;
        }
        r0.DynptrId = (int)meta.DynptrId;
        return Errno.None;
    }
}
