using BpfVerifier.Btf;

namespace BpfVerifier.Runtime;

/// <summary>What a pointer argument of a kfunc stands for, by its BTF type, its name and the register passed.</summary>
internal enum KfuncArgKind
{
    Ctx,
    AllocatedObject,
    RefcountedObject,
    Dynptr,
    Iterator,
    ListHead,
    ListNode,
    RbRoot,
    RbNode,
    BtfId,
    Memory,
    /// <summary>Memory whose size is the next argument.</summary>
    SizedMemory,
    Callback,
    Null,
    ConstString,
    Map,
    Workqueue,
    TaskWork,
    IrqFlag,
    ResSpinLock,
}

// The arguments of a kfunc call against its BTF prototype.
internal sealed partial class Verification
{
    private Errno CheckKfuncArgs(KfuncMeta meta, int insnIdx)
    {
        BtfTypes types = KernelTypes;
        int count = meta.Proto.VLen;
        if (count > ArgCount)
        {
            Log.Write($"Function {meta.Name} has {count} > {ArgCount} args\n");
            return Errno.EINVAL;
        }
        for (int i = 0; i < count; i++)
        {
            BtfParam param = meta.Proto.Param(i);
            if (Has(param, "__ign"u8) || (Changes.KfuncsTakeProgram && Has(param, "__prog"u8)))
                continue;
            BtfType type = Underlying(types, param.TypeId);
            Errno error;
            if (IsScalarType(type))
            {
                error = CheckKfuncScalar(meta, param, i + 1);
            }
            else if (type.Kind != BtfKind.Ptr)
            {
                Log.Write($"Unrecognized arg#{i} type {BtfKindStr(type)}\n");
                return Errno.EINVAL;
            }
            else
            {
                error = CheckKfuncPointer(meta, param, type, ref i, insnIdx);
            }
            if (error != Errno.None)
                return error;
        }
        if (meta.Releases && meta.ReleaseRegno == 0)
        {
            Log.Write($"release kernel function {meta.Name} expects refcounted PTR_TO_BTF_ID\n");
            return Errno.EINVAL;
        }
        return Errno.None;
    }

    /// <summary>The parameter's name carries a suffix that gives it a meaning; a name that is nothing but the suffix does not.</summary>
    private static bool Has(BtfParam param, ReadOnlySpan<byte> suffix) =>
        param.NameBytes.Length > suffix.Length && param.NameBytes.EndsWith(suffix);

    private Errno CheckKfuncScalar(KfuncMeta meta, BtfParam param, int regno)
    {
        ref RegState reg = ref Regs[regno];
        if (reg.Type != RegKind.Scalar)
        {
            Log.Write($"R{regno} is not a scalar\n");
            return Errno.EINVAL;
        }
        if (Has(param, "__k"u8))
        {
            if (!reg.Var.IsConst)
                return MustBeConstant(regno);
            Errno error = MarkChainPrecision(regno);
            meta.HasConstant = true;
            meta.Constant = reg.Var.Value;
            return error;
        }
        return CheckKfuncBufferSize(meta, param, regno);
    }

    /// <summary>A size in an argument of a certain name is that of the memory returned.</summary>
    private Errno CheckKfuncBufferSize(KfuncMeta meta, BtfParam param, int regno)
    {
        ref RegState reg = ref Regs[regno];
        bool readOnly = param.NameBytes.SequenceEqual("rdonly_buf_size"u8);
        if (!readOnly && !param.NameBytes.SequenceEqual("rdwr_buf_size"u8))
            return Errno.None;
        meta.ReturnsReadOnly |= readOnly;
        if (meta.ReturnSize != 0)
        {
            Log.Write("2 or more rdonly/rdwr_buf_size parameters for kfunc");
            return Errno.EINVAL;
        }
        if (!reg.Var.IsConst)
        {
            Log.Write($"R{regno} is not a const\n");
            return Errno.EINVAL;
        }
        meta.ReturnSize = reg.Var.Value;
        if (Changes.KfuncBufferSizeLimited && meta.ReturnSize > uint.MaxValue)
        {
            Log.Write($"R{regno} rdonly/rdwr_buf_size exceeds u32 max\n");
            return Errno.EINVAL;
        }
        return MarkChainPrecision(regno);
    }

    private Errno MustBeConstant(int regno)
    {
        Log.Write($"R{regno} must be a known constant\n");
        return Errno.EINVAL;
    }

