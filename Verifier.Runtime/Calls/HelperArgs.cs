using BpfVerifier.Btf;

namespace BpfVerifier.Runtime;

// The five arguments of a helper call against its prototype.
internal sealed partial class Verification
{
    /// <summary>Checks argument <paramref name="arg"/> (from 0) and notes in <paramref name="meta"/> what it tells.</summary>
    private Errno CheckFuncArg(int arg, CallMeta meta, HelperProto proto, int insnIdx)
    {
        int regno = arg + 1;
        ref RegState reg = ref Regs[regno];
        ArgType argType = proto.Args[arg];
        if (argType == ArgKind.DontCare)
            return Errno.None;

        Errno error = CheckRegArg(regno, RegUse.Source);
        if (error != Errno.None)
            return error;

        if (argType == ArgKind.Anything)
        {
            if (AllowPtrLeaks || reg.Type == RegKind.Scalar)
                return Errno.None;
            Log.Write($"R{regno} leaks addr into helper function\n");
            return Errno.EACCES;
        }

        if (reg.Type.Kind is RegKind.Packet or RegKind.PacketMeta && !MayAccessDirectPktData(meta, AccessKind.Read))
        {
            Log.Write("helper access to the packet is not allowed\n");
            return Errno.EACCES;
        }

        if (argType.Kind == ArgKind.PtrToMapValue)
        {
            error = ResolveMapArgType(meta, ref argType);
            if (error != Errno.None)
                return error;
        }

        if (reg.IsNull && argType.MaybeNull)
        {
            if (Changes.NullArgumentPrecision)
                error = MarkChainPrecision(regno);
        }
        else
        {
            int expectedId = argType.Kind == ArgKind.PtrToBtfId && proto.ArgBtfTypes[arg] is { } name ? KernelTypes.Find(name, BtfKind.Struct) : -1;
            error = CheckRegType(regno, argType, expectedId, meta);
            if (error == Errno.None)
                error = CheckFuncArgRegOff(ref reg, regno, argType);
        }
        if (error == Errno.None)
            error = NoteReference(ref reg, regno, argType, meta);
        return error != Errno.None ? error : CheckArgByKind(ref reg, arg, argType, meta, proto, insnIdx);
    }

    /// <summary>Some map types give the value argument another meaning.</summary>
    private Errno ResolveMapArgType(CallMeta meta, ref ArgType argType)
    {
        if (meta.MapHandle == 0)
            throw NotModeled("map value argument without a map");
        switch (Map(meta.MapHandle).Type)
        {
            case MapType.SockMap or MapType.SockHash:
                if (argType != ArgKind.PtrToMapValue)
                {
                    Log.Write("invalid arg_type for sockmap/sockhash\n");
                    return Errno.EINVAL;
                }
                argType = ArgKind.PtrToBtfIdSockCommon;
                break;
            case MapType.BloomFilter when meta.FuncId == HelperId.MapPeekElem:
                argType = ArgKind.PtrToMapValue;
                break;
        }
        return Errno.None;
    }

    /// <summary>References passed along: at most one, and a released argument must be one.</summary>
    private Errno NoteReference(ref RegState reg, int regno, ArgType argType, CallMeta meta)
    {
        if (!Changes.ReleasedArgumentsMarked && regno == 1 && meta.FuncId is HelperId.SkRelease or HelperId.RingbufSubmit or HelperId.RingbufDiscard)
            meta.ReleaseRegno = regno;
        if (argType.Has(TypeFlags.Release))
        {
            if (argType.Kind == ArgKind.PtrToDynptr)
            {
                Errno error = CheckReleasedDynptr(ref reg, regno);
                if (error != Errno.None)
                    return error;
            }
            else if (reg.RefObjId == 0 && !reg.IsNull)
            {
                Log.Write($"R{regno} must be referenced when passed to release function\n");
                return Errno.EINVAL;
            }
            meta.ReleaseRegno = regno;
        }

        if (reg.RefObjId == 0 || (argType.Kind == ArgKind.KptrXchgDest && Changes.KptrXchgIntoObjects))
            return Errno.None;
        if (meta.RefObjId == 0)
        {
            meta.RefObjId = reg.RefObjId;
            return Errno.None;
        }
        if (Changes.TwoReferencesAreUserError)
        {
            Log.Write($"more than one arg with ref_obj_id R{regno} {reg.RefObjId} {meta.RefObjId}");
            return Errno.EACCES;
        }
        Log.Write($"verifier internal error: more than one arg with ref_obj_id R{regno} {reg.RefObjId} {meta.RefObjId}\n");
        return Errno.EFAULT;
    }

