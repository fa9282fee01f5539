namespace BpfVerifier.Runtime;

/// <summary>Which pointers the kernel vouches for.</summary>
internal sealed partial class Verification
{
    private const TypeFlags TrustedModifiers = TypeFlags.Alloc | TypeFlags.Trusted | TypeFlags.NonOwnRef;

    /// <summary>The object stays alive while the pointer is held.</summary>
    public static bool IsTrustedReg(in RegState reg)
    {
        if (reg.RefObjId != 0)
            return true;
        bool unsafeModifiers = (reg.Type.Flags & ~TrustedModifiers) != 0;
        bool kernelObject = reg.Type.Kind is RegKind.Socket or RegKind.SockCommon or RegKind.TcpSock or RegKind.ConstMap;
        return !unsafeModifiers && (kernelObject || reg.Type.Has(TrustedModifiers));
    }

    /// <summary>The object stays alive until the RCU section ends.</summary>
    public static bool IsRcuReg(in RegState reg) => reg.Type.Has(TypeFlags.Rcu);

    /// <summary>Objects freed after a grace period: those programs allocate and a few of the kernel (rcu_protected_types).</summary>
    public bool IsRcuProtectedObject(BtfOwner owner, int btfId) =>
        owner != BtfOwner.Kernel
        || Kernel.IsIn(KernelSet.RcuProtectedTypes, KernelTypes[btfId].Name);

    private bool PointeeHasGraphNode(RecordField kptr) => OwnRecord(kptr.PointeeOwner, kptr.PointeeId)?.Has(FieldKind.GraphNode) == true;

    /// <summary>Special fields of an object the program allocated are for their helpers alone.</summary>
    private Errno CheckAllocObjectFields(int typeId, int off, int size)
    {
        if (StructRecord(typeId) is not { } record)
            return Errno.None;
        foreach (RecordField field in record.Fields)
        {
            if (off >= field.End || field.Offset >= off + size)
                continue;
            Log.Write($"direct access to {FieldKindName(field.Kind)} is disallowed\n");
            return Errno.EACCES;
        }
        return Errno.None;
    }

    /// <summary>The kernel's name of a special field, as messages use it.</summary>
    public static string FieldKindName(FieldKind kind) => kind switch
    {
        FieldKind.SpinLock => "bpf_spin_lock",
        FieldKind.ResSpinLock => "bpf_res_spin_lock",
        FieldKind.Timer => "bpf_timer",
        FieldKind.Workqueue => "bpf_wq",
        FieldKind.KptrUnref or FieldKind.KptrRef => "kptr",
        FieldKind.KptrPerCpu => "percpu_kptr",
        FieldKind.Uptr => "uptr",
        FieldKind.ListHead => "bpf_list_head",
        FieldKind.ListNode => "bpf_list_node",
        FieldKind.RbRoot => "bpf_rb_root",
        FieldKind.RbNode => "bpf_rb_node",
        FieldKind.Refcount => "bpf_refcount",
        FieldKind.TaskWork => "bpf_task_work",
        _ => "unknown",
    };
}
