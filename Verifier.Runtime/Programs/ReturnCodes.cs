using BpfVerifier.Btf;

namespace BpfVerifier.Runtime;

/// <summary>What a program may return when it ends.</summary>
internal sealed partial class Verification
{
    public Errno CheckReturnCode(int regno, string regName)
    {
        FrameState outermost = State.Frames[0]!;
        bool isSubprog = outermost.SubprogNo != 0;
        if ((!isSubprog || outermost.InExceptionCallback) && ProgType is ProgramType.Lsm or ProgramType.StructOps
            && !(ProgType == ProgramType.Lsm && ExpectedAttachType == AttachType.LsmCgroup)
            && _attachProto != 0 && Types(_attachOwner)[_attachProto].ReturnTypeId == 0)
            return Errno.None;
        if (ProgType == ProgramType.StructOps && !isSubprog && ReturnsReference(in Regs[regno]))
            return CheckPtrOffReg(ref Regs[regno], regno);

        // The value is used: it must be there, and a pointer must not get out.
        Errno err = CheckRegArg(regno, RegUse.Source);
        if (err != Errno.None)
            return err;
        if (IsPointerValue(regno))
        {
            Log.Write($"R{regno} leaks addr as return value\n");
            return Errno.EACCES;
        }
        ref RegState reg = ref Regs[regno];
        if (outermost.InAsyncCallback)
            return CheckAsyncCallbackReturn(ref reg, regno, regName, outermost);
        if (isSubprog && !outermost.InExceptionCallback)
        {
            if (reg.IsScalar())
                return Errno.None;
            Log.Write($"At subprogram exit the register R{regno} is not a scalar value ({RegTypeStr(reg.Type)})\n");
            return Errno.EINVAL;
        }
        err = ProgramReturnRange(isSubprog, out ReturnRange? range, out bool only32);
        if (err != Errno.None || range is not { } allowed)
            return err;
        return EnforceReturnRange(ref reg, regno, regName, allowed, only32, Changes.ReturnRangesByBounds ? "At program exit" : "program exit", isSubprog);
    }

    private Errno CheckAsyncCallbackReturn(ref RegState reg, int regno, string regName, FrameState frame)
    {
        if (Changes.ReturnRangesByBounds)
        {
            ReturnRange range = Changes.AsyncCallbackReturnRanges ? frame.CallbackReturnRange : new ReturnRange(0, 0);
            return EnforceReturnRange(ref reg, regno, regName, range, false, "At async callback return", State.Frames[0]!.SubprogNo != 0);
        }
        if (!reg.IsScalar())
        {
            Log.Write($"In async callback the register R0 is not a known value ({RegTypeStr(reg.Type)})\n");
            return Errno.EINVAL;
        }
        if (Tnum.Const(0).Contains(reg.Var))
            return Errno.None;
        VerboseInvalidScalar(in reg, Tnum.Const(0), "async callback", "R0");
        return Errno.EINVAL;
    }

    private Errno EnforceReturnRange(ref RegState reg, int regno, string regName, ReturnRange range, bool only32, string context, bool isSubprog)
    {
        if (!reg.IsScalar())
        {
            string where = Changes.ReturnRangesByBounds ? context : "At program exit";
            Log.Write($"{where} the register R{regno} is not a known value ({RegTypeStr(reg.Type)})\n");
            return Errno.EINVAL;
        }
        bool inside;
        if (Changes.ReturnRangesByBounds)
        {
            Errno err = MarkChainPrecision(regno);
            if (err != Errno.None)
                return err;
            inside = only32 ? range.Min <= reg.S32Min && reg.S32Max <= range.Max : range.Min <= reg.SMin && reg.SMax <= range.Max;
            if (!inside)
                VerboseInvalidScalar(in reg, range, context, regName);
        }
        else
        {
            Tnum allowed = Tnum.Range((ulong)range.Min, (ulong)range.Max);
            inside = allowed.Contains(reg.Var);
            if (!inside)
                VerboseInvalidScalar(in reg, allowed, context, regName);
        }
        if (inside)
            return Errno.None;
        if (!isSubprog && ProgType == ProgramType.Lsm && ExpectedAttachType == AttachType.LsmCgroup && _attachProto != 0
            && Types(_attachOwner)[_attachProto].ReturnTypeId == 0)
            Log.Write("Note, BPF_LSM_CGROUP that attach to void LSM hooks can't modify return value!\n");
        return Errno.EINVAL;
    }

