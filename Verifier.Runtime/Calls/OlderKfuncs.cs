using BpfVerifier.Btf;

namespace BpfVerifier.Runtime;

// Kfunc calls of releases before trusted pointers: one pass over the arguments, types compared by BTF alone.
internal sealed partial class Verification
{
    private Errno CheckOlderKfuncCall(KfuncMeta meta, int insnIdx)
    {
        if (meta.Is(KfuncFlags.Destructive) && (Kernel.Capabilities & LoaderCapabilities.SysAdmin) == 0)
        {
            Log.Write("destructive kfunc calls require CAP_SYS_BOOT capabilities\n");
            return Errno.EACCES;
        }
        Errno error = MatchKfuncArgs(meta);
        if (error != Errno.None)
            return error;
        if (meta.ReleaseRegno != 0)
        {
            error = ReleaseReference(Regs[meta.ReleaseRegno].RefObjId);
            if (error != Errno.None)
                return NotAcquired(meta, error);
        }
        RegState[] regs = Regs;
        for (int i = 0; i < CallerSavedRegs; i++)
            MarkRegNotInit(regs, i);
        error = SetOlderKfuncResult(meta, regs, insnIdx);
        if (error == Errno.None)
            MarkKfuncArgsRead(meta);
        return error;
    }

    private Errno MatchKfuncArgs(KfuncMeta meta)
    {
        BtfType proto = meta.Proto;
        if (proto.VLen > ArgCount)
        {
            Log.Write($"Function {meta.Name} has {proto.VLen} > {ArgCount} args\n");
            return Errno.EINVAL;
        }
        int referencedRegno = 0;
        for (int i = 0; i < proto.VLen; i++)
        {
            BtfType type = Underlying(KernelTypes, proto.Param(i).TypeId);
            Errno error;
            if (IsScalarType(type))
            {
                error = MatchKfuncScalar(meta, proto.Param(i), i + 1);
            }
            else if (type.Kind != BtfKind.Ptr)
            {
                Log.Write($"Unrecognized arg#{i} type {BtfKindStr(type)}\n");
                return Errno.EINVAL;
            }
            else
            {
                error = MatchKfuncPointer(meta, type, ref i, ref referencedRegno);
            }
            if (error != Errno.None)
                return error;
        }
        if (meta.Releases && referencedRegno == 0)
        {
            Log.Write($"release kernel function {meta.Name} expects refcounted PTR_TO_BTF_ID\n");
            return Errno.EINVAL;
        }
        if (meta.Is(KfuncFlags.Sleepable) && !ProgramIsSleepable)
        {
            Log.Write($"kernel function {meta.Name} is sleepable but the program is not\n");
            return Errno.EINVAL;
        }
        meta.ReleaseRegno = meta.Releases ? referencedRegno : 0;
        return Errno.None;
    }

    private Errno MatchKfuncScalar(KfuncMeta meta, BtfParam param, int regno)
    {
        ref RegState reg = ref Regs[regno];
        if (reg.Type == RegKind.Scalar)
            return CheckKfuncBufferSize(meta, param, regno);
        Log.Write($"R{regno} is not a scalar\n");
        return Errno.EINVAL;
    }

    private static bool ConvertsToSocket(in RegState reg) => reg.Type.Kind is RegKind.Socket or RegKind.SockCommon or RegKind.TcpSock;

