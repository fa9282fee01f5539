using BpfVerifier.Btf;

namespace BpfVerifier.Runtime;

// Each kind of kfunc argument.
internal sealed partial class Verification
{
    private Errno CheckKfuncArgByKind(KfuncArgKind kind, ref RegState reg, ref int index, KfuncMeta meta, BtfParam param, BtfType pointee, int insnIdx)
    {
        int regno = index + 1;
        switch (kind)
        {
            case KfuncArgKind.Ctx:
                return CheckKfuncContext(in reg, index, meta);
            case KfuncArgKind.AllocatedObject:
                return CheckKfuncObject(in reg, index, meta);
            case KfuncArgKind.RefcountedObject:
                return CheckRefcountedObject(in reg, index, meta);
            case KfuncArgKind.Dynptr:
                return CheckKfuncDynptr(ref reg, regno, meta, param, insnIdx);
            case KfuncArgKind.Iterator:
                return CheckKfuncIterator(ref reg, regno, meta, insnIdx);
            case KfuncArgKind.ListHead:
                return CheckGraphRoot(ref reg, index, meta, FieldKind.ListHead);
            case KfuncArgKind.RbRoot:
                return CheckGraphRoot(ref reg, index, meta, FieldKind.RbRoot);
            case KfuncArgKind.ListNode:
                return CheckGraphNode(ref reg, index, meta, FieldKind.ListNode);
            case KfuncArgKind.RbNode:
                return CheckGraphNode(ref reg, index, meta, FieldKind.RbNode);
            case KfuncArgKind.Map:
                return CheckKfuncBtfPointer(in reg, index, meta, KernelTypes[KernelStructId("bpf_map")]);
            case KfuncArgKind.BtfId:
                return CheckKfuncBtfPointer(in reg, index, meta, pointee);
            case KfuncArgKind.Memory:
                if (!KernelTypes.TryResolveSize(pointee.Id, out long size))
                    return UnknownArgSize(pointee, index);
                return CheckMemReg(ref reg, regno, (int)size);
            case KfuncArgKind.SizedMemory:
                return CheckSizedMemory(ref reg, ref index, meta, param);
            case KfuncArgKind.Callback:
                if (reg.Type != RegKind.Func)
                {
                    Log.Write($"arg{index} expected pointer to func\n");
                    return Errno.EINVAL;
                }
                meta.SubprogNo = reg.SubprogNo;
                return Errno.None;
            case KfuncArgKind.ConstString:
                if (reg.Type == RegKind.MapValue)
                    return CheckConstString(ref reg, regno);
                Log.Write($"arg#{index} doesn't point to a const string\n");
                return Errno.EINVAL;
            case KfuncArgKind.Workqueue:
                return CheckMapField(ref reg, index, meta, FieldKind.Workqueue, "bpf_wq");
            case KfuncArgKind.TaskWork:
                return CheckMapField(ref reg, index, meta, FieldKind.TaskWork, "bpf_task_work");
            case KfuncArgKind.IrqFlag:
                if (reg.Type == RegKind.Stack)
                    return ProcessIrqFlag(ref reg, regno, meta);
                Log.Write($"arg#{index} doesn't point to an irq flag on stack\n");
                return Errno.EINVAL;
            case KfuncArgKind.ResSpinLock:
                return CheckResSpinLock(in reg, index, meta);
            default:
                throw NotModeled($"kfunc argument {kind}");
        }
    }

    private Errno CheckKfuncContext(in RegState reg, int index, KfuncMeta meta)
    {
        if (reg.Type != RegKind.Ctx)
        {
            Log.Write($"arg#{index} expected pointer to ctx, but got {RegTypeStr(reg.Type)}\n");
            return Errno.EINVAL;
        }
        if (meta.Name != "bpf_cast_to_kern_ctx")
            return Errno.None;
        int id = ContextPairMember(ProgType, "_kern");
        if (!Underlying(KernelTypes, id).IsStruct || !KernelTypes[id].IsStruct)
        {
            Log.Write($"kern ctx type id {id} is not a struct\n");
            return Errno.EINVAL;
        }
        meta.ReturnBtfId = id;
        return Errno.None;
    }

