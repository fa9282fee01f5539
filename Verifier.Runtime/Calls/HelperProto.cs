namespace BpfVerifier.Runtime;

/// <summary>What a helper or global function expects of an argument, without modifiers.</summary>
internal enum ArgKind : byte
{
    DontCare,
    ConstMapPtr,
    PtrToMapKey,
    PtrToMapValue,
    PtrToMem,
    PtrToArena,
    ConstSize,
    ConstSizeOrZero,
    PtrToCtx,
    Anything,
    PtrToSpinLock,
    PtrToSockCommon,
    PtrToSocket,
    PtrToBtfId,
    PtrToRingBufMem,
    ConstAllocSizeOrZero,
    PtrToBtfIdSockCommon,
    PtrToPerCpuBtfId,
    PtrToFunc,
    PtrToStack,
    PtrToConstStr,
    PtrToTimer,
    /// <summary>ARG_KPTR_XCHG_DEST, in older releases ARG_PTR_TO_KPTR.</summary>
    KptrXchgDest,
    PtrToDynptr,
    /// <summary>5.10's ARG_PTR_TO_UNINIT_MAP_VALUE and other spellings are expressed with <see cref="TypeFlags"/>.</summary>
    PtrToLong,
    PtrToInt,
    PtrToAllocMem,
    /// <summary>A number, not a pointer.</summary>
    Scalar,
}

/// <summary>Kind and modifiers of an argument, in one word like <see cref="RegType"/>.</summary>
internal readonly record struct ArgType(uint Bits)
{
    public ArgType(ArgKind kind, TypeFlags flags = TypeFlags.None) : this((uint)kind | ((uint)flags << 8)) { }

    public ArgKind Kind => (ArgKind)(byte)Bits;
    public TypeFlags Flags => (TypeFlags)(Bits >> 8);
    public bool MaybeNull => (Flags & TypeFlags.MaybeNull) != 0;
    public bool Has(TypeFlags flags) => (Flags & flags) != 0;
    public static implicit operator ArgType(ArgKind kind) => new((uint)kind);
}

/// <summary>What a helper returns, without modifiers.</summary>
internal enum ReturnKind : byte
{
    Integer,
    Void,
    PtrToMapValue,
    PtrToSocket,
    PtrToTcpSock,
    PtrToSockCommon,
    PtrToMem,
    PtrToMemOrBtfId,
    PtrToBtfId,
}

/// <summary>Kind and modifiers of a return value.</summary>
internal readonly record struct ReturnType(uint Bits)
{
    public ReturnType(ReturnKind kind, TypeFlags flags = TypeFlags.None) : this((uint)kind | ((uint)flags << 8)) { }

    public ReturnKind Kind => (ReturnKind)(byte)Bits;
    public TypeFlags Flags => (TypeFlags)(Bits >> 8);
}

/// <summary>A helper's prototype, decoded from the release's tables.</summary>
internal sealed class HelperProto
{
    /// <summary>Symbol of the prototype in the kernel, <c>bpf_map_lookup_elem_proto</c>.</summary>
    public required string Symbol { get; init; }
    /// <summary>Symbol of the implementation.</summary>
    public required string Function { get; init; }
    public ReturnType Return { get; init; }
    /// <summary>Five arguments; unused ones are <see cref="ArgKind.DontCare"/>.</summary>
    public required ArgType[] Args { get; init; }
    /// <summary>Fixed memory sizes in bytes, 0 where there is none.</summary>
    public required int[] ArgSizes { get; init; }
    /// <summary>Struct names of BTF pointer arguments, null where there is none.</summary>
    public required string?[] ArgBtfTypes { get; init; }
    public string? ReturnBtfType { get; init; }
    public bool GplOnly { get; init; }
    public bool PacketAccess { get; init; }
    public bool MightSleep { get; init; }
    public bool AllowFastcall { get; init; }
    /// <summary>The helper asks at load time whether this program may call it (symbol of the callback), or null.</summary>
    public string? Allowed { get; init; }
}