    private Errno MatchKfuncPointer(KfuncMeta meta, BtfType pointer, ref int index, ref int referencedRegno)
    {
        int regno = index + 1;
        ref RegState reg = ref Regs[regno];
        bool trusted = meta.Is(KfuncFlags.TrustedArgs);
        bool isObject = reg.Type == RegKind.Ctx || reg.Type == RegKind.BtfId || ConvertsToSocket(in reg);
        if (trusted && isObject && reg.Type != RegKind.Ctx && reg.RefObjId == 0)
        {
            Log.Write($"R{regno} must be referenced\n");
            return Errno.EINVAL;
        }
        bool asRelease = (trusted && isObject) || (meta.Releases && reg.RefObjId != 0);
        Errno error = CheckFuncArgRegOff(ref reg, regno, new ArgType(ArgKind.DontCare, asRelease ? TypeFlags.Release : TypeFlags.None));
        if (error != Errno.None)
            return error;
        if (reg.RefObjId != 0)
        {
            if (referencedRegno != 0)
            {
                Log.Write($"verifier internal error: more than one arg with ref_obj_id R{regno} {reg.RefObjId} {meta.RefObjId}\n");
                return Errno.EFAULT;
            }
            referencedRegno = regno;
            meta.RefObjId = reg.RefObjId;
        }

        BtfType pointee = Underlying(KernelTypes, pointer.TypeId);
        if (index == 0 && meta.Is(KfuncFlags.KptrGet))
            return MatchKptrArg(in reg, meta, pointee);
        if (IsProgCtxType(KernelTypes, pointer, ProgType))
        {
            if (reg.Type == RegKind.Ctx)
                return Errno.None;
            Log.Write($"arg#{index} expected pointer to ctx, but got {BtfKindStr(pointer)}\n");
            return Errno.EINVAL;
        }
        if (reg.Type == RegKind.BtfId || (ConvertsToSocket(in reg) && reg.Type.Flags == 0))
            return MatchKfuncObject(in reg, index, meta, pointee);
        return MatchKfuncMemory(ref reg, ref index, meta, pointee);
    }

    /// <summary>A map value's field that holds a referenced object.</summary>
    private Errno MatchKptrArg(in RegState reg, KfuncMeta meta, BtfType pointee)
    {
        if (reg.Type != RegKind.MapValue)
        {
            Log.Write("arg#0 expected pointer to map value\n");
            return Errno.EINVAL;
        }
        if (!reg.Var.IsConst)
        {
            Log.Write("arg#0 must have constant offset\n");
            return Errno.EINVAL;
        }
        long offset = reg.Off + (long)reg.Var.Value;
        if (Map(reg.MapHandle).Record?.Find((int)offset, FieldKind.Kptr) is not { Kind: FieldKind.KptrRef } field)
        {
            Log.Write($"arg#0 no referenced kptr at map value offset={offset}\n");
            return Errno.EINVAL;
        }
        if (pointee.Kind != BtfKind.Ptr)
        {
            Log.Write("arg#0 BTF type must be a double pointer\n");
            return Errno.EINVAL;
        }
        pointee = Underlying(KernelTypes, pointee.TypeId);
        if (!pointee.IsStruct)
        {
            Log.Write($"kernel function {meta.Name} args#0 pointer type {BtfKindStr(pointee)} {pointee.Name} is not supported\n");
            return Errno.EINVAL;
        }
        if (BtfStructIdsMatch(BtfOwner.Kernel, pointee.Id, 0, field.PointeeOwner, field.PointeeId, true, true))
            return Errno.None;
        Log.Write($"kernel function {meta.Name} args#0 expected pointer to {BtfKindStr(pointee)} {pointee.Name}\n");
        return Errno.EINVAL;
    }

    private Errno MatchKfuncObject(in RegState reg, int index, KfuncMeta meta, BtfType pointee)
    {
        if (!pointee.IsStruct)
        {
            Log.Write($"kernel function {meta.Name} args#{index} pointer type {BtfKindStr(pointee)} {pointee.Name} is not supported\n");
            return Errno.EINVAL;
        }
        BtfOwner owner = reg.Type.Kind == RegKind.BtfId ? reg.BtfOwner : BtfOwner.Kernel;
        int id = reg.Type.Kind switch
        {
            RegKind.Socket => KernelStructId("sock"),
            RegKind.SockCommon => KernelStructId("sock_common"),
            RegKind.TcpSock => KernelStructId("tcp_sock"),
            _ => reg.BtfId,
        };
        BtfType given = Underlying(Types(owner), id);
        bool strict = meta.Is(KfuncFlags.TrustedArgs) || (meta.Releases && reg.RefObjId != 0);
        if (BtfStructIdsMatch(owner, given.Id, reg.Off, BtfOwner.Kernel, pointee.Id, strict, true))
            return Errno.None;
        Log.Write($"kernel function {meta.Name} args#{index} expected pointer to {BtfKindStr(pointee)} {pointee.Name} but R{index + 1} has a pointer to {BtfKindStr(given)} {given.Name}\n");
        return Errno.EINVAL;
    }

