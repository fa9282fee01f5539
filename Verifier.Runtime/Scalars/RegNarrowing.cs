namespace BpfVerifier.Runtime;

/// <summary>Truncation and sign extension, as loads, moves and 32-bit operations do it.</summary>
internal partial struct RegState
{
    /// <summary>The upper 32 bits became zero.</summary>
    public void ZeroExtendSubreg()
    {
        Var = Var.Subreg;
        AssignSubregToWide();
    }

    /// <summary>All but the low <paramref name="bytes"/> (1, 2 or 4) became zero.</summary>
    public void CoerceToSize(int bytes, in Changes changes)
    {
        Var = Var.Truncate(bytes);
        ulong mask = (1UL << (bytes * 8)) - 1;
        if ((UMin & ~mask) == (UMax & ~mask))
            (UMin, UMax) = (UMin & mask, UMax & mask);
        else
            (UMin, UMax) = (0, mask);
        (SMin, SMax) = ((long)UMin, (long)UMax);

        if (changes.BoundsAcrossWidths)
        {
            if (bytes < 4)
                SetUnbounded32();
            SyncBounds(changes);
        }
        else if (bytes < 4)
        {
            CombineWideIntoSubreg(changes);
        }
    }

    /// <summary>The low <paramref name="bytes"/> (1, 2 or 4) are extended to 64 bits with their sign.</summary>
    public void CoerceToSizeSx(int bytes)
    {
        if (Var.IsConst)
        {
            SetKnownConst((ulong)SignExtend((long)Var.Value, bytes));
            return;
        }
        int bits = bytes * 8;
        // The part that is cut off is the same in all values: only then the low part is still a range.
        if (SMax >> bits == SMin >> bits)
        {
            long a = SignExtend(SMax, bytes);
            long b = SignExtend(SMin, bytes);
            (long min, long max) = (Math.Min(a, b), Math.Max(a, b));
            if (max >= 0 == min >= 0)
            {
                (SMin, SMax) = (min, max);
                (UMin, UMax) = ((ulong)min, (ulong)max);
                (S32Min, S32Max) = ((int)min, (int)max);
                (U32Min, U32Max) = ((uint)min, (uint)max);
                Var = Tnum.Range((ulong)min, (ulong)max);
                return;
            }
        }
        (SMin, SMax) = (-1L << (bits - 1), (1L << (bits - 1)) - 1);
        (S32Min, S32Max) = ((int)SMin, (int)SMax);
        (UMin, UMax) = (0, ulong.MaxValue);
        (U32Min, U32Max) = (0, uint.MaxValue);
        Var = Tnum.Unknown;
    }

    /// <summary>
    /// The low <paramref name="bytes"/> (1 or 2) are extended to 32 bits with their sign. The 64-bit bounds are left for
    /// the zero extension that follows.
    /// </summary>
    public void CoerceSubregToSizeSx(int bytes)
    {
        if (Var.IsConst)
        {
            int value = (int)SignExtend((long)Var.Value, bytes);
            Var = Tnum.Const((ulong)(long)value);
            Sub.SetConst((uint)value);
            return;
        }
        int bits = bytes * 8;
        if ((uint)S32Max >> bits == (uint)S32Min >> bits)
        {
            int a = (int)SignExtend(S32Max, bytes);
            int b = (int)SignExtend(S32Min, bytes);
            (int min, int max) = (Math.Min(a, b), Math.Max(a, b));
            if (max >= 0 == min >= 0)
            {
                (S32Min, S32Max) = (min, max);
                (U32Min, U32Max) = ((uint)min, (uint)max);
                Var = Tnum.Range((ulong)min, (ulong)max).Subreg;
                return;
            }
        }
        (S32Min, S32Max) = (-1 << (bits - 1), (1 << (bits - 1)) - 1);
        (U32Min, U32Max) = (0, uint.MaxValue);
        Var = Tnum.Unknown.Subreg;
    }

    private static long SignExtend(long value, int bytes) => bytes switch
    {
        1 => (sbyte)value,
        2 => (short)value,
        _ => (int)value,
    };
}