    private Errno CheckKfuncObject(in RegState reg, int index, KfuncMeta meta)
    {
        string? expectedFor = null;
        if (reg.Type == s_allocated)
            expectedFor = meta.Name == "bpf_obj_drop_impl" ? null : "bpf_obj_drop_impl";
        else if (reg.Type == new RegType(RegKind.BtfId, TypeFlags.Alloc | TypeFlags.PerCpu))
            expectedFor = meta.Name == "bpf_percpu_obj_drop_impl" ? null : "bpf_percpu_obj_drop_impl";
        else
        {
            Log.Write($"arg#{index} expected pointer to allocated object\n");
            return Errno.EINVAL;
        }
        if (expectedFor is not null)
        {
            Log.Write($"arg#{index} expected for {expectedFor}()\n");
            return Errno.EINVAL;
        }
        if (reg.RefObjId == 0)
            return MustBeReferenced();
        meta.ArgOwner = reg.BtfOwner;
        meta.ArgBtfId = reg.BtfId;
        return Errno.None;
    }

    private Errno CheckRefcountedObject(in RegState reg, int index, KfuncMeta meta)
    {
        if (!IsAllocatedObject(reg.Type))
        {
            Log.Write($"arg#{index} is neither owning or non-owning ref\n");
            return Errno.EINVAL;
        }
        if (!IsNonOwning(reg.Type) && (reg.RefObjId != 0 || !Changes.OwningRefsAreReferenced))
            meta.ArgIsOwningRef = true;
        if (RegBtfRecord(in reg) is not { } record)
            throw NotModeled("refcounted object without special fields");
        if (!record.Has(FieldKind.Refcount))
        {
            Log.Write($"arg#{index} doesn't point to a type with bpf_refcount field\n");
            return Errno.EINVAL;
        }
        meta.ArgOwner = reg.BtfOwner;
        meta.ArgBtfId = reg.BtfId;
        return Errno.None;
    }

    private Errno CheckKfuncDynptr(ref RegState reg, int regno, KfuncMeta meta, BtfParam param, int insnIdx)
    {
        bool uninit = Has(param, "__uninit"u8);
        TypeFlags flags = reg.Type == RegKind.ConstDynptr ? TypeFlags.ReadOnly : TypeFlags.None;
        uint cloned = 0;
        if (uninit)
            flags |= TypeFlags.Uninit;
        switch (meta.Name)
        {
            case "bpf_dynptr_from_skb":
                flags |= TypeFlags.DynptrSkb;
                break;
            case "bpf_dynptr_from_xdp":
                flags |= TypeFlags.DynptrXdp;
                break;
            case "bpf_dynptr_from_skb_meta":
                flags |= TypeFlags.DynptrSkbMeta;
                break;
            case "bpf_dynptr_clone" when uninit:
                if (meta.DynptrKind == DynptrKind.Invalid)
                    throw NotModeled("clone of an unknown dynptr");
                flags |= DynptrFlagOf(meta.DynptrKind);
                cloned = meta.DynptrRefObjId;
                break;
            case "bpf_dynptr_from_file":
                throw NotModeled(meta.Name);
        }
        Errno error = ProcessDynptr(regno, insnIdx, new ArgType(ArgKind.PtrToDynptr, flags), cloned);
        if (error != Errno.None || uninit)
            return error;
        if (reg.Type == RegKind.ConstDynptr)
        {
            NoteDynptr(in reg, meta);
            return Errno.None;
        }
        int slot = DynptrSlot(ref reg, out error);
        if (slot >= 0)
            NoteDynptr(in Func(in reg).Stack[slot].Spilled, meta);
        return error;
    }

    private static void NoteDynptr(in RegState dynptr, KfuncMeta meta)
    {
        meta.DynptrKind = dynptr.DynptrKind;
        meta.DynptrId = dynptr.Id;
        meta.DynptrRefObjId = dynptr.RefObjId;
    }