    private Errno MatchKfuncMemory(ref RegState reg, ref int index, KfuncMeta meta, BtfType pointee)
    {
        bool sized = index + 1 < meta.Proto.VLen && IsOlderSizeParam(meta.Proto.Param(index + 1), in Regs[index + 2]);
        bool dynptr = pointee.IsStruct && pointee.NameBytes.SequenceEqual("bpf_dynptr_kern"u8);
        if (!IsScalarType(pointee) && !IsScalarStruct(KernelTypes, pointee, 0) && !dynptr && !(sized && pointee.IsVoid))
        {
            Log.Write($"arg#{index} pointer type {BtfKindStr(pointee)} {pointee.Name} must point to {(sized ? "void, " : "")}scalar, or struct with scalar\n");
            return Errno.EINVAL;
        }
        if (dynptr)
            return MatchKfuncDynptr(in reg, index, pointee);
        if (sized)
        {
            if (CheckKfuncMemSizeReg(ref reg, ref Regs[index + 2], index + 2) != Errno.None)
            {
                Log.Write($"arg#{index} arg#{index + 1} memory, len pair leads to invalid memory access\n");
                return Errno.EINVAL;
            }
            // The size was checked with the memory.
            index++;
            return Errno.None;
        }
        if (!KernelTypes.TryResolveSize(pointee.Id, out long size))
            return UnknownArgSize(pointee, index);
        return CheckMemReg(ref reg, index + 1, (int)size) != Errno.None ? Errno.EINVAL : Errno.None;
    }

    /// <summary>A number whose name ends in __sz, also if that is all of the name.</summary>
    private bool IsOlderSizeParam(BtfParam param, in RegState reg) =>
        reg.Type == RegKind.Scalar && IsScalarType(Underlying(KernelTypes, param.TypeId)) && param.NameBytes.EndsWith("__sz"u8);

    private Errno MatchKfuncDynptr(in RegState reg, int index, BtfType pointee)
    {
        string wrong;
        if (reg.Type != RegKind.Stack)
            wrong = "not to stack";
        else if (!IsUntrackedDynptrInit(in reg))
            wrong = "must be valid and initialized";
        else if (Func(in reg).Stack[UntrackedDynptrSlot(in reg)].Spilled.DynptrKind != DynptrKind.Local)
            wrong = "points to unsupported dynamic pointer type";
        else
            return Errno.None;
        Log.Write($"arg#{index} pointer type {BtfKindStr(pointee)} {pointee.Name} {wrong}\n");
        return Errno.EINVAL;
    }

    private Errno SetOlderKfuncResult(KfuncMeta meta, RegState[] regs, int insnIdx)
    {
        BtfType type = Underlying(KernelTypes, meta.Proto.ReturnTypeId);
        BtfType pointee = type.Kind == BtfKind.Ptr ? Underlying(KernelTypes, type.TypeId) : default;
        if (meta.Acquires && !(type.Kind == BtfKind.Ptr && pointee.IsStruct))
        {
            Log.Write("acquire kernel function does not return PTR_TO_BTF_ID\n");
            return Errno.EINVAL;
        }
        if (IsScalarType(type))
        {
            MarkRegUnknown(regs, 0);
            MarkRegWritten(0);
            return Errno.None;
        }
        if (type.Kind != BtfKind.Ptr)
            return Errno.None;
        ref RegState r0 = ref regs[0];
        if (pointee.IsStruct)
        {
            SetPointer(ref r0, RegKind.BtfId, TypeFlags.None);
            r0.BtfOwner = BtfOwner.Kernel;
            r0.BtfId = pointee.Id;
        }
        else if (meta.ReturnSize == 0)
        {
            Log.Write($"kernel function {meta.Name} returns pointer type {BtfKindStr(pointee)} {pointee.Name} is not supported\n");
            return Errno.EINVAL;
        }
        else
        {
            SetPointer(ref r0, RegKind.Mem, meta.ReturnsReadOnly ? TypeFlags.ReadOnly : TypeFlags.None);
            r0.MemSize = (int)meta.ReturnSize;
            r0.RefObjId = meta.RefObjId;
        }
        if (meta.Is(KfuncFlags.RetNull))
        {
            r0.Type |= TypeFlags.MaybeNull;
            r0.Id = NewId();
        }
        MarkRegWritten(0);
        if (meta.Acquires)
            r0.Id = r0.RefObjId = AcquireReference(insnIdx);
        return Errno.None;
    }
}
