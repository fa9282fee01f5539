namespace BpfVerifier.Runtime;

internal enum AccessSource : byte
{
    /// <summary>A load or store instruction.</summary>
    Direct,
    /// <summary>A helper or kfunc on the program's behalf.</summary>
    Helper,
}

/// <summary>Loads and stores: which memory, whether allowed, and what the loaded register then holds.</summary>
internal sealed partial class Verification
{
    private Errno CheckLoadMem(in Insn insn, bool strictAlignmentOnce, bool isLdsx, bool allowTrustMismatch, string context)
    {
        Errno err = CheckRegArg(insn.Src, RegUse.Source);
        if (err == Errno.None)
            err = CheckRegArg(insn.Dst, RegUse.DestinationNoMark);
        if (err != Errno.None)
            return err;
        RegType sourceType = Regs[insn.Src].Type;
        err = CheckMemAccess(InsnIdx, insn.Src, insn.Off, SizeOf(in insn), AccessKind.Read, insn.Dst, strictAlignmentOnce, isLdsx);
        if (err == Errno.None)
            err = SaveAuxPtrType(sourceType, allowTrustMismatch);
        if (err == Errno.None && Changes.RegInvariants)
            err = ReportBoundsViolations(ref Regs[insn.Dst], context);
        return err;
    }

    private Errno CheckStoreReg(in Insn insn, bool strictAlignmentOnce)
    {
        Errno err = CheckRegArg(insn.Src, RegUse.Source);
        if (err == Errno.None)
            err = CheckRegArg(insn.Dst, RegUse.Source);
        if (err != Errno.None)
            return err;
        RegType targetType = Regs[insn.Dst].Type;
        err = CheckMemAccess(InsnIdx, insn.Dst, insn.Off, SizeOf(in insn), AccessKind.Write, insn.Src, strictAlignmentOnce, false);
        return err != Errno.None ? err : SaveAuxPtrType(targetType, false);
    }

    private Errno CheckStoreImm(in Insn insn)
    {
        if (insn.Mode != Opcode.Mem || insn.Src != 0)
            return UsesReservedFields("BPF_ST");
        Errno err = CheckRegArg(insn.Dst, RegUse.Source);
        if (err != Errno.None)
            return err;
        RegType targetType = Regs[insn.Dst].Type;
        if (!Changes.StoreImmediateToContext && targetType == RegKind.Ctx)
        {
            Log.Write($"BPF_ST stores into R{insn.Dst} {RegTypeStr(targetType)} is not allowed\n");
            return Errno.EACCES;
        }
        err = CheckMemAccess(InsnIdx, insn.Dst, insn.Off, SizeOf(in insn), AccessKind.Write, -1, false, false);
        return err != Errno.None || !Changes.StoreImmediateToContext ? err : SaveAuxPtrType(targetType, false);
    }

    private static int SizeOf(in Insn insn) => insn.Size switch
    {
        Opcode.B => 1,
        Opcode.H => 2,
        Opcode.W => 4,
        _ => 8,
    };

    /// <summary>
    /// Loads and stores through some pointers are rewritten for their type after verification, so one instruction must
    /// not meet two such types.
    /// </summary>
    private Errno SaveAuxPtrType(RegType type, bool allowTrustMismatch)
    {
        ref RegType seen = ref Aux[InsnIdx].PtrType;
        if (seen == RegKind.NotInit)
        {
            seen = type;
            return Errno.None;
        }
        if (type == seen || (IsInterchangeable(type) && IsInterchangeable(seen)))
            return Errno.None;
        if (allowTrustMismatch && Changes.MemAndBtfLoadsMix && IsProbed(type) && IsProbed(seen))
        {
            RegKind kind = type.Kind == RegKind.Mem || seen.Kind == RegKind.Mem ? RegKind.Mem : RegKind.BtfId;
            seen = new RegType(kind, (type.Flags | seen.Flags) & (TypeFlags.Untrusted | TypeFlags.ReadOnly));
            return Errno.None;
        }
        if (allowTrustMismatch && !Changes.MemAndBtfLoadsMix && type.Kind == RegKind.BtfId && seen.Kind == RegKind.BtfId)
        {
            seen = new RegType(RegKind.BtfId, TypeFlags.Untrusted);
            return Errno.None;
        }
        Log.Write("same insn cannot be used with different pointers\n");
        return Errno.EINVAL;

        static bool IsInterchangeable(RegType type) => type.Kind is not (RegKind.Ctx or RegKind.Socket or RegKind.SockCommon
            or RegKind.TcpSock or RegKind.XdpSock or RegKind.BtfId or RegKind.Arena);
        static bool IsProbed(RegType type) => type.Kind == RegKind.BtfId
            || (type.Kind == RegKind.Mem && type.Has(TypeFlags.ReadOnly) && type.Has(TypeFlags.Untrusted));
    }