    private Errno CheckKfuncIterator(ref RegState reg, int regno, KfuncMeta meta, int insnIdx)
    {
        if (meta.Name == "bpf_iter_css_task_new" && !MayIterateCssTasks)
        {
            Log.Write("css_task_iter is only allowed in bpf_lsm, bpf_iter and sleepable progs\n");
            return Errno.EINVAL;
        }
        if (reg.Type != RegKind.Stack)
        {
            Log.Write($"arg#{regno - 1} expected pointer to an iterator on stack\n");
            return Errno.EINVAL;
        }
        BtfType pointer = Underlying(KernelTypes, meta.Proto.Param(regno - 1).TypeId);
        BtfType type = Underlying(KernelTypes, pointer.TypeId);
        if (type.Kind != BtfKind.Struct || !type.NameBytes.StartsWith("bpf_iter_"u8))
        {
            Log.Write($"expected valid iter pointer as arg #{regno - 1}\n");
            return Errno.EINVAL;
        }
        int slots = type.Size / 8;
        Errno error;
        if (meta.Is(KfuncFlags.IterNew))
        {
            if (!IsIterRegValidUninit(ref reg, slots))
            {
                Log.Write($"expected uninitialized iter_{IterTypeStr(BtfOwner.Kernel, type.Id)} as arg #{regno - 1}\n");
                return Errno.EINVAL;
            }
            for (int i = 0; i < slots; i++)
            {
                error = CheckMemAccess(insnIdx, regno, i * 8, 8, AccessKind.Write, -1, false, false);
                if (error != Errno.None)
                    return error;
            }
            return MarkStackSlotsIter(ref reg, insnIdx, type.Id, slots, meta.Is(KfuncFlags.RcuProtected));
        }

        error = CheckIterRegInit(ref reg, type.Id, slots);
        if (error == Errno.EINVAL)
            Log.Write($"expected an initialized iter_{IterTypeStr(BtfOwner.Kernel, type.Id)} as arg #{regno - 1}\n");
        else if (error == NeedsRcu)
            Log.Write($"expected an RCU CS when using {meta.Name}\n");
        if (error != Errno.None)
            return error;
        int slot = IterSlot(ref reg, slots, out error);
        if (slot < 0)
            return error;
        FrameState frame = Func(in reg);
        error = MarkObjectRead(frame, slot, slots, true);
        meta.IterSlot = slot;
        meta.IterFrame = reg.FrameNo;
        meta.RefObjId = frame.Stack[slot].Spilled.RefObjId;
        if (error == Errno.None && meta.Is(KfuncFlags.IterDestroy))
            error = UnmarkStackSlotsIter(ref reg, slots);
        return error;
    }

    private bool MayIterateCssTasks => ProgType switch
    {
        ProgramType.Lsm => true,
        ProgramType.Tracing when Program.ExpectedAttachType == AttachType.TraceIter => true,
        _ => InSleepable,
    };

    /// <summary>Pointers to kernel objects, sockets and maps against the declared struct.</summary>
    private Errno CheckKfuncBtfPointer(in RegState reg, int index, KfuncMeta meta, BtfType expected)
    {
        bool convertible = reg.Type.Kind is RegKind.Socket or RegKind.SockCommon or RegKind.TcpSock or RegKind.ConstMap;
        bool safe = reg.Type.Kind == RegKind.BtfId && ((reg.Type.Flags & ~TrustedModifiers) == 0 || IsRcuReg(in reg));
        if (!safe && !convertible)
        {
            Log.Write($"arg#{index} is {RegTypeStr(reg.Type)} ");
            Log.Write($"expected {RegTypeStr(new RegType(reg.Type.Kind, reg.Type.Flags & TrustedModifiers))} or socket\n");
            return Errno.EINVAL;
        }

        BtfOwner owner = reg.Type.Kind == RegKind.BtfId ? reg.BtfOwner : BtfOwner.Kernel;
        int id = reg.Type.Kind switch
        {
            RegKind.BtfId => reg.BtfId,
            RegKind.Socket => KernelStructId("sock"),
            RegKind.SockCommon => KernelStructId("sock_common"),
            RegKind.TcpSock => KernelStructId("tcp_sock"),
            _ => KernelStructId("bpf_map"),
        };
        BtfType passed = Underlying(Types(owner), id);
        bool strict = (meta.Releases && reg.RefObjId != 0) || IsNoCastAlias(Types(owner)[id].Name, expected.Name);
        bool same = BtfStructIdsMatch(owner, passed.Id, reg.Off, BtfOwner.Kernel, expected.Id, strict, !reg.Type.IsAlloc);
        if (same || IsProjection(expected.NameBytes, passed.NameBytes))
            return Errno.None;
        Log.Write($"kernel function {meta.Name} args#{index} expected pointer to {BtfKindStr(expected)} {expected.Name} "
            + $"but R{index + 1} has a pointer to {BtfKindStr(passed)} {passed.Name}\n");
        return Errno.EINVAL;
    }