    private Errno CheckKfuncPointer(KfuncMeta meta, BtfParam param, BtfType pointer, ref int index, int insnIdx)
    {
        int regno = index + 1;
        ref RegState reg = ref Regs[regno];
        bool wantsTrust = meta.TrustedArgs || meta.Is(KfuncFlags.Rcu);
        if (wantsTrust && (reg.IsNull || reg.Type.MaybeNull) && !Has(param, "__nullable"u8))
        {
            Log.Write($"Possibly NULL pointer passed to trusted arg{index}\n");
            return Errno.EACCES;
        }
        if (reg.RefObjId != 0)
        {
            if (meta.Releases && meta.RefObjId != 0)
                throw NotModeled("two references released by one kfunc");
            meta.RefObjId = reg.RefObjId;
            if (meta.Releases)
                meta.ReleaseRegno = regno;
        }

        BtfType pointee = Underlying(KernelTypes, pointer.TypeId);
        Errno error = ClassifyKfuncPointer(meta, param, pointer, pointee, index, out KfuncArgKind kind);
        if (error != Errno.None || kind == KfuncArgKind.Null)
            return error;
        if (kind == KfuncArgKind.Map)
        {
            error = NoteKfuncMap(in reg, regno, meta);
            if (error != Errno.None)
                return error;
        }
        if (kind is KfuncArgKind.Map or KfuncArgKind.AllocatedObject or KfuncArgKind.BtfId && wantsTrust && !IsTrustedReg(in reg))
        {
            if (!meta.Is(KfuncFlags.Rcu))
            {
                Log.Write($"R{regno} must be referenced or trusted\n");
                return Errno.EINVAL;
            }
            if (!IsRcuReg(in reg))
            {
                Log.Write($"R{regno} must be a rcu pointer\n");
                return Errno.EINVAL;
            }
        }
        error = CheckFuncArgRegOff(ref reg, regno, new ArgType(ArgKind.DontCare, meta.Releases && reg.RefObjId != 0 ? TypeFlags.Release : TypeFlags.None));
        return error != Errno.None ? error : CheckKfuncArgByKind(kind, ref reg, ref index, meta, param, pointee, insnIdx);
    }

    private Errno ClassifyKfuncPointer(KfuncMeta meta, BtfParam param, BtfType pointer, BtfType pointee, int index, out KfuncArgKind kind)
    {
        ref RegState reg = ref Regs[index + 1];
        kind = KfuncArgKind.Memory;
        KfuncArgKind? named = NamedKind(pointee);
        if (meta.Name is "bpf_cast_to_kern_ctx" or "bpf_session_is_return" or "bpf_session_cookie" || IsProgCtxType(KernelTypes, pointer, ProgType))
            kind = KfuncArgKind.Ctx;
        else if (Has(param, "__nullable"u8) && reg.IsNull)
            kind = KfuncArgKind.Null;
        else if (Has(param, "__alloc"u8))
            kind = KfuncArgKind.AllocatedObject;
        else if (Has(param, "__refcounted_kptr"u8))
            kind = KfuncArgKind.RefcountedObject;
        else if (named == KfuncArgKind.Dynptr)
            kind = KfuncArgKind.Dynptr;
        else if (meta.Is(KfuncFlags.IterNew | KfuncFlags.IterNext | KfuncFlags.IterDestroy) ? index == 0 : Has(param, "__iter"u8))
            kind = KfuncArgKind.Iterator;
        else if (named is KfuncArgKind.ListHead or KfuncArgKind.ListNode or KfuncArgKind.RbRoot or KfuncArgKind.RbNode)
            kind = named.Value;
        else if (Has(param, "__str"u8))
            kind = KfuncArgKind.ConstString;
        else if (Has(param, "__map"u8))
            kind = KfuncArgKind.Map;
        else if (named is KfuncArgKind.Workqueue or KfuncArgKind.TaskWork)
            kind = named.Value;
        else if (Has(param, "__irq_flag"u8))
            kind = KfuncArgKind.IrqFlag;
        else if (named == KfuncArgKind.ResSpinLock)
            kind = KfuncArgKind.ResSpinLock;
        else
            return ClassifyByRegister(meta, pointer, pointee, index, in reg, out kind);
        return Errno.None;
    }

    /// <summary>Kernel structs that have a meaning of their own as arguments.</summary>
    private KfuncArgKind? NamedKind(BtfType type)
    {
        if (type.Kind != BtfKind.Struct)
            return null;
        if (!_namedKinds.TryGetValue(type.Id, out KfuncArgKind? kind))
            _namedKinds.Add(type.Id, kind = KindOfStruct(type.Name));
        return kind;
    }

    private readonly Dictionary<int, KfuncArgKind?> _namedKinds = [];

