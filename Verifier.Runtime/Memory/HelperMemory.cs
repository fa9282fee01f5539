namespace BpfVerifier.Runtime;

/// <summary>Memory handed to helpers, kfuncs and global functions: a pointer with a size.</summary>
internal sealed partial class Verification
{
    /// <summary>
    /// A callee reads or writes <paramref name="accessSize"/> bytes at r<paramref name="regno"/>. <paramref name="meta"/>
    /// is null where the callee is not a helper in raw mode.
    /// </summary>
    public Errno CheckHelperMemAccess(int regno, int accessSize, AccessKind kind, bool zeroSizeAllowed, CallMeta? meta)
    {
        ref RegState reg = ref Regs[regno];
        switch (reg.Type.Kind)
        {
            case RegKind.Packet or RegKind.PacketMeta:
                return CheckPacketAccess(regno, reg.Off, accessSize, zeroSizeAllowed);
            case RegKind.MapKey:
                if (kind == AccessKind.Write)
                    return CannotWriteInto(regno);
                return CheckMemRegionAccess(regno, reg.Off, accessSize, (int)Map(reg.MapHandle).KeySize, false);
            case RegKind.MapValue:
                if (CheckMapAccessType(regno, reg.Off, accessSize, kind) != Errno.None)
                    return Errno.EACCES;
                return CheckMapAccess(regno, reg.Off, accessSize, zeroSizeAllowed, AccessSource.Helper);
            case RegKind.Mem:
                if (reg.Type.IsReadOnlyMem && kind == AccessKind.Write)
                    return CannotWriteInto(regno);
                return CheckMemRegionAccess(regno, reg.Off, accessSize, reg.MemSize, zeroSizeAllowed);
            case RegKind.Buf:
                if (reg.Type.IsReadOnlyMem && kind == AccessKind.Write)
                    return CannotWriteInto(regno);
                return CheckBufferBounds(reg.Type.IsReadOnlyMem ? "rdonly" : "rdwr", in reg, regno, reg.Off, accessSize);
            case RegKind.Stack:
                return CheckStackRangeInitialized(regno, reg.Off, accessSize, zeroSizeAllowed, kind, meta);
            case RegKind.BtfId when Changes.BtfPointersAsHelperMemory:
                return CheckPtrToBtfAccess(regno, reg.Off, accessSize, AccessKind.Read, -1);
            case RegKind.Ctx when Changes.ContextAsMemory ? ProgType == ProgramType.Syscall : !ConvertsContext:
                // Where the context is used as it is, its last byte decides.
                if (accessSize == 0)
                    return zeroSizeAllowed ? Errno.None : Errno.EACCES;
                return CheckMemAccess(InsnIdx, regno, accessSize - 1, 1, kind, -1, false, false);
            default:
                if (zeroSizeAllowed && accessSize == 0 && reg.IsNull)
                    return Errno.None;
                Log.Write($"R{regno} type={RegTypeStr(reg.Type)} expected={RegTypeStr(RegKind.Stack)}\n");
                return Errno.EACCES;
        }
    }

    /// <summary>The size in r<paramref name="sizeRegno"/> belongs to the pointer in the register before it.</summary>
    public Errno CheckMemSizeReg(ref RegState reg, int sizeRegno, AccessKind kind, bool zeroSizeAllowed, CallMeta? meta)
    {
        if (meta is not null)
            meta.MaxSizeValue = reg.UMax;
        // With a varying size nobody can say which bytes the helper will have filled.
        if (!reg.Var.IsConst)
            meta = null;
        if (reg.SMin < 0)
        {
            Log.Write($"R{sizeRegno} min value is negative, either use unsigned or 'var &= const'\n");
            return Errno.EACCES;
        }
        if (reg.UMin == 0)
        {
            if (Changes.ZeroSizedReadsShowRange)
            {
                if (!zeroSizeAllowed)
                {
                    Log.Write($"R{sizeRegno} invalid zero-sized read: u64=[{(long)reg.UMin},{(long)reg.UMax}]\n");
                    return Errno.EACCES;
                }
            }
            else
            {
                Errno zero = CheckHelperMemAccess(sizeRegno - 1, 0, kind, zeroSizeAllowed, meta);
                if (zero != Errno.None)
                    return zero;
            }
        }
        if (reg.UMax >= MaxVarSize)
        {
            Log.Write($"R{sizeRegno} unbounded memory access, use 'var &= const' or 'if (var < const)'\n");
            return Errno.EACCES;
        }
        Errno err = CheckHelperMemAccess(sizeRegno - 1, (int)reg.UMax, kind, zeroSizeAllowed, meta);
        return err != Errno.None ? err : MarkChainPrecision(sizeRegno);
    }

    /// <summary>Memory of a fixed size that a callee both reads and writes; null is for the callee to handle.</summary>
    public Errno CheckMemReg(ref RegState reg, int regno, int memSize)
    {
        if (reg.IsNull)
            return Errno.None;
        bool mayBeNull = reg.Type.MaybeNull;
        RegState saved = reg;
        if (mayBeNull)
            MarkPtrNotNullReg(ref reg);
        Errno err = CheckHelperMemAccess(regno, memSize, AccessKind.Read, true, null);
        if (err == Errno.None)
            err = CheckHelperMemAccess(regno, memSize, AccessKind.Write, true, null);
        if (mayBeNull)
            reg = saved;
        return err;
    }
}
