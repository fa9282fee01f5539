using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace BpfVerifier.Runtime;

/// <summary>Which BTF a type id belongs to.</summary>
internal enum BtfOwner
{
    None,
    Kernel,
    Program,
    AttachProgram,
    /// <summary>A map that was created with other types than the program's; nothing can be looked up in them.</summary>
    Map,
}

/// <summary>Where an open-coded iterator stands.</summary>
internal enum IterState
{
    Invalid,
    Active,
    Drained,
}

internal enum DynptrKind
{
    Invalid,
    Local,
    RingBuf,
    Skb,
    Xdp,
    SkbMeta,
    File,
}

/// <summary>
/// What is known of one register or spilled register. Blittable and copied by value; the fields up to
/// <see cref="Id"/> are what two states must share bytewise to be equal, so nothing may be put between them.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 8)]
internal partial struct RegState
{
    public RegType Type;
    /// <summary>Fixed part of a pointer's offset. The variable part is in <see cref="Var"/> and the bounds.</summary>
    public int Off;

    // What these three mean depends on Type; the properties below name them.
    private int _a;
    private int _b;
    private int _c;
    private int _reserved;

    public Tnum Var;
    public long SMin;
    public long SMax;
    public ulong UMin;
    public ulong UMax;
    public int S32Min;
    public int S32Max;
    public uint U32Min;
    public uint U32Max;

    /// <summary>
    /// Links registers that hold the same thing: packet pointers derived from one another, the two halves of a null
    /// check, scalars known to be equal. For scalars linked by a constant difference the top bit is set
    /// (<see cref="AddConst"/>) and <see cref="Off"/> holds the difference.
    /// </summary>
    public uint Id;
    /// <summary>The reference this pointer keeps alive, 0 if none.</summary>
    public uint RefObjId;
    /// <summary>For stack pointers: the frame pointed into.</summary>
    public int FrameNo;
    /// <summary>Scalars: a branch or an access depended on the exact value, so pruning must compare it.</summary>
    public bool Precise;

    public const uint AddConst = 1u << 31;

    /// <summary>Packet pointers: bytes beyond the pointer proved to be readable.</summary>
    public int Range { readonly get => _a; set => _a = value; }
    /// <summary>Map pointers, keys and values: handle into <see cref="Verification.Maps"/>, 0 for none.</summary>
    public int MapHandle { readonly get => _a; set => _a = value; }
    /// <summary>Map values from different lookups of inner maps must not be confused: the lookup's number.</summary>
    public int MapUid { readonly get => _b; set => _b = value; }
    public int MemSize { readonly get => _a; set => _a = value; }
    /// <summary>Dynptr slices: the dynptr they came from.</summary>
    public int DynptrId { readonly get => _b; set => _b = value; }
    public int BtfId { readonly get => _a; set => _a = value; }
    public BtfOwner BtfOwner { readonly get => (BtfOwner)_c; set => _c = (int)value; }
    public int SubprogNo { readonly get => _a; set => _a = value; }
    public DynptrKind DynptrKind { readonly get => (DynptrKind)_a; set => _a = (int)value; }
    public bool DynptrFirstSlot { readonly get => _b != 0; set => _b = value ? 1 : 0; }
    public IterState IterState { readonly get => (IterState)(_b & 3); set => _b = (_b & ~3) | (int)value; }
    public int IterDepth { readonly get => _b >> 2; set => _b = (_b & 3) | (value << 2); }
    /// <summary>IRQ flag slots: 0 saved by the native kfunc, 1 by a lock kfunc.</summary>
    public int IrqKfuncClass { readonly get => _a; set => _a = value; }

    /// <summary>Bytes compared by <see cref="SameUpToId"/>.</summary>
    internal const int ComparedBytes = 24 + 16 + 32 + 16;

    /// <summary>True when type, offsets, the type's own data and all bounds agree; ids, frame and precision are not compared.</summary>
    public static bool SameUpToId(in RegState a, in RegState b) => Bytes(in a).SequenceEqual(Bytes(in b));

    private static ReadOnlySpan<byte> Bytes(in RegState reg) =>
        MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(in reg, 1))[..ComparedBytes];

    /// <summary>Forgets the type's own data (map, range, memory size, BTF id …).</summary>
    public void ClearTypeData() => (_a, _b, _c) = (0, 0, 0);

    /// <summary>Copies the type's own data, and only it.</summary>
    public void CopyTypeData(in RegState from) => (_a, _b, _c) = (from._a, from._b, from._c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool IsScalar() => Type == RegKind.Scalar;
}