    /// <summary>
    /// Access of <paramref name="size"/> bytes at r<paramref name="regno"/> + <paramref name="off"/>.
    /// <paramref name="valueRegno"/> is the register loaded into or stored from, -1 for immediates, atomics and helpers.
    /// </summary>
    public Errno CheckMemAccess(int insnIdx, int regno, int off, int size, AccessKind kind, int valueRegno, bool strictAlignmentOnce, bool isLdsx)
    {
        ref RegState reg = ref Regs[regno];
        Errno err = CheckPtrAlignment(in reg, off, size, strictAlignmentOnce);
        if (err != Errno.None)
            return err;
        off += reg.Off;
        bool write = kind == AccessKind.Write;
        bool leaks = write && valueRegno >= 0 && IsPointerValue(valueRegno);
        bool loads = !write && valueRegno >= 0;

        switch (reg.Type.Kind)
        {
            case RegKind.MapKey when reg.Type.Flags == 0:
                if (write)
                {
                    Log.Write($"write to change key R{regno} not allowed\n");
                    return Errno.EACCES;
                }
                err = CheckMemRegionAccess(regno, off, size, (int)Map(reg.MapHandle).KeySize, false);
                break;
            case RegKind.MapValue when reg.Type.Flags == 0:
                if (leaks)
                    return LeaksAddress(valueRegno, "map");
                // Decides itself what a load yields.
                err = CheckMapValueAccess(insnIdx, regno, off, size, kind, valueRegno, isLdsx);
                loads = false;
                break;
            case RegKind.Mem:
                err = CheckPtrToMemAccess(regno, off, size, write, leaks, valueRegno);
                loads = valueRegno >= 0 && (!write || reg.Type.IsReadOnlyMem);
                break;
            case RegKind.Ctx when reg.Type.Flags == 0:
                if (leaks)
                    return LeaksAddress(valueRegno, "ctx");
                err = CheckCtxLoadStore(insnIdx, regno, off, size, kind, valueRegno, isLdsx);
                loads = false;
                break;
            case RegKind.Stack when reg.Type.Flags == 0:
                err = CheckStackAccessWithinBounds(regno, off, size, false, kind);
                if (err == Errno.None)
                    err = write ? CheckStackWrite(regno, off, size, valueRegno, insnIdx) : CheckStackRead(regno, off, size, valueRegno);
                loads = false;
                break;
            case RegKind.Packet or RegKind.PacketMeta when reg.Type.Flags == 0:
                if (write && !MayAccessDirectPktData(null, kind))
                {
                    Log.Write("cannot write into packet\n");
                    return Errno.EACCES;
                }
                if (leaks)
                    return LeaksAddress(valueRegno, "packet");
                err = CheckPacketAccess(regno, off, size, false);
                break;
            case RegKind.FlowKeys when reg.Type.Flags == 0:
                if (leaks)
                    return LeaksAddress(valueRegno, "flow keys");
                err = CheckFlowKeysAccess(off, size);
                break;
            case RegKind.Socket or RegKind.SockCommon or RegKind.TcpSock or RegKind.XdpSock when reg.Type.Flags == 0:
                if (write)
                    return CannotWriteInto(regno);
                err = CheckSockAccess(regno, off, size);
                break;
            case RegKind.TpBuffer when reg.Type.Flags == 0:
                err = CheckBufferBounds("tracepoint", in reg, regno, off, size);
                break;
            case RegKind.BtfId when !reg.Type.MaybeNull:
                err = CheckPtrToBtfAccess(regno, off, size, kind, valueRegno);
                loads = false;
                break;
            case RegKind.ConstMap when reg.Type.Flags == 0:
                err = CheckPtrToMapAccess(regno, off, size, kind, valueRegno);
                loads = false;
                break;
            case RegKind.Buf when !reg.Type.MaybeNull || (Changes.NullableBufAccess && !Changes.NullableBufRefused):
                if (write && reg.Type.IsReadOnlyMem)
                    return CannotWriteInto(regno);
                err = CheckBufferBounds(reg.Type.IsReadOnlyMem ? "rdonly" : "rdwr", in reg, regno, off, size);
                loads = valueRegno >= 0 && (reg.Type.IsReadOnlyMem || !write);
                break;
            case RegKind.Arena when reg.Type.Flags == 0:
                break;
            default:
                Log.Write($"R{regno} invalid mem access '{RegTypeStr(reg.Type)}'\n");
                return Errno.EACCES;
        }
        if (err != Errno.None)
            return err;
        if (loads)
            MarkRegUnknown(Regs, valueRegno);
        if (size < 8 && !write && valueRegno >= 0 && Regs[valueRegno].IsScalar())
        {
            if (isLdsx)
                Regs[valueRegno].CoerceToSizeSx(size);
            else
                Regs[valueRegno].CoerceToSize(size, in Changes);
        }
        return Errno.None;
    }