    private Errno CheckArgByKind(ref RegState reg, int arg, ArgType argType, CallMeta meta, HelperProto proto, int insnIdx)
    {
        int regno = arg + 1;
        AccessKind access = argType.Has(TypeFlags.Write) ? AccessKind.Write : AccessKind.Read;
        switch (argType.Kind)
        {
            case ArgKind.ConstMapPtr:
                return NoteMap(ref reg, meta);
            case ArgKind.PtrToMapKey:
                return CheckMapKey(ref reg, regno, meta);
            case ArgKind.PtrToMapValue:
                if (argType.MaybeNull && reg.IsNull)
                    return Errno.None;
                if (meta.MapHandle == 0)
                    throw NotModeled("map value argument without a map");
                meta.RawMode = argType.Has(TypeFlags.Uninit);
                return CheckHelperMemAccess(regno, (int)Map(meta.MapHandle).ValueSize, access, false, meta);
            case ArgKind.PtrToPerCpuBtfId:
                if (reg.BtfId == 0)
                {
                    Log.Write($"Helper has invalid btf_id in R{regno}\n");
                    return Errno.EACCES;
                }
                meta.ReturnBtfOwner = reg.BtfOwner;
                meta.ReturnBtfId = reg.BtfId;
                return Errno.None;
            case ArgKind.PtrToSpinLock:
                return FieldError(CheckSpinLockArg(regno, meta.FuncId));
            case ArgKind.PtrToTimer:
                return FieldError(ProcessTimer(regno, meta));
            case ArgKind.KptrXchgDest:
                return FieldError(ProcessKptr(regno, meta));
            case ArgKind.PtrToFunc:
                meta.SubprogNo = reg.SubprogNo;
                return Errno.None;
            case ArgKind.PtrToMem:
                meta.RawMode = argType.Has(TypeFlags.Uninit);
                if (!argType.Has(TypeFlags.FixedSize))
                    return Errno.None;
                Errno error = CheckHelperMemAccess(regno, proto.ArgSizes[arg], access, false, meta);
                if (error != Errno.None || !argType.Has(TypeFlags.Aligned))
                    return error;
                return CheckPtrAlignment(in reg, 0, proto.ArgSizes[arg], true);
            case ArgKind.ConstSize or ArgKind.ConstSizeOrZero:
                AccessKind memAccess = proto.Args[arg - 1].Has(TypeFlags.Write) ? AccessKind.Write : AccessKind.Read;
                return CheckMemSizeReg(ref reg, regno, memAccess, argType.Kind == ArgKind.ConstSizeOrZero, meta);
            case ArgKind.PtrToDynptr:
                return Changes.DynptrSlotsProtected ? ProcessDynptr(regno, insnIdx, argType, 0) : CheckUntrackedDynptr(ref reg, arg, argType, meta);
            case ArgKind.ConstAllocSizeOrZero:
                if (!reg.Var.IsConst)
                {
                    Log.Write($"R{regno} is not a known constant'\n");
                    return Errno.EACCES;
                }
                meta.MemSize = (int)reg.Var.Value;
                return MarkChainPrecision(regno);
            case ArgKind.PtrToConstStr:
                return CheckConstString(ref reg, regno);
            default:
                return Errno.None;
        }
    }

