namespace BpfVerifier.Runtime;

/// <summary>
/// Bounds are kept in four domains (signed and unsigned, 64 and 32 bits) and a fifth, the tracked bits. What is known in
/// one often tells something about the others; how much of that is drawn differs between releases and shows in logs and
/// verdicts.
/// </summary>
internal partial struct RegState
{
    /// <summary>Brings the domains into step after one or several of them changed.</summary>
    public void SyncBounds(in Changes changes)
    {
        if (IsSyncedConst())
            return;
        LearnFromBits();
        if (!changes.BoundsAcrossWidths)
        {
            Sub.DeduceSignsByHalf();
            Wide.DeduceSignsByHalf();
        }
        else
        {
            // A later rule may feed an earlier one; the kernel stops after so many rounds and so must we.
            int rounds = changes.BoundsAcrossSignBoundary ? 3 : 2;
            for (int i = 0; i < rounds; i++)
                DeduceBounds(changes);
        }
        LearnBitsFromBounds();
        LearnFromBits();
    }

    /// <summary>Tightens the bounds by the known bits.</summary>
    public void LearnFromBits()
    {
        LearnSubregFromBits();
        Wide.LearnFromBits(Var.Value, Var.Mask);
    }

    public void LearnSubregFromBits() => Sub.LearnFromBits((uint)Var.Value, (uint)Var.Mask);

    /// <summary>A constant on which all domains agree: nothing is left to deduce.</summary>
    private readonly bool IsSyncedConst()
    {
        ulong value = Var.Value;
        return Var.Mask == 0 && UMin == value && UMax == value && SMin == (long)value && SMax == (long)value
            && U32Min == (uint)value && U32Max == (uint)value && S32Min == (int)value && S32Max == (int)value;
    }

    private void DeduceBounds(in Changes changes)
    {
        DeduceSubregFromWide();
        Sub.DeduceSigns(changes.SubregBoundsAcrossSignBoundary);
        Wide.DeduceSigns(changes.BoundsAcrossSignBoundary);
        DeduceWideFromSubreg(changes.MixedBoundsFromUnsigned);
    }

    private void DeduceSubregFromWide()
    {
        // All values share the upper half: the lower halves are a range of their own.
        if (UMin >> 32 == UMax >> 32)
        {
            Sub.ClampUnsigned((uint)UMin, (uint)UMax);
            if ((int)UMin <= (int)UMax)
                Sub.ClampSigned((int)UMin, (int)UMax);
        }
        if (SMin >> 32 == SMax >> 32)
        {
            if ((uint)SMin <= (uint)SMax)
                Sub.ClampUnsigned((uint)SMin, (uint)SMax);
            if ((int)SMin <= (int)SMax)
                Sub.ClampSigned((int)SMin, (int)SMax);
        }
        // Two neighbouring upper halves, the lower ones going from negative to positive: a signed range.
        if ((uint)(UMin >> 32) + 1 == (uint)(UMax >> 32) && (int)UMin < 0 && (int)UMax >= 0)
            Sub.ClampSigned((int)UMin, (int)UMax);
        if ((uint)(SMin >> 32) + 1 == (uint)(SMax >> 32) && (int)SMin < 0 && (int)SMax >= 0)
            Sub.ClampSigned((int)SMin, (int)SMax);
    }

    private void DeduceWideFromSubreg(bool unsignedOnly)
    {
        SpliceLowHalf(U32Min, U32Max);
        if (!unsignedOnly && (uint)S32Min <= (uint)S32Max)
            SpliceLowHalf((uint)S32Min, (uint)S32Max);

        // All of the range is a sign-extended 32-bit number, and that number is not negative: it is the range.
        if (S32Min >= 0 && SMin >= int.MinValue && SMax <= int.MaxValue)
        {
            (SMin, SMax) = (S32Min, S32Max);
            (UMin, UMax) = ((ulong)S32Min, (ulong)S32Max);
            Var = Tnum.Intersect(Var, Tnum.Range((ulong)SMin, (ulong)SMax));
        }
    }

    /// <summary>The ends of the 64-bit ranges cannot lie below or above these with the same upper half.</summary>
    private void SpliceLowHalf(uint low, uint high)
    {
        const ulong Upper = 0xffff_ffff_0000_0000;
        Wide.ClampUnsigned((UMin & Upper) | low, (UMax & Upper) | high);
        Wide.ClampSigned((long)(((ulong)SMin & Upper) | low), (long)(((ulong)SMax & Upper) | high));
    }

    /// <summary>Bits that are the same in every value within the unsigned bounds are known.</summary>
    private void LearnBitsFromBounds()
    {
        Tnum wide = Tnum.Intersect(Var, Tnum.Range(UMin, UMax));
        Tnum sub = Tnum.Intersect(wide.Subreg, Tnum.Range(U32Min, U32Max));
        Var = wide.ClearSubreg() | sub;
    }

    /// <summary>Older releases, after a comparison: one width is derived anew from the other that was compared.</summary>
    public void CombineAfterComparison(bool jmp32, in Changes changes)
    {
        if (jmp32)
            CombineSubregIntoWide(changes);
        else
            CombineWideIntoSubreg(changes);
    }

    /// <summary>Older releases, after a 32-bit comparison: the 64-bit bounds are only known if the upper half is zero.</summary>
    private void CombineSubregIntoWide(in Changes changes)
    {
        if (Var.ClearSubreg().Is(0))
            AssignSubregToWide();
        else
            SetUnbounded64();
        SyncBounds(changes);
    }

    /// <summary>Older releases, after the 64-bit bounds changed: the 32-bit ones are theirs if they fit, else unknown.</summary>
    private void CombineWideIntoSubreg(in Changes changes)
    {
        SetUnbounded32();
        if (SMin is >= int.MinValue and <= int.MaxValue && SMax is >= int.MinValue and <= int.MaxValue)
            (S32Min, S32Max) = ((int)SMin, (int)SMax);
        if (UMin <= uint.MaxValue && UMax <= uint.MaxValue)
            (U32Min, U32Max) = ((uint)UMin, (uint)UMax);
        SyncBounds(changes);
    }

    /// <summary>The upper half is zero: the 64-bit bounds are the 32-bit ones.</summary>
    private void AssignSubregToWide()
    {
        bool signKnown = S32Min >= 0 && S32Max >= 0;
        (UMin, UMax) = (U32Min, U32Max);
        SMin = signKnown ? S32Min : 0;
        SMax = signKnown ? S32Max : uint.MaxValue;
    }
}