    /// <summary>The range this program type (and attach type) may return; null when anything goes.</summary>
    private Errno ProgramReturnRange(bool isSubprog, out ReturnRange? range, out bool only32)
    {
        var zero = new ReturnRange(0, 0);
        var zeroOrOne = new ReturnRange(0, 1);
        only32 = false;
        range = null;
        switch (RuleType)
        {
            case ProgramType.CgroupSockAddr:
                range = ExpectedAttachType switch
                {
                    AttachType.CgroupUdp4Recvmsg or AttachType.CgroupUdp6Recvmsg or AttachType.CgroupUnixRecvmsg
                        or AttachType.CgroupInet4Getpeername or AttachType.CgroupInet6Getpeername or AttachType.CgroupUnixGetpeername
                        or AttachType.CgroupInet4Getsockname or AttachType.CgroupInet6Getsockname or AttachType.CgroupUnixGetsockname
                        => new ReturnRange(1, 1),
                    AttachType.CgroupInet4Bind or AttachType.CgroupInet6Bind when Changes.BindsMayKeepPorts => new ReturnRange(0, 3),
                    _ => zeroOrOne,
                };
                break;
            case ProgramType.CgroupSkb:
                range = ExpectedAttachType == AttachType.CgroupInetEgress ? new ReturnRange(0, 3) : zeroOrOne;
                break;
            case ProgramType.CgroupSock or ProgramType.SockOps or ProgramType.CgroupDevice or ProgramType.CgroupSysctl
                or ProgramType.CgroupSockOpt or ProgramType.SkLookup:
                range = zeroOrOne;
                break;
            case ProgramType.RawTracepoint when Program.AttachBtfId != 0:
                range = zero;
                break;
            case ProgramType.Tracing:
                switch (ExpectedAttachType)
                {
                    case AttachType.TraceFentry or AttachType.TraceFexit:
                    case AttachType.TraceFsession when Changes.FsessionPrograms:
                        range = zero;
                        break;
                    case AttachType.TraceRawTp or AttachType.ModifyReturn:
                        break;
                    case AttachType.TraceIter:
                        range = zeroOrOne;
                        break;
                    default:
                        return Errno.ENOTSUPP;
                }
                break;
            case ProgramType.Kprobe when ExpectedAttachType == AttachType.TraceKprobeSession && Changes.KprobeSessionReturnRange:
            case ProgramType.Kprobe when ExpectedAttachType == AttachType.TraceUprobeSession && Changes.UprobeSessionReturnRange:
            case ProgramType.Netfilter:
                range = zeroOrOne;
                break;
            case ProgramType.Lsm when ExpectedAttachType == AttachType.LsmCgroup:
                range = _attachProto != 0 && Types(_attachOwner)[_attachProto].ReturnTypeId == 0 ? new ReturnRange(1, 1) : zeroOrOne;
                break;
            case ProgramType.Lsm when Changes.LsmReturnValueRanges && TryFuncReturnRange(out ReturnRange declared):
                only32 = true;
                range = declared;
                break;
            case ProgramType.StructOps when Changes.StructOpsReferences && !isSubprog && StructOpsReturnedType() != 0:
                // Null: an object would have been handed over with its reference.
                range = zero;
                break;
        }
        return Errno.None;
    }

    /// <summary>The struct a struct_ops member returns a pointer to, 0 if it returns something else.</summary>
    private int StructOpsReturnedType()
    {
        BtfTypes types = Types(_attachOwner);
        BtfType pointer = types[types.SkipModifiersAndTypedefs(types[_attachProto].ReturnTypeId)];
        return pointer.Kind == BtfKind.Ptr ? types.SkipModifiersAndTypedefs(pointer.TypeId) : 0;
    }

    /// <summary>The pointer is what the member returns, with a reference that passes to the kernel.</summary>
    private bool ReturnsReference(in RegState reg) =>
        Changes.StructOpsReferences && reg.RefObjId != 0 && reg.BtfId != 0 && reg.BtfOwner == BtfOwner.Kernel && reg.BtfId == StructOpsReturnedType();

    /// <summary>LSM hooks return 0 or a negative errno, a few a boolean; false when the hook's result is free or void.</summary>
    private bool TryFuncReturnRange(out ReturnRange range)
    {
        range = default;
        if (ProgType != ProgramType.Lsm || ExpectedAttachType != AttachType.LsmMac || _attachProto == 0)
            return false;
        BtfTypes types = Types(_attachOwner);
        if (types[_attachProto].ReturnTypeId == 0)
            return false;
        range = Kernel.IsIn(KernelSet.BoolLsmHooks, _attachName)
            ? new ReturnRange(0, 1)
            : new ReturnRange(-4095, 0);
        return true;
    }
}
