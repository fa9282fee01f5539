using BpfVerifier.Btf;

namespace BpfVerifier.Runtime;

// What r0 holds after a helper call.
internal sealed partial class Verification
{
    private const int MaxErrno = 4095;

    private Errno SetHelperResult(int helper, HelperProto proto, CallMeta meta, RegState[] regs, bool perCpuObject, int insnIdx)
    {
        ref RegState r0 = ref regs[0];
        Errno error = SetResultType(ref r0, helper, proto, meta, regs, perCpuObject);
        if (error != Errno.None)
            return error;

        if (r0.Type.MaybeNull)
            r0.Id = NewId();
        if (helper == HelperId.DynptrData && Changes.DynptrSlotsProtected)
            r0.DynptrId = meta.DynptrId;

        MapType mapType = meta.MapHandle == 0 ? MapType.Unspec : Map(meta.MapHandle).Type;
        if (HelperGroups.CastsPointer(helper) || helper == HelperId.DynptrData)
            r0.RefObjId = meta.RefObjId;
        else if (HelperGroups.Acquires(helper, mapType))
            r0.Id = r0.RefObjId = AcquireReference(insnIdx);
        return RefineReturnRange(ref r0, helper, proto, meta);
    }

    private Errno SetResultType(ref RegState r0, int helper, HelperProto proto, CallMeta meta, RegState[] regs, bool perCpuObject)
    {
        TypeFlags flags = proto.Return.Flags;
        switch (proto.Return.Kind)
        {
            case ReturnKind.Integer:
                MarkRegUnknown(regs, 0);
                return Errno.None;
            case ReturnKind.Void:
                r0.Type = RegKind.NotInit;
                return Errno.None;
            case ReturnKind.PtrToMapValue:
                SetMapValueResult(ref r0, helper, flags, meta);
                return Errno.None;
            case ReturnKind.PtrToSocket:
                return SetPointer(ref r0, RegKind.Socket, flags);
            case ReturnKind.PtrToSockCommon:
                return SetPointer(ref r0, RegKind.SockCommon, flags);
            case ReturnKind.PtrToTcpSock:
                return SetPointer(ref r0, RegKind.TcpSock, flags);
            case ReturnKind.PtrToMem:
                // Older headers call ring buffer memory "allocated".
                if (!Changes.TrustedPointers && (flags & TypeFlags.Alloc) != 0)
                    flags = (flags & ~TypeFlags.Alloc) | TypeFlags.RingBuf;
                SetPointer(ref r0, RegKind.Mem, flags);
                r0.MemSize = meta.MemSize;
                return Errno.None;
            case ReturnKind.PtrToMemOrBtfId:
                return SetPerCpuResult(ref r0, flags, meta, perCpuObject);
            case ReturnKind.PtrToBtfId:
                return SetBtfResult(ref r0, helper, flags, proto, meta);
            default:
                throw NotModeled($"helper return kind {proto.Return.Kind}");
        }
    }

    private static Errno SetPointer(ref RegState r0, RegKind kind, TypeFlags flags)
    {
        r0.SetKnownZero();
        r0.Type = new RegType(kind, flags);
        return Errno.None;
    }

    private void SetMapValueResult(ref RegState r0, int helper, TypeFlags flags, CallMeta meta)
    {
        if (meta.MapHandle == 0)
            throw NotModeled("map value result without a map");
        MapInfo map = Map(meta.MapHandle);
        if (Changes.ConstantMapKeys && helper == HelperId.MapLookupElem && HelperGroups.LookupCannotMiss(map.Type)
            && meta.ConstMapKey >= 0 && meta.ConstMapKey < map.Map.MaxEntries)
            flags &= ~TypeFlags.MaybeNull;

        SetPointer(ref r0, RegKind.MapValue, flags);
        r0.MapHandle = meta.MapHandle;
        r0.MapUid = meta.MapUid;
        // Values with a lock must be told apart, so each lookup has a number.
        if ((flags & TypeFlags.MaybeNull) == 0 && map.Record?.Has(FieldKind.SpinLock | FieldKind.ResSpinLock) == true)
            r0.Id = NewId();
    }