    private static KfuncArgKind? KindOfStruct(string name) => name switch
    {
        "bpf_dynptr" => KfuncArgKind.Dynptr,
        "bpf_list_head" => KfuncArgKind.ListHead,
        "bpf_list_node" => KfuncArgKind.ListNode,
        "bpf_rb_root" => KfuncArgKind.RbRoot,
        "bpf_rb_node" => KfuncArgKind.RbNode,
        "bpf_wq" => KfuncArgKind.Workqueue,
        "bpf_task_work" => KfuncArgKind.TaskWork,
        "bpf_res_spin_lock" => KfuncArgKind.ResSpinLock,
        _ => null,
    };

    private Errno ClassifyByRegister(KfuncMeta meta, BtfType pointer, BtfType pointee, int index, in RegState reg, out KfuncArgKind kind)
    {
        kind = KfuncArgKind.BtfId;
        if (reg.Type.Kind is RegKind.BtfId or RegKind.Socket or RegKind.SockCommon or RegKind.TcpSock or RegKind.ConstMap)
        {
            if (pointee.IsStruct)
                return Errno.None;
            Log.Write($"kernel function {meta.Name} args#{index} pointer type {BtfKindStr(pointee)} {pointee.Name} is not supported\n");
            return Errno.EINVAL;
        }
        if (pointee.Kind == BtfKind.FuncProto)
        {
            kind = KfuncArgKind.Callback;
            return Errno.None;
        }
        bool sized = index + 1 < meta.Proto.VLen && IsSizeParam(meta.Proto.Param(index + 1), in Regs[index + 2], out _);
        kind = sized ? KfuncArgKind.SizedMemory : KfuncArgKind.Memory;
        if (IsScalarType(pointee) || IsScalarStruct(KernelTypes, pointee, 0) || (sized && pointee.IsVoid))
            return Errno.None;
        Log.Write($"arg#{index} pointer type {BtfKindStr(pointee)} {pointee.Name} must point to {(sized ? "void, " : "")}scalar, or struct with scalar\n");
        return Errno.EINVAL;
    }

    private bool IsSizeParam(BtfParam param, in RegState reg, out bool constant)
    {
        constant = Has(param, "__szk"u8);
        return reg.Type == RegKind.Scalar && IsScalarType(Underlying(KernelTypes, param.TypeId)) && (constant || Has(param, "__sz"u8));
    }

    /// <summary>True for structs of scalars, arrays of scalars and such structs, at most four deep.</summary>
    private bool IsScalarStruct(BtfTypes types, BtfType type, int depth)
    {
        if (!type.IsStruct)
            return false;
        for (int i = 0; i < type.VLen; i++)
        {
            CountWork();
            BtfType member = Underlying(types, type.Member(i).TypeId);
            if (member.IsStruct)
            {
                if (depth >= 3)
                {
                    Log.Write("max struct nesting depth exceeded\n");
                    return false;
                }
                if (!IsScalarStruct(types, member, depth + 1))
                    return false;
                continue;
            }
            if (member.Kind == BtfKind.Array)
            {
                if (member.Length == 0)
                    return false;
                member = Underlying(types, member.ElementTypeId);
            }
            if (!IsScalarType(member))
                return false;
        }
        return true;
    }

    private Errno NoteKfuncMap(in RegState reg, int regno, KfuncMeta meta)
    {
        // The kernel looks at the word that holds the map of map pointers; other types keep something else there.
        bool isMap = reg.Type.Kind is RegKind.ConstMap or RegKind.MapValue or RegKind.MapKey;
        bool filled = reg.Type.Kind switch
        {
            RegKind.BtfId => true,
            RegKind.Mem => reg.MemSize != 0,
            RegKind.Packet or RegKind.PacketMeta => reg.Range != 0,
            RegKind.Func => reg.SubprogNo != 0,
            _ => isMap,
        };
        if (!filled)
        {
            Log.Write($"pointer in R{regno} isn't map pointer\n");
            return Errno.EINVAL;
        }
        if (!isMap)
            return Errno.None;
        MapRecord? record = Map(reg.MapHandle).Record;
        bool bound = record?.Has(FieldKind.Workqueue | FieldKind.TaskWork) == true;
        if (meta.MapHandle != 0 && bound && (meta.MapHandle != reg.MapHandle || meta.MapUid != reg.MapUid))
        {
            if (record!.Has(FieldKind.TaskWork))
                Log.Write($"bpf_task_work pointer in R2 map_uid={meta.MapUid} doesn't match map pointer in R3 map_uid={reg.MapUid}\n");
            else
                Log.Write($"workqueue pointer in R1 map_uid={meta.MapUid} doesn't match map pointer in R2 map_uid={reg.MapUid}\n");
            return Errno.EINVAL;
        }
        meta.MapHandle = reg.MapHandle;
        meta.MapUid = reg.MapUid;
        return Errno.None;
    }
}