    private Errno LeaksAddress(int regno, string where)
    {
        Log.Write($"R{regno} leaks addr into {where}\n");
        return Errno.EACCES;
    }

    private Errno CannotWriteInto(int regno)
    {
        Log.Write($"R{regno} cannot write into {RegTypeStr(Regs[regno].Type)}\n");
        return Errno.EACCES;
    }

    private Errno CheckPtrToMemAccess(int regno, int off, int size, bool write, bool leaks, int valueRegno)
    {
        ref RegState reg = ref Regs[regno];
        if (reg.Type.MaybeNull)
        {
            Log.Write($"R{regno} invalid mem access '{RegTypeStr(reg.Type)}'\n");
            return Errno.EACCES;
        }
        if (write && reg.Type.IsReadOnlyMem)
            return CannotWriteInto(regno);
        if (leaks)
            return LeaksAddress(valueRegno, "mem");
        // Untrusted memory is only read by probing: its size is not known and does not matter.
        if (reg.Type.IsReadOnlyMem && reg.Type.Has(TypeFlags.Untrusted) && Changes.MemAndBtfLoadsMix)
            return Errno.None;
        return CheckMemRegionAccess(regno, off, size, reg.MemSize, false);
    }

    private Errno CheckFlowKeysAccess(int off, int size)
    {
        if (off >= 0 && (long)off + size <= KernelStruct.BpfFlowKeys.Size)
            return Errno.None;
        Log.Write($"invalid access to flow keys off={off} size={size}\n");
        return Errno.EACCES;
    }

    /// <summary>Buffers whose size only the attacher knows: offsets must be constant and not negative.</summary>
    private Errno CheckBufferBounds(string what, in RegState reg, int regno, int off, int size)
    {
        if (off < 0)
        {
            Log.Write($"R{regno} invalid {what} buffer access: off={off}, size={size}\n");
            return Errno.EACCES;
        }
        if (reg.Var != Tnum.Const(0))
        {
            Log.Write($"R{regno} invalid variable buffer offset: off={off}, var_off={TnumStr(reg.Var)}\n");
            return Errno.EACCES;
        }
        return Errno.None;
    }

    /// <summary>Packet data may be accessed directly by this program type (and, for writes, changed).</summary>
    public bool MayAccessDirectPktData(CallMeta? meta, AccessKind kind)
    {
        switch (ProgType)
        {
            case ProgramType.LwtIn or ProgramType.LwtOut or ProgramType.LwtSeg6local or ProgramType.SkReusePort
                or ProgramType.FlowDissector or ProgramType.CgroupSkb when kind == AccessKind.Write:
                return false;
            case ProgramType.LwtIn or ProgramType.LwtOut or ProgramType.LwtSeg6local or ProgramType.SkReusePort
                or ProgramType.FlowDissector or ProgramType.CgroupSkb
                or ProgramType.SchedCls or ProgramType.SchedAct or ProgramType.Xdp or ProgramType.LwtXmit
                or ProgramType.SkSkb or ProgramType.SkMsg:
                return meta is null || meta.PacketAccess;
            case ProgramType.CgroupSockOpt:
                return true;
            default:
                return false;
        }
    }
}
