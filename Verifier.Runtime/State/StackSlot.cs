using System.Runtime.InteropServices;

namespace BpfVerifier.Runtime;

/// <summary>What one byte of the stack holds.</summary>
internal enum SlotType : byte
{
    /// <summary>Nothing was stored.</summary>
    Invalid,
    /// <summary>Part of a spilled register.</summary>
    Spill,
    /// <summary>The program stored something.</summary>
    Misc,
    /// <summary>The program stored zero.</summary>
    Zero,
    Dynptr,
    Iter,
    IrqFlag,
}

/// <summary>
/// Eight bytes of stack: the type of each byte and the register spilled there. Byte 7 is the lowest address's
/// partner in the kernel's own numbering: a full spill has all eight set, a 4-byte spill has 4 to 7.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 8)]
internal struct StackSlot
{
    public RegState Spilled;
    /// <summary>Eight <see cref="SlotType"/>s, byte 0 in the low bits.</summary>
    public ulong Types;

    public SlotType this[int i]
    {
        readonly get => (SlotType)(byte)(Types >> (i * 8));
        set => Types = (Types & ~(0xffUL << (i * 8))) | ((ulong)value << (i * 8));
    }

    public static ulong All(SlotType type) => (ulong)type * 0x0101010101010101UL;

    /// <summary>A register, whole or in part, is spilled here.</summary>
    public readonly bool IsSpilled => this[7] == SlotType.Spill;

    /// <summary>A scalar, whole or in part, is spilled here.</summary>
    public readonly bool IsSpilledScalar => IsSpilled && Spilled.Type == RegKind.Scalar;

    /// <summary>A scalar is spilled here in all eight bytes.</summary>
    public readonly bool IsSpilledScalar64 => this[0] == SlotType.Spill && Spilled.Type == RegKind.Scalar;
}