    /// <summary>Older releases report any failure of a special field as EACCES.</summary>
    private Errno FieldError(Errno error) =>
        error != Errno.None && !Changes.FieldArgumentErrorsKept ? Errno.EACCES : error;

    private Errno NoteMap(ref RegState reg, CallMeta meta)
    {
        // Timers are bound to a map when they are set up: both arguments must name the same one, and for inner maps
        // the same lookup of it.
        if (meta.MapHandle != 0 && (meta.MapHandle != reg.MapHandle || meta.MapUid != reg.MapUid))
        {
            Log.Write($"timer pointer in R1 map_uid={meta.MapUid} doesn't match map pointer in R2 map_uid={reg.MapUid}\n");
            return Errno.EINVAL;
        }
        meta.MapHandle = reg.MapHandle;
        meta.MapUid = reg.MapUid;
        return Errno.None;
    }

    private Errno CheckMapKey(ref RegState reg, int regno, CallMeta meta)
    {
        if (meta.MapHandle == 0)
            throw NotModeled("map key argument without a map");
        MapInfo map = Map(meta.MapHandle);
        Errno error = CheckHelperMemAccess(regno, (int)map.KeySize, AccessKind.Read, false, null);
        if (error != Errno.None || !Changes.ConstantMapKeys || !HelperGroups.LookupCannotMiss(map.Type))
            return error;
        if (!TryConstantMapKey(ref reg, (int)map.KeySize, out meta.ConstMapKey, out error))
            meta.ConstMapKey = -1;
        return error;
    }

    /// <summary>The key's value if it lies on the stack as a spilled constant or as zeros.</summary>
    private bool TryConstantMapKey(ref RegState key, int keySize, out long value, out Errno error)
    {
        value = -1;
        error = Errno.None;
        if (!BpfCapable || key.Type != RegKind.Stack || !key.Var.IsConst)
            return false;

        FrameState frame = Func(in key);
        int slot = -(key.Off + (int)key.Var.Value) - 1;
        int spi = slot / 8;
        int last = slot % 8;
        ref StackSlot stack = ref frame.Stack[spi];

        if (Run(in stack, last, SlotType.Zero) >= keySize)
        {
            value = 0;
            return true;
        }
        if (!stack.IsSpilledScalar || Run(in stack, last, SlotType.Spill) != keySize || !stack.Spilled.Var.IsConst)
            return false;

        error = MarkChainPrecisionSlot(key.FrameNo, spi);
        if (error != Errno.None)
            return false;
        value = (long)frame.Stack[spi].Spilled.Var.Value;
        return true;
    }

    /// <summary>How many bytes of that type there are from byte <paramref name="from"/> downwards.</summary>
    private static int Run(in StackSlot slot, int from, SlotType type)
    {
        int count = 0;
        for (int i = from; i >= 0 && slot[i] == type; i--)
            count++;
        return count;
    }

    private Errno ProcessTimer(int regno, CallMeta meta)
    {
        ref RegState reg = ref Regs[regno];
        MapInfo map = Map(reg.MapHandle);
        Errno error = CheckMapFieldPointer(ref reg, regno, FieldKind.Timer, "bpf_timer");
        if (error != Errno.None)
            return error;
        if (meta.MapHandle != 0)
            throw NotModeled("two map pointers in a timer helper");
        if (Kernel.IsOpen(KernelGate.PreemptRt))
        {
            Log.Write("bpf_timer cannot be used for PREEMPT_RT.\n");
            return Errno.EOPNOTSUPP;
        }
        meta.MapUid = reg.MapUid;
        meta.MapHandle = map.Handle;
        return Errno.None;
    }

