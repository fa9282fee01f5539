using System.Diagnostics.CodeAnalysis;
using System.Numerics;

namespace BpfVerifier.Runtime;

/// <summary>Giving a register a value, known or unknown, and asking for it.</summary>
internal partial struct RegState
{
    /// <summary>The bounds of all 64 bits.</summary>
    [UnscopedRef]
    public Bounds<long, ulong> Wide => new(ref SMin, ref SMax, ref UMin, ref UMax);

    /// <summary>The bounds of the low 32 bits.</summary>
    [UnscopedRef]
    public Bounds<int, uint> Sub => new(ref S32Min, ref S32Max, ref U32Min, ref U32Max);

    /// <summary>A scalar whose value is known, see <see cref="Var"/>.</summary>
    public readonly bool IsConst => Type == RegKind.Scalar && Var.IsConst;

    /// <summary>A scalar whose low 32 bits are known.</summary>
    public readonly bool IsConstSubreg => Type == RegKind.Scalar && Var.IsConstSubreg;

    /// <summary>A scalar known to be 0.</summary>
    public readonly bool IsNull => Type == RegKind.Scalar && Var.Is(0);

    /// <summary>The low 32 bits are known, be it a scalar or the variable part of a pointer's offset.</summary>
    public readonly bool IsKnownSubreg => Var.IsConstSubreg;

    /// <summary>A scalar of which something is known.</summary>
    public readonly bool IsBounded => Type == RegKind.Scalar
        && !(Var.IsUnknown && SMin == long.MinValue && SMax == long.MaxValue && UMin == 0 && UMax == ulong.MaxValue
            && S32Min == int.MinValue && S32Max == int.MaxValue && U32Min == 0 && U32Max == uint.MaxValue);

    /// <summary>Bits needed for the largest value.</summary>
    public readonly int Width => 64 - BitOperations.LeadingZeroCount(UMax);

    /// <summary>Bounds only: nothing is known. <see cref="Var"/> stays.</summary>
    public void SetUnbounded()
    {
        SetUnbounded64();
        SetUnbounded32();
    }

    public void SetUnbounded64() => (SMin, SMax, UMin, UMax) = (long.MinValue, long.MaxValue, 0, ulong.MaxValue);

    public void SetUnbounded32() => (S32Min, S32Max, U32Min, U32Max) = (int.MinValue, int.MaxValue, 0, uint.MaxValue);

    /// <summary>Bounds and bits are those of <paramref name="value"/>; type, offsets and ids stay.</summary>
    public void SetKnownConst(ulong value)
    {
        Var = Tnum.Const(value);
        SMin = SMax = (long)value;
        UMin = UMax = value;
        S32Min = S32Max = (int)value;
        U32Min = U32Max = (uint)value;
    }

    /// <summary>The low half is <paramref name="value"/>; the upper half's bits and the 64-bit bounds stay.</summary>
    public void SetKnownSubreg(uint value)
    {
        Var = Var.WithConstSubreg(value);
        S32Min = S32Max = (int)value;
        U32Min = U32Max = value;
    }

    /// <summary>
    /// The value, or the variable part of a pointer's offset, is <paramref name="value"/>. Offset, ids and the type's own
    /// data are forgotten; the type and precision stay.
    /// </summary>
    public void SetKnown(ulong value)
    {
        Off = 0;
        ClearTypeData();
        Id = 0;
        RefObjId = 0;
        SetKnownConst(value);
    }

    /// <summary><see cref="SetKnown"/> of 0: a pointer to the start of something.</summary>
    public void SetKnownZero() => SetKnown(0);

    /// <summary>The scalar 0.</summary>
    public void SetConstZero(Verification verification)
    {
        SetKnown(0);
        Type = RegKind.Scalar;
        if (verification.Changes.ConstZeroResetsPrecision)
            Precise = !verification.BpfCapable;
    }

    /// <summary>A scalar of which nothing is known, and which need not be known for pruning.</summary>
    public void SetUnknownImprecise()
    {
        Type = RegKind.Scalar;
        Off = 0;
        ClearTypeData();
        Id = 0;
        RefObjId = 0;
        Var = Tnum.Unknown;
        FrameNo = 0;
        Precise = false;
        SetUnbounded();
    }

    /// <summary>A scalar of which nothing is known; precise for loaders without the capability to use imprecise pruning.</summary>
    public void SetUnknown(Verification verification)
    {
        SetUnknownImprecise();
        Precise = !verification.BpfCapable;
    }

    /// <summary>Nothing was ever written.</summary>
    public void SetNotInit(Verification verification)
    {
        SetUnknown(verification);
        Type = RegKind.NotInit;
    }

    /// <summary>The value is known to lie within [<paramref name="min"/>, <paramref name="max"/>], as a 32-bit number and as its sign extension.</summary>
    public Errno SetS32Range(Verification verification, int min, int max)
    {
        Sub.ClampSigned(min, max);
        Wide.ClampSigned(min, max);
        SyncBounds(verification.Changes);
        return verification.ReportBoundsViolations(ref this, "s32_range");
    }
}
