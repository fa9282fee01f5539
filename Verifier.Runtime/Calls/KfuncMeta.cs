using BpfVerifier.Btf;

namespace BpfVerifier.Runtime;

/// <summary>What one kfunc call is and what its arguments told. One instance is reused for all calls.</summary>
internal sealed class KfuncMeta
{
    public string Name = "";
    public int FuncId;
    public BtfType Proto;
    public KfuncFlags Flags;

    public uint RefObjId;
    public int ReleaseRegno;
    public bool ReturnsReadOnly;
    /// <summary>Bytes a returned memory pointer may access, 0 if the arguments did not say.</summary>
    public ulong ReturnSize;
    public int ReturnBtfId;
    public int SubprogNo;
    public bool HasConstant;
    public ulong Constant;
    /// <summary>Type of the allocated object passed.</summary>
    public BtfOwner ArgOwner;
    public int ArgBtfId;
    public bool ArgIsOwningRef;
    public RecordField? ListHead;
    public RecordField? RbRoot;
    public DynptrKind DynptrKind;
    public uint DynptrId;
    public uint DynptrRefObjId;
    public int IterFrame;
    public int IterSlot;
    public int MapHandle;
    public int MapUid;

    public bool Is(KfuncFlags flags) => (Flags & flags) != 0;

    public bool Releases => Is(KfuncFlags.Release);
    public bool Acquires => Is(KfuncFlags.Acquire);

    /// <summary>Arguments must be trusted pointers.</summary>
    public bool TrustedArgs => Is(KfuncFlags.TrustedArgs | KfuncFlags.Release);

    public bool MayReturnNull => Is(KfuncFlags.RetNull) && !(Name == "bpf_refcount_acquire_impl" && ArgIsOwningRef);

    public void Reset(string name, int funcId, BtfType proto, KfuncFlags flags)
    {
        Name = name;
        FuncId = funcId;
        Proto = proto;
        Flags = flags;
        RefObjId = DynptrId = DynptrRefObjId = 0;
        ReleaseRegno = ReturnBtfId = SubprogNo = ArgBtfId = IterFrame = IterSlot = MapHandle = MapUid = 0;
        ReturnsReadOnly = HasConstant = ArgIsOwningRef = false;
        ReturnSize = Constant = 0;
        ArgOwner = BtfOwner.None;
        ListHead = RbRoot = null;
        DynptrKind = DynptrKind.Invalid;
    }
}

/// <summary>Kfuncs that the rules treat alike beyond their flags.</summary>
internal static class KfuncGroups
{
    public static bool IsListApi(string name) => name is "bpf_list_push_front_impl" or "bpf_list_push_back_impl" or "bpf_list_pop_front"
        or "bpf_list_pop_back" or "bpf_list_front" or "bpf_list_back";

    public static bool IsRbTreeApi(string name) => name is "bpf_rbtree_add_impl" or "bpf_rbtree_remove" or "bpf_rbtree_first"
        or "bpf_rbtree_root" or "bpf_rbtree_left" or "bpf_rbtree_right";

    public static bool IsResSpinLock(string name) => name is "bpf_res_spin_lock" or "bpf_res_spin_unlock" or "bpf_res_spin_lock_irqsave"
        or "bpf_res_spin_unlock_irqrestore";

    public static bool IsTaskWork(string name) =>
        name is "bpf_task_work_schedule_signal_impl" or "bpf_task_work_schedule_resume_impl";

    /// <summary>An object passed as second argument goes into a list or tree.</summary>
    public static bool InsertsNode(string name) =>
        name is "bpf_list_push_front_impl" or "bpf_list_push_back_impl" or "bpf_rbtree_add_impl";

    /// <summary>May be called while a lock is held.</summary>
    public static bool AllowedUnderLock(string name, Changes changes) => IsListApi(name) || IsRbTreeApi(name)
        || name == "bpf_refcount_acquire_impl"
        || (changes.LoopKfuncsUnderLock && (IsResSpinLock(name) || name is "bpf_iter_num_new" or "bpf_iter_num_next" or "bpf_iter_num_destroy"));
}