    private Errno ProcessKptr(int regno, CallMeta meta)
    {
        ref RegState reg = ref Regs[regno];
        MapRecord? record;
        if (reg.Type.Kind == RegKind.BtfId)
        {
            record = RegBtfRecord(in reg);
        }
        else
        {
            MapInfo map = Map(reg.MapHandle);
            if (!Changes.MapRecords && !reg.Var.IsConst)
                return KptrOffsetNotConstant(regno);
            if (map.Types is null)
            {
                Log.Write($"map '{KernelMapName(map)}' has to have BTF in order to use bpf_kptr_xchg\n");
                return Errno.EINVAL;
            }
            record = map.Record;
            if (!Changes.MapRecords && record?.Has(FieldKind.Kptr) != true)
                return ReportNoKptr(map);
            meta.MapHandle = map.Handle;
        }

        if (!reg.Var.IsConst)
            return KptrOffsetNotConstant(regno);
        if (record?.Has(FieldKind.Kptr) != true)
        {
            Log.Write($"R{regno} has no valid kptr\n");
            return Errno.EINVAL;
        }

        int offset = reg.Off + (int)reg.Var.Value;
        RecordField? field = record.Find(offset, FieldKind.Kptr);
        if (field is null)
        {
            Log.Write($"off={offset} doesn't point to kptr\n");
            return Errno.EACCES;
        }
        if (field.Kind is not (FieldKind.KptrRef or FieldKind.KptrPerCpu))
        {
            Log.Write($"off={offset} kptr isn't referenced kptr\n");
            return Errno.EACCES;
        }
        meta.KptrField = field;
        return Errno.None;
    }

    private Errno KptrOffsetNotConstant(int regno)
    {
        Log.Write($"R{regno} doesn't have constant offset. kptr has to be at the constant offset\n");
        return Errno.EINVAL;
    }

    private Errno ReportNoKptr(MapInfo map)
    {
        const int MaxKptrs = 8;
        switch (map.Record?.KptrError)
        {
            case Errno.E2BIG:
                Log.Write($"map '{KernelMapName(map)}' has more than {MaxKptrs} kptr\n");
                break;
            case (Errno)17:
                Log.Write($"map '{KernelMapName(map)}' has repeating kptr BTF tags\n");
                break;
            default:
                Log.Write($"map '{KernelMapName(map)}' has no valid kptr\n");
                break;
        }
        return Errno.EINVAL;
    }

    /// <summary>The register must point at the map value's field of that kind.</summary>
    private Errno CheckMapFieldPointer(ref RegState reg, int regno, FieldKind kind, string name)
    {
        MapInfo map = Map(reg.MapHandle);
        if (!reg.Var.IsConst)
        {
            Log.Write($"R{regno} doesn't have constant offset. {name} has to be at the constant offset\n");
            return Errno.EINVAL;
        }
        if (map.Types is null)
        {
            Log.Write($"map '{KernelMapName(map)}' has to have BTF in order to use {name}\n");
            return Errno.EINVAL;
        }
        if (map.Record?.Has(kind) != true)
        {
            if (Changes.MapRecords)
                Log.Write($"map '{KernelMapName(map)}' has no valid {name}\n");
            else
                ReportNoField(map, map.Record?.TimerError ?? Errno.EINVAL, name);
            return Errno.EINVAL;
        }
        long offset = (long)(reg.Var.Value + (ulong)(long)reg.Off);
        int expected = map.Record.OffsetOf(kind);
        if (offset == expected)
            return Errno.None;
        Log.Write($"off {offset} doesn't point to 'struct {name}' that is at {expected}\n");
        return Errno.EINVAL;
    }

    /// <summary>Why an older release says that a map has no usable field of a kind.</summary>
    private void ReportNoField(MapInfo map, Errno why, string name)
    {
        switch (why)
        {
            case Errno.E2BIG:
                Log.Write($"map '{KernelMapName(map)}' has more than one 'struct {name}'\n");
                break;
            case Errno.ENOENT:
                Log.Write($"map '{KernelMapName(map)}' doesn't have 'struct {name}'\n");
                break;
            default:
                Log.Write($"map '{KernelMapName(map)}' is not a struct type or {name} is mangled\n");
                break;
        }
    }
}
