using BpfVerifier.Btf;

namespace BpfVerifier.Runtime;

// Which register types fit which kind of argument.
internal sealed partial class Verification
{
    private static readonly RegType s_ringBufMem = new(RegKind.Mem, TypeFlags.RingBuf);
    private static readonly RegType s_trusted = new(RegKind.BtfId, TypeFlags.Trusted);
    private static readonly RegType s_rcu = new(RegKind.BtfId, TypeFlags.Rcu);
    private static readonly RegType s_allocated = new(RegKind.BtfId, TypeFlags.Alloc);

    private static readonly RegType[] s_sockTypes = [RegKind.SockCommon, RegKind.Socket, RegKind.TcpSock, RegKind.XdpSock];
    private static readonly RegType[] s_sockOrBtfTypes = [.. s_sockTypes, RegKind.BtfId, s_trusted];
    private static readonly RegType[] s_sockOrPlainBtfTypes = [.. s_sockTypes, RegKind.BtfId];
    private static readonly RegType[] s_plainMemTypes = [RegKind.Stack, RegKind.Packet, RegKind.PacketMeta, RegKind.MapKey, RegKind.MapValue];
    private static readonly RegType[] s_untypedMemTypes = [.. s_plainMemTypes, RegKind.Mem, s_ringBufMem, RegKind.Buf];
    private static readonly RegType[] s_memTypes = [.. s_untypedMemTypes, s_trusted];
    private static readonly RegType[] s_memOrContextTypes = [.. s_memTypes, RegKind.Ctx];
    private static readonly RegType[] s_lockTypes = [RegKind.MapValue, s_allocated];
    private static readonly RegType[] s_btfTypes = [RegKind.BtfId, s_trusted, s_rcu];
    private static readonly RegType[] s_perCpuTypes =
    [
        new(RegKind.BtfId, TypeFlags.PerCpu),
        new(RegKind.BtfId, TypeFlags.PerCpu | TypeFlags.Rcu),
        new(RegKind.BtfId, TypeFlags.PerCpu | TypeFlags.Trusted),
    ];
    private static readonly RegType[] s_plainPerCpuTypes = [new(RegKind.BtfId, TypeFlags.PerCpu)];
    private static readonly RegType[] s_dynptrTypes = [RegKind.Stack, RegKind.ConstDynptr];
    private static readonly RegType[] s_localDynptrTypes = [RegKind.Stack, new(RegKind.ConstDynptr, TypeFlags.DynptrLocal)];
    private static readonly RegType[] s_scalarTypes = [RegKind.Scalar];
    private static readonly RegType[] s_constMapTypes = [RegKind.ConstMap];
    private static readonly RegType[] s_contextTypes = [RegKind.Ctx];
    private static readonly RegType[] s_socketTypes = [RegKind.Socket];
    private static readonly RegType[] s_plainBtfTypes = [RegKind.BtfId];
    private static readonly RegType[] s_mapValueTypes = [RegKind.MapValue];
    private static readonly RegType[] s_ringBufTypes = [s_ringBufMem];
    private static readonly RegType[] s_plainMemory = [RegKind.Mem];
    private static readonly RegType[] s_funcTypes = [RegKind.Func];
    private static readonly RegType[] s_stackTypes = [RegKind.Stack];

    private RegType[] CompatibleTypes(ArgKind kind)
    {
        bool trusted = Changes.TrustedPointers;
        RegType[] memory = Changes.ContextAsMemory ? s_memOrContextTypes : s_memTypes;
        return kind switch
        {
            ArgKind.PtrToMapKey or ArgKind.PtrToMapValue => trusted ? memory : s_plainMemTypes,
            ArgKind.PtrToMem => trusted ? memory : s_untypedMemTypes,
            ArgKind.ConstSize or ArgKind.ConstSizeOrZero or ArgKind.ConstAllocSizeOrZero or ArgKind.Scalar => s_scalarTypes,
            ArgKind.ConstMapPtr => s_constMapTypes,
            ArgKind.PtrToCtx => s_contextTypes,
            ArgKind.PtrToSockCommon => s_sockTypes,
            ArgKind.PtrToBtfIdSockCommon => trusted ? s_sockOrBtfTypes : s_sockOrPlainBtfTypes,
            ArgKind.PtrToSocket => s_socketTypes,
            ArgKind.PtrToBtfId => trusted ? s_btfTypes : s_plainBtfTypes,
            ArgKind.PtrToSpinLock => trusted ? s_lockTypes : s_mapValueTypes,
            ArgKind.PtrToRingBufMem or ArgKind.PtrToAllocMem => Changes.RingBufferMemoryMarked ? s_ringBufTypes : s_plainMemory,
            ArgKind.PtrToPerCpuBtfId => trusted ? s_perCpuTypes : s_plainPerCpuTypes,
            ArgKind.PtrToFunc => s_funcTypes,
            ArgKind.PtrToStack => s_stackTypes,
            ArgKind.PtrToConstStr or ArgKind.PtrToTimer => s_mapValueTypes,
            ArgKind.KptrXchgDest => Changes.KptrXchgIntoObjects ? s_lockTypes : s_mapValueTypes,
            ArgKind.PtrToDynptr => Changes.DynptrSlotsProtected ? s_dynptrTypes : s_localDynptrTypes,
            _ => throw NotModeled($"helper argument kind {kind}"),
        };
    }