    private Errno SetPerCpuResult(ref RegState r0, TypeFlags flags, CallMeta meta, bool perCpuObject)
    {
        r0.SetKnownZero();
        BtfTypes types = Types(meta.ReturnBtfOwner);
        BtfType type = types[types.SkipModifiersAndTypedefs(meta.ReturnBtfId)];
        if (!type.IsStruct)
        {
            if (!types.TryResolveSize(type.Id, out long size))
            {
                Log.Write($"unable to resolve the size of type '{type.Name}': {-(int)Errno.EINVAL}\n");
                return Errno.EINVAL;
            }
            r0.Type = new RegType(RegKind.Mem, flags);
            r0.MemSize = (int)size;
            return Errno.None;
        }
        r0.Type = perCpuObject
            ? new RegType(RegKind.BtfId, TypeFlags.Alloc | TypeFlags.Rcu)
            : new RegType(RegKind.BtfId, flags & ~TypeFlags.ReadOnly);
        r0.BtfOwner = meta.ReturnBtfOwner;
        r0.BtfId = meta.ReturnBtfId;
        return Errno.None;
    }

    private Errno SetBtfResult(ref RegState r0, int helper, TypeFlags flags, HelperProto proto, CallMeta meta)
    {
        SetPointer(ref r0, RegKind.BtfId, flags);
        BtfOwner owner = BtfOwner.Kernel;
        int id;
        if (helper == HelperId.KptrXchg)
        {
            RecordField field = meta.KptrField!;
            owner = field.PointeeOwner;
            id = field.PointeeId;
            if (owner != BtfOwner.Kernel)
                r0.Type |= field.Kind == FieldKind.KptrPerCpu ? TypeFlags.Alloc | TypeFlags.PerCpu : TypeFlags.Alloc;
        }
        else
        {
            id = Math.Max(0, KernelTypes.Find(proto.ReturnBtfType ?? throw NotModeled("BTF result without a type"), BtfKind.Struct));
        }
        if (id == 0)
        {
            // 8 is RET_PTR_TO_BTF_ID in every release known here.
            Log.Write($"invalid return type 8 of func {HelperName(helper)}#{helper}\n");
            return Errno.EINVAL;
        }
        r0.BtfOwner = owner;
        r0.BtfId = id;
        return Errno.None;
    }

    /// <summary>What is known of the numbers some helpers return.</summary>
    private Errno RefineReturnRange(ref RegState r0, int helper, HelperProto proto, CallMeta meta)
    {
        if (proto.Return.Kind != ReturnKind.Integer || proto.Return.Flags != TypeFlags.None)
            return Errno.None;
        switch (helper)
        {
            case HelperId.GetStack or HelperId.GetTaskStack or HelperId.ProbeReadStr or HelperId.ProbeReadKernelStr or HelperId.ProbeReadUserStr:
                r0.SMax = (long)meta.MaxSizeValue;
                r0.S32Max = (int)meta.MaxSizeValue;
                r0.SMin = -MaxErrno;
                r0.S32Min = -MaxErrno;
                r0.SyncBounds(in Changes);
                break;
            case HelperId.GetSmpProcessorId when Changes.CpuIdRange:
                int last = Kernel.PossibleCpus - 1;
                r0.UMin = 0;
                r0.U32Min = 0;
                r0.SMin = 0;
                r0.S32Min = 0;
                r0.UMax = (ulong)last;
                r0.U32Max = (uint)last;
                r0.SMax = last;
                r0.S32Max = last;
                r0.SyncBounds(in Changes);
                break;
        }
        return ReportBoundsViolations(ref r0, "retval");
    }
}
