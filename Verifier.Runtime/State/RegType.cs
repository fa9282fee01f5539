namespace BpfVerifier.Runtime;

/// <summary>What a register (or a spilled register) holds, without its modifiers.</summary>
internal enum RegKind : byte
{
    NotInit,
    Scalar,
    Ctx,
    ConstMap,
    MapValue,
    MapKey,
    Stack,
    PacketMeta,
    Packet,
    PacketEnd,
    FlowKeys,
    Socket,
    SockCommon,
    TcpSock,
    TpBuffer,
    XdpSock,
    BtfId,
    Mem,
    Arena,
    Buf,
    Func,
    Insn,
    /// <summary>A dynptr handed to a subprogram or callback, as opposed to one that lies on the stack.</summary>
    ConstDynptr,
}

/// <summary>Modifiers of register, argument and return types: one vocabulary for all three, as in the kernel's tables.</summary>
[Flags]
internal enum TypeFlags : uint
{
    None = 0,
    MaybeNull = 1 << 0,
    ReadOnly = 1 << 1,
    RingBuf = 1 << 2,
    User = 1 << 3,
    PerCpu = 1 << 4,
    /// <summary>The argument is released by the call.</summary>
    Release = 1 << 5,
    Untrusted = 1 << 6,
    Uninit = 1 << 7,
    DynptrLocal = 1 << 8,
    DynptrRingBuf = 1 << 9,
    FixedSize = 1 << 10,
    Alloc = 1 << 11,
    Trusted = 1 << 12,
    Rcu = 1 << 13,
    NonOwnRef = 1 << 14,
    DynptrSkb = 1 << 15,
    DynptrXdp = 1 << 16,
    Aligned = 1 << 17,
    Write = 1 << 18,
    DynptrSkbMeta = 1 << 19,
    DynptrFile = 1 << 20,

    DynptrMask = DynptrLocal | DynptrRingBuf | DynptrSkb | DynptrXdp | DynptrSkbMeta | DynptrFile,
}

/// <summary>A register's type: kind and modifiers in one comparable word (kind in the low 8 bits).</summary>
internal readonly struct RegType(uint bits) : IEquatable<RegType>
{
    public readonly uint Bits = bits;

    public RegType(RegKind kind, TypeFlags flags = TypeFlags.None) : this((uint)kind | ((uint)flags << 8)) { }

    public RegKind Kind => (RegKind)(byte)Bits;
    public TypeFlags Flags => (TypeFlags)(Bits >> 8);
    public bool MaybeNull => (Flags & TypeFlags.MaybeNull) != 0;

    public bool Has(TypeFlags flags) => (Flags & flags) != 0;
    public RegType With(TypeFlags flags) => new(Kind, Flags | flags);
    public RegType Without(TypeFlags flags) => new(Kind, Flags & ~flags);

    public static implicit operator RegType(RegKind kind) => new((uint)kind);
    public static RegType operator |(RegType type, TypeFlags flags) => type.With(flags);
    public static bool operator ==(RegType a, RegType b) => a.Bits == b.Bits;
    public static bool operator !=(RegType a, RegType b) => a.Bits != b.Bits;
    public bool Equals(RegType other) => Bits == other.Bits;
    public override bool Equals(object? obj) => obj is RegType other && Equals(other);
    public override int GetHashCode() => (int)Bits;
    public override string ToString() => Flags == 0 ? Kind.ToString() : $"{Kind}|{Flags}";
}