    /// <summary>The same struct before and after it is set up (<c>nf_conn___init</c>): one must not stand for the other.</summary>
    private static bool IsNoCastAlias(string a, string b)
    {
        const string suffix = "___init";
        string longer = a.Length > b.Length ? a : b, shorter = a.Length > b.Length ? b : a;
        return longer.Length == shorter.Length + suffix.Length && longer.EndsWith(suffix, StringComparison.Ordinal)
            && longer.StartsWith(shorter, StringComparison.Ordinal);
    }

    private Errno CheckSizedMemory(ref RegState reg, ref int index, KfuncMeta meta, BtfParam param)
    {
        int sizeRegno = index + 2;
        ref RegState size = ref Regs[sizeRegno];
        if (!reg.IsNull || !Has(param, "__opt"u8))
        {
            Errno error = CheckKfuncMemSizeReg(ref reg, ref size, sizeRegno);
            if (error != Errno.None)
            {
                Log.Write($"arg#{index} arg#{index + 1} memory, len pair leads to invalid memory access\n");
                return error;
            }
        }
        IsSizeParam(meta.Proto.Param(index + 1), in size, out bool constant);
        if (constant)
        {
            if (!size.Var.IsConst)
                return MustBeConstant(sizeRegno);
            meta.HasConstant = true;
            meta.Constant = size.Var.Value;
        }
        // The size was checked with the memory.
        index++;
        return Errno.None;
    }

    private Errno CheckKfuncMemSizeReg(ref RegState memory, ref RegState size, int sizeRegno)
    {
        bool mayBeNull = memory.Type.MaybeNull;
        RegState saved = memory;
        if (mayBeNull)
            MarkPtrNotNullReg(ref memory);
        _subprogMeta.Reset();
        Errno error = CheckMemSizeReg(ref size, sizeRegno, AccessKind.Read, true, _subprogMeta);
        if (error == Errno.None)
            error = CheckMemSizeReg(ref size, sizeRegno, AccessKind.Write, true, _subprogMeta);
        if (mayBeNull)
            memory = saved;
        return error;
    }

    private Errno CheckMapField(ref RegState reg, int index, KfuncMeta meta, FieldKind kind, string name)
    {
        if (reg.Type != RegKind.MapValue)
        {
            Log.Write($"arg#{index} doesn't point to a map value\n");
            return Errno.EINVAL;
        }
        Errno error = CheckMapFieldPointer(ref reg, index + 1, kind, name);
        if (error != Errno.None)
            return error;
        if (meta.MapHandle != 0)
            throw NotModeled($"two map pointers in a {name} kfunc");
        meta.MapUid = reg.MapUid;
        meta.MapHandle = reg.MapHandle;
        return Errno.None;
    }

    private Errno CheckResSpinLock(in RegState reg, int index, KfuncMeta meta)
    {
        if (reg.Type != RegKind.MapValue && reg.Type != s_allocated)
        {
            Log.Write($"arg#{index} doesn't point to map value or allocated object\n");
            return Errno.EINVAL;
        }
        if (!KfuncGroups.IsResSpinLock(meta.Name))
            return Errno.EFAULT;
        bool isLock = meta.Name is "bpf_res_spin_lock" or "bpf_res_spin_lock_irqsave";
        bool irq = meta.Name is "bpf_res_spin_lock_irqsave" or "bpf_res_spin_unlock_irqrestore";
        return ProcessSpinLock(index + 1, isLock, irq ? ReferenceKind.ResLockIrq : ReferenceKind.ResLock);
    }
}
