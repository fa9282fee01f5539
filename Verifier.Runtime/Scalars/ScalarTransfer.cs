namespace BpfVerifier.Runtime;

/// <summary>
/// What arithmetic and bit operations make of the bounds of their operands. The methods change the bounds of both widths,
/// and <see cref="Var"/> where they say so; the caller brings the domains into step afterwards.
/// </summary>
internal partial struct RegState
{
    /// <summary>this += <paramref name="addend"/>.</summary>
    public void AddScalar(ref RegState addend, in Changes changes)
    {
        Sub.Add(addend.Sub, changes.WholeWrapRanges);
        Wide.Add(addend.Wide, changes.WholeWrapRanges);
        Var += addend.Var;
    }

    /// <summary>this -= <paramref name="subtrahend"/>.</summary>
    public void SubtractScalar(ref RegState subtrahend, in Changes changes)
    {
        Sub.Subtract(subtrahend.Sub, changes.WholeWrapRanges);
        Wide.Subtract(subtrahend.Wide, changes.WholeWrapRanges);
        Var -= subtrahend.Var;
    }

    /// <summary>this = -this.</summary>
    public void NegateScalar(in Changes changes)
    {
        RegState value = this;
        SetKnown(0);
        SubtractScalar(ref value, changes);
    }

    /// <summary>this *= <paramref name="factor"/>.</summary>
    public void MultiplyScalar(ref RegState factor, in Changes changes)
    {
        Var = changes.TnumMultiplyByUnion ? Tnum.Multiply(Var, factor.Var) : Tnum.MultiplyBySums(Var, factor.Var);
        if (changes.SignedMultiplyRanges)
        {
            Sub.Multiply(factor.Sub);
            Wide.Multiply(factor.Wide);
        }
        else
        {
            Sub.MultiplySmall(factor.Sub, ushort.MaxValue);
            Wide.MultiplySmall(factor.Wide, uint.MaxValue);
        }
    }

    /// <summary>this &amp;= <paramref name="other"/>: no smaller than the certain bits, no larger than either operand.</summary>
    public void AndScalar(ref RegState other, in Changes changes)
    {
        (bool positive, bool positiveSub) = ArePositive(in other);
        Var &= other.Var;
        if (IsKnownSubreg && other.IsKnownSubreg)
            SetKnownSubreg((uint)Var.Value);
        else
            SetBitwiseSubreg((uint)Var.Value, Math.Min(U32Max, other.U32Max), positiveSub, changes);
        if (Var.IsConst && other.Var.IsConst)
            SetKnown(Var.Value);
        else
            SetBitwise(Var.Value, Math.Min(UMax, other.UMax), positive, changes);
    }

    /// <summary>this |= <paramref name="other"/>: no smaller than either operand, no larger than the possible bits.</summary>
    public void OrScalar(ref RegState other, in Changes changes)
    {
        (bool positive, bool positiveSub) = ArePositive(in other);
        Var |= other.Var;
        if (IsKnownSubreg && other.IsKnownSubreg)
            SetKnownSubreg((uint)Var.Value);
        else
            SetBitwiseSubreg(Math.Max(U32Min, other.U32Min), (uint)Var.Max, positiveSub, changes);
        if (Var.IsConst && other.Var.IsConst)
            SetKnown(Var.Value);
        else
            SetBitwise(Math.Max(UMin, other.UMin), Var.Max, positive, changes);
    }

    /// <summary>this ^= <paramref name="other"/>: between the certain and the possible bits.</summary>
    public void XorScalar(ref RegState other, in Changes changes)
    {
        (bool positive, bool positiveSub) = ArePositive(in other);
        Var ^= other.Var;
        if (IsKnownSubreg && other.IsKnownSubreg)
            SetKnownSubreg((uint)Var.Value);
        else
            SetBitwiseSubreg((uint)Var.Value, (uint)Var.Max, positiveSub, changes);
        if (Var.IsConst && other.Var.IsConst)
            SetKnown(Var.Value);
        else
            SetBitwise(Var.Value, Var.Max, positive, changes);
    }

    private readonly (bool All, bool Sub) ArePositive(in RegState other) =>
        (SMin >= 0 && other.SMin >= 0, S32Min >= 0 && other.S32Min >= 0);