    /// <summary>The register's type must be one the argument takes; for BTF pointers the struct must match too.</summary>
    /// <param name="regno">The register.</param>
    /// <param name="argType">What is expected.</param>
    /// <param name="expectedId">Kernel BTF id of the struct asked for; -1 where the argument's kind says it, or there is no such struct.</param>
    /// <param name="meta">The call.</param>
    private Errno CheckRegType(int regno, ArgType argType, int expectedId, CallMeta meta)
    {
        ref RegState reg = ref Regs[regno];
        RegType[] compatible = CompatibleTypes(argType.Kind);
        RegType type = FoldedType(reg.Type, argType, regno, meta);
        if (Array.IndexOf(compatible, type) < 0)
        {
            ReportWrongType(regno, reg.Type, compatible);
            return Errno.EACCES;
        }
        if (reg.Type.Kind != RegKind.BtfId)
            return Errno.None;
        if (!Changes.TrustedPointers)
            return reg.Type == RegKind.BtfId ? CheckBtfArg(ref reg, regno, argType, expectedId, meta) : Errno.None;

        if (ReferenceEquals(compatible, s_memTypes) || ReferenceEquals(compatible, s_memOrContextTypes))
        {
            if (argType.Has(TypeFlags.ReadOnly))
                return Errno.None;
            Log.Write($"{Kernel.HelperName(meta.FuncId)}() may write into memory pointed by R{regno} type={RegTypeStr(reg.Type)}\n");
            return Errno.EACCES;
        }

        TypeFlags flags = reg.Type.Flags;
        switch (flags)
        {
            case TypeFlags.None or TypeFlags.Trusted or TypeFlags.Trusted | TypeFlags.MaybeNull or TypeFlags.Rcu
                or TypeFlags.MaybeNull or TypeFlags.MaybeNull | TypeFlags.Rcu:
                if (reg.Type.MaybeNull && (!argType.MaybeNull || argType.Has(TypeFlags.Release)))
                {
                    Log.Write($"Possibly NULL pointer passed to helper arg{regno}\n");
                    return Errno.EACCES;
                }
                return CheckBtfArg(ref reg, regno, argType, expectedId, meta);
            case TypeFlags.Alloc or TypeFlags.PerCpu | TypeFlags.Alloc:
                if (!meta.IsKptrXchg && meta.FuncId is not (HelperId.SpinLock or HelperId.SpinUnlock))
                    throw NotModeled("allocated object passed to a helper that does not take one");
                return meta.IsKptrXchg && regno == 2 && MapKptrMatchType(meta.KptrField!, ref reg, regno) != Errno.None
                    ? Errno.EACCES
                    : Errno.None;
            case TypeFlags.PerCpu or TypeFlags.PerCpu | TypeFlags.Rcu or TypeFlags.PerCpu | TypeFlags.Trusted:
                return Errno.None;
            default:
                throw NotModeled("BTF pointer argument with unexpected modifiers");
        }
    }

    /// <summary>The register's type without the modifiers the argument does not mind.</summary>
    private RegType FoldedType(RegType type, ArgType argType, int regno, CallMeta meta)
    {
        if (argType.Has(TypeFlags.ReadOnly))
            type = type.Without(TypeFlags.ReadOnly);
        if (argType.MaybeNull)
            type = type.Without(TypeFlags.MaybeNull);
        if (!Changes.TrustedPointers)
            return type;
        if (argType.Kind == ArgKind.PtrToMem)
            type = type.Without(TypeFlags.DynptrMask);
        if (meta.IsKptrXchg && regno == 2 && type.Has(TypeFlags.Alloc))
            type = type.Without(TypeFlags.Alloc | TypeFlags.PerCpu);
        return type;
    }

