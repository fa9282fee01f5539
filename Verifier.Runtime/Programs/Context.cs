using BpfVerifier.Btf;

namespace BpfVerifier.Runtime;

/// <summary>Accesses to the context, the struct r1 points to when a program starts.</summary>
internal sealed partial class Verification
{
    /// <summary>What an allowed context access yields.</summary>
    private struct ContextField
    {
        public RegType Type;
        public BtfOwner BtfOwner;
        public int BtfId;
        /// <summary>The reference the pointer came with, 0 if none.</summary>
        public uint RefObjId;
        /// <summary>The value a traced function returned.</summary>
        public bool IsReturnValue;
    }

    private Errno CheckCtxLoadStore(int insnIdx, int regno, int off, int size, AccessKind kind, int valueRegno, bool isLdsx)
    {
        Errno err = CheckPtrOffReg(ref Regs[regno], regno);
        if (err != Errno.None)
            return err;
        if (!IsValidContextAccess(off, size, kind, isLdsx, out ContextField field))
        {
            Log.Write($"invalid bpf_context access off={off} size={size}\n");
            VerboseLinfo(insnIdx, "; ");
            return Errno.EACCES;
        }
        if (field.Type.Kind == RegKind.BtfId && field.RefObjId != 0 && !HoldsReference(field.RefObjId))
        {
            Log.Write($"invalid bpf_context access off={off}. Reference may already be released\n");
            return Errno.EACCES;
        }
        if (kind != AccessKind.Read || valueRegno < 0)
            return Errno.None;
        ref RegState value = ref Regs[valueRegno];
        if (field.Type == RegKind.Scalar)
        {
            ReturnRange range = default;
            bool ranged = field.IsReturnValue && Changes.LsmReturnValueRanges && TryFuncReturnRange(out range);
            if (!ranged || Changes.ReturnValueLoadsForgetBounds)
                MarkRegUnknown(Regs, valueRegno);
            if (ranged)
            {
                err = value.SetS32Range(this, range.Min, range.Max);
                if (err != Errno.None)
                    return err;
            }
        }
        else
        {
            value.SetKnownZero();
            if (field.Type.MaybeNull)
                value.Id = NewId();
            if (field.Type.Kind == RegKind.BtfId)
            {
                value.BtfOwner = field.BtfOwner;
                value.BtfId = field.BtfId;
                value.RefObjId = field.RefObjId;
            }
        }
        value.Type = field.Type;
        return Errno.None;
    }

    private bool IsValidContextAccess(int off, int size, AccessKind kind, bool isLdsx, out ContextField field)
    {
        field = new ContextField { Type = RegKind.Scalar };
        if (ReadsFunctionArguments)
            return IsValidArgumentAccess(off, size, kind, ref field);
        if (FieldOfAttachType(off, size, kind) is { } decided)
            return decided;
        if (ProgType == ProgramType.CgroupSock)
            return SockFieldReadable(off, size) && CgroupSockFieldAllowed(off, kind);
        if (ProgType == ProgramType.Netfilter)
            return IsValidNetfilterAccess(off, size, kind, ref field);
        if (!Kernel.KnowsContext(ProgType))
            throw NotModeled($"context of program type {ProgType}");
        if (off >= Kernel.ContextWindow || (off < 0 && ProgType == ProgramType.Tracepoint))
            return IsValidFarAccess(off, size, kind);
        if (!Kernel.MayAccessContext(ProgType, off, size, kind, out RegType yields))
            return false;
        // Pointers in the context are loaded as they are, never sign-extended.
        if (isLdsx && (yields.IsPacketPointer || yields == RegKind.PacketEnd))
            return false;
        if (yields.Kind == RegKind.BtfId)
            throw NotModeled($"typed pointers in the context of program type {ProgType}");
        field.Type = yields == RegKind.NotInit ? RegKind.Scalar : yields;
        return true;
    }

    /// <summary>
    /// Offsets the table does not reach. Only two contexts are that large: a tracepoint's record (8192 bytes, read only)
    /// and the argument of a syscall program (up to 65534 bytes). Kernels compare a tracepoint's offset as if it were
    /// unsigned with the first, and as signed with the last: below zero everything is allowed.
    /// </summary>
    private bool IsValidFarAccess(int off, int size, AccessKind kind) => off % size == 0 && ProgType switch
    {
        ProgramType.Tracepoint => kind == AccessKind.Read && off < 8192,
        ProgramType.Syscall => off < ushort.MaxValue,
        _ => false,
    };

    /// <summary>The program sees a uapi struct; accesses are rewritten to the kernel's own (convert_ctx_access).</summary>
    private bool ConvertsContext => Kernel.ConvertsContext(ProgType);

    /// <summary>The program type allows stores into some kernel structs (btf_struct_access); those of struct_ops depend on the table implemented.</summary>
    private bool WritesBtfStructs => Kernel.WritesStructs(ProgType) || ProgType == ProgramType.StructOps;