    private void SetBitwiseSubreg(uint min, uint max, bool operandsPositive, in Changes changes)
    {
        (U32Min, U32Max) = (min, max);
        if (changes.BitwiseSignFromResult)
            Sub.SetSignedFromUnsigned();
        else if (operandsPositive)
            (S32Min, S32Max) = ((int)min, (int)max);
        else
            Sub.SetSignedUnbounded();
    }

    private void SetBitwise(ulong min, ulong max, bool operandsPositive, in Changes changes)
    {
        (UMin, UMax) = (min, max);
        if (changes.BitwiseSignFromResult)
            Wide.SetSignedFromUnsigned();
        else if (operandsPositive)
            (SMin, SMax) = ((long)min, (long)max);
        else
            Wide.SetSignedUnbounded();
        LearnFromBits();
    }

    /// <summary>64-bit left shift by <paramref name="minShift"/> to <paramref name="maxShift"/> bits (below 64).</summary>
    public void ShiftLeftScalar(int minShift, int maxShift, in Changes changes)
    {
        // A shift by half the width puts the low half's sign on top: half of the usual "sign-extend by two shifts".
        bool byHalf = minShift == 32 && maxShift == 32;
        SMax = byHalf && (S32Max >= 0 || changes.ShiftByHalfKeepsSign) ? (long)S32Max << 32 : long.MaxValue;
        SMin = byHalf && (S32Min >= 0 || changes.ShiftByHalfKeepsSign) ? (long)S32Min << 32 : long.MinValue;

        if (UMax > 1UL << (63 - maxShift))
            Wide.SetUnsignedUnbounded();
        else
            (UMin, UMax) = (UMin << minShift, UMax << maxShift);
        ShiftSubregLeft(minShift, maxShift);
        Var = Var.ShiftLeft(minShift);
        LearnFromBits();
    }

    /// <summary>32-bit left shift.</summary>
    public void ShiftLeftScalar32(int minShift, int maxShift)
    {
        Tnum subreg = Var.Subreg;
        ShiftSubregLeft(minShift, maxShift);
        Var = subreg.ShiftLeft(minShift).Subreg;
        SetUnbounded64();
        LearnSubregFromBits();
    }

    private void ShiftSubregLeft(int minShift, int maxShift)
    {
        Sub.SetSignedUnbounded();
        if (maxShift > 31 || U32Max > 1UL << (31 - maxShift))
            Sub.SetUnsignedUnbounded();
        else
            (U32Min, U32Max) = (U32Min << minShift, U32Max << maxShift);
    }

    /// <summary>64-bit logical right shift: the sign is gone, the low half gets bits of the upper one.</summary>
    public void ShiftRightScalar(int minShift, int maxShift)
    {
        Wide.SetSignedUnbounded();
        Var = Var.ShiftRight(minShift);
        (UMin, UMax) = (UMin >> maxShift, UMax >> minShift);
        SetUnbounded32();
        LearnFromBits();
    }

    /// <summary>32-bit logical right shift.</summary>
    public void ShiftRightScalar32(int minShift, int maxShift)
    {
        Sub.SetSignedUnbounded();
        Var = Var.Subreg.ShiftRight(minShift);
        (U32Min, U32Max) = (U32Min >> maxShift, U32Max >> minShift);
        SetUnbounded64();
        LearnSubregFromBits();
    }

    /// <summary>64-bit arithmetic right shift by a known number of bits.</summary>
    public void ShiftRightSignedScalar(int shift)
    {
        (SMin, SMax) = (SMin >> shift, SMax >> shift);
        Var = Var.ShiftRightSigned(shift);
        Wide.SetUnsignedUnbounded();
        SetUnbounded32();
        LearnFromBits();
    }

    /// <summary>32-bit arithmetic right shift by a known number of bits.</summary>
    public void ShiftRightSignedScalar32(int shift)
    {
        (S32Min, S32Max) = (S32Min >> shift, S32Max >> shift);
        Var = Var.ShiftRightSigned32(shift);
        Sub.SetUnsignedUnbounded();
        SetUnbounded64();
        LearnSubregFromBits();
    }
}