    private void ReportWrongType(int regno, RegType type, RegType[] compatible)
    {
        Log.Write($"R{regno} type={RegTypeStr(type)} expected=");
        for (int i = 0; i < compatible.Length; i++)
            Log.Write(i == 0 ? RegTypeStr(compatible[i]) : $", {RegTypeStr(compatible[i])}");
        Log.Write("\n");
    }

    private Errno CheckBtfArg(ref RegState reg, int regno, ArgType argType, int expectedId, CallMeta meta)
    {
        if (meta.IsKptrXchg)
            return MapKptrMatchType(meta.KptrField!, ref reg, regno) != Errno.None ? Errno.EACCES : Errno.None;

        int expected = argType.Kind == ArgKind.PtrToBtfIdSockCommon ? KernelStructId("sock_common") : expectedId;
        if (expected <= 0)
            throw NotModeled("BTF argument without a type");
        // A release function wants the very type, but bpf_sk_release takes every kind of socket by its common part.
        bool strict = argType.Has(TypeFlags.Release) && meta.FuncId != HelperId.SkRelease;
        if (BtfStructIdsMatch(reg.BtfOwner, reg.BtfId, reg.Off, BtfOwner.Kernel, expected, strict, !reg.Type.IsAlloc))
            return Errno.None;
        Log.Write($"R{regno} is of type {Types(reg.BtfOwner)[reg.BtfId].Name} but {KernelTypes[expected].Name} is expected\n");
        return Errno.EACCES;
    }

    /// <summary>Id of a struct that the kernel's own tables name.</summary>
    private int KernelStructId(string name) => KernelTypes.Find(name, BtfKind.Struct) is > 0 and int id
        ? id
        : throw NotModeled($"kernel types without struct {name}");

    /// <summary>Offsets a pointer may have where it is an argument.</summary>
    private Errno CheckFuncArgRegOff(ref RegState reg, int regno, ArgType argType)
    {
        if (!Changes.TrustedPointers)
            return CheckPlainArgRegOff(ref reg, regno, argType);

        if (argType.Has(TypeFlags.Release))
        {
            // The dynptr on the stack is not the object that is released.
            if (argType.Kind == ArgKind.PtrToDynptr && reg.Type == RegKind.Stack)
                return Errno.None;
            if (reg.Off != 0)
            {
                Log.Write($"R{regno} must have zero offset when passed to release func or trusted arg to kfunc\n");
                return Errno.EINVAL;
            }
            return CheckPtrOffReg(ref reg, regno, false);
        }
        if (TakesAnyOffset(reg.Type))
            return Errno.None;
        bool fixedOffset = reg.Type.Kind == RegKind.BtfId && reg.Type.Flags is TypeFlags.None or TypeFlags.Alloc or TypeFlags.Trusted
            or TypeFlags.Rcu or (TypeFlags.Alloc | TypeFlags.NonOwnRef) or (TypeFlags.Alloc | TypeFlags.NonOwnRef | TypeFlags.Rcu);
        return CheckPtrOffReg(ref reg, regno, reg.Type.Kind == RegKind.BtfId && fixedOffset);
    }

    private static bool TakesAnyOffset(RegType type) => type.Kind switch
    {
        RegKind.Stack or RegKind.Packet or RegKind.PacketMeta or RegKind.MapKey or RegKind.MapValue or RegKind.Arena
            or RegKind.Scalar => type.Flags == TypeFlags.None,
        RegKind.Mem => type.Flags is TypeFlags.None or TypeFlags.ReadOnly or TypeFlags.RingBuf,
        RegKind.Buf => type.Flags is TypeFlags.None or TypeFlags.ReadOnly,
        _ => false,
    };

    private Errno CheckPlainArgRegOff(ref RegState reg, int regno, ArgType argType)
    {
        if (reg.Type == RegKind.Stack && argType.Kind == ArgKind.PtrToDynptr && reg.Off % 8 != 0)
        {
            Log.Write("cannot pass in dynptr at an offset\n");
            return Errno.EINVAL;
        }
        if (TakesAnyOffset(reg.Type) && reg.Type.Kind != RegKind.Arena && argType.Kind is not (ArgKind.PtrToAllocMem or ArgKind.PtrToRingBufMem))
            return Errno.None;
        if (reg.Type != RegKind.BtfId)
            return CheckPtrOffReg(ref reg, regno, false);
        if (argType.Has(TypeFlags.Release) && reg.Off != 0)
        {
            Log.Write($"R{regno} must have zero offset when passed to release func\n");
            return Errno.EINVAL;
        }
        return CheckPtrOffReg(ref reg, regno, true);
    }
}