    /// <summary>struct bpf_nf_ctx: two trusted pointers to kernel structs, read whole.</summary>
    private bool IsValidNetfilterAccess(int off, int size, AccessKind kind, ref ContextField field)
    {
        if (kind != AccessKind.Read || size != 8 || off is not (0 or 8))
            return false;
        field.Type = new RegType(RegKind.BtfId, TypeFlags.Trusted);
        field.BtfOwner = BtfOwner.Kernel;
        field.BtfId = KernelTypes.Find(off == 0 ? "nf_hook_state" : "sk_buff", BtfKind.Struct);
        return field.BtfId > 0;
    }

    /// <summary>Fields that some attach types of a program type have and others lack; null where the table decides.</summary>
    private bool? FieldOfAttachType(int off, int size, AccessKind kind) => ProgType switch
    {
        ProgramType.CgroupSockAddr => SockAddrField(off, size, kind),
        ProgramType.CgroupSockOpt => SockOptField(off, size, kind),
        ProgramType.CgroupSkb when !BpfCapable => UnprivilegedSkbField(off, kind),
        ProgramType.Xdp when off == KernelStruct.XdpMd.EgressIfindex =>
            ExpectedAttachType == AttachType.XdpDevmap && kind == AccessKind.Read && size == 4,
        _ => null,
    };

    /// <summary>Without CAP_BPF a cgroup program neither reaches the packet nor sets its time.</summary>
    private static bool? UnprivilegedSkbField(int off, AccessKind kind)
    {
        bool packet = Within(off, KernelStruct.__SkBuff.Data, 4) || Within(off, KernelStruct.__SkBuff.DataEnd, 4);
        return packet || (kind == AccessKind.Write && Within(off, KernelStruct.__SkBuff.Tstamp, 8)) ? false : null;
    }

    /// <summary>getsockopt programs see and set the result, setsockopt programs may change level and name.</summary>
    private bool? SockOptField(int off, int size, AccessKind kind)
    {
        if (off == KernelStruct.BpfSockopt.Retval)
            return size == 4 && ExpectedAttachType == AttachType.CgroupGetsockopt;
        if (kind == AccessKind.Write && (off is KernelStruct.BpfSockopt.Level or KernelStruct.BpfSockopt.Optname))
            return size == 4 && ExpectedAttachType == AttachType.CgroupSetsockopt;
        return null;
    }

    /// <summary>
    /// Addresses in the context of connect, bind and message hooks belong to one family: the fields of the other are
    /// closed (uapi bpf.h, struct bpf_sock_addr). Null where the table decides.
    /// </summary>
    private bool? SockAddrField(int off, int size, AccessKind kind)
    {
        const int UserIp6 = KernelStruct.BpfSockAddr.UserIp6;
        const int MsgSrcIp6 = KernelStruct.BpfSockAddr.MsgSrcIp6;
        bool open;
        if (Within(off, KernelStruct.BpfSockAddr.UserIp4, 4))
            open = ExpectedAttachType is AttachType.CgroupInet4Bind or AttachType.CgroupInet4Connect
                or AttachType.CgroupInet4Getpeername or AttachType.CgroupInet4Getsockname
                or AttachType.CgroupUdp4Sendmsg or AttachType.CgroupUdp4Recvmsg;
        else if (Within(off, UserIp6, 16))
            open = ExpectedAttachType is AttachType.CgroupInet6Bind or AttachType.CgroupInet6Connect
                or AttachType.CgroupInet6Getpeername or AttachType.CgroupInet6Getsockname
                or AttachType.CgroupUdp6Sendmsg or AttachType.CgroupUdp6Recvmsg;
        else if (Within(off, KernelStruct.BpfSockAddr.MsgSrcIp4, 4))
            open = ExpectedAttachType == AttachType.CgroupUdp4Sendmsg;
        else if (Within(off, MsgSrcIp6, 16))
            open = ExpectedAttachType == AttachType.CgroupUdp6Sendmsg;
        else
            return null;
        if (!open || off % size != 0)
            return false;
        // Two words of an IPv6 address may be moved at once.
        bool wide = size == 8 && (Within(off, UserIp6, 16 - 7) || Within(off, MsgSrcIp6, 16 - 7));
        return wide || (kind == AccessKind.Read ? NarrowLoadAllowed(off, size, 4) : size == 4);
    }

    /// <summary>Which fields of struct bpf_sock a cgroup sock program may touch depends on its attach type.</summary>
    private bool CgroupSockFieldAllowed(int off, AccessKind kind)
    {
        AttachType attach = ExpectedAttachType;
        if (off is KernelStruct.BpfSock.BoundDevIf or KernelStruct.BpfSock.Mark or KernelStruct.BpfSock.Priority)
            return attach is AttachType.CgroupInetSockCreate or AttachType.CgroupInetSockRelease;
        bool open = true;
        if (Within(off, KernelStruct.BpfSock.SrcIp4, 4))
            open = attach == AttachType.CgroupInet4PostBind;
        else if (Within(off, KernelStruct.BpfSock.SrcIp6, 16))
            open = attach == AttachType.CgroupInet6PostBind;
        else if (Within(off, KernelStruct.BpfSock.SrcPort, 4))
            open = attach is AttachType.CgroupInet4PostBind or AttachType.CgroupInet6PostBind;
        return open && kind == AccessKind.Read;
    }
}
