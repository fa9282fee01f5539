using System.Numerics;

namespace BpfVerifier.Runtime;

/// <summary>What division by a constant makes of bounds. Only the bounds of the operation's width and sign are told; the others and all
/// bits are forgotten. Division by zero gives zero, its remainder is the dividend.</summary>
internal partial struct RegState
{
    /// <summary>this /= <paramref name="divisor"/>.</summary>
    public void DivideScalar(ref RegState divisor, bool wide, bool signed)
    {
        if ((wide ? divisor.UMin : divisor.U32Min) == 0)
        {
            SetKnownConst(0);
            return;
        }
        if (wide)
            Divide(Wide, divisor.SMin, divisor.UMin, signed);
        else
            Divide(Sub, divisor.S32Min, divisor.U32Min, signed);
        ForgetAllBut(wide);
    }

    /// <summary>this %= <paramref name="divisor"/>.</summary>
    public void RemainderScalar(ref RegState divisor, bool wide, bool signed)
    {
        if ((wide ? divisor.UMin : divisor.U32Min) == 0)
            return;
        bool changes = wide
            ? Remainder(Wide, divisor.SMin, divisor.UMin, signed)
            : Remainder(Sub, divisor.S32Min, divisor.U32Min, signed);
        if (changes)
            ForgetAllBut(wide);
    }

    private static void Divide<TSigned, TUnsigned>(Bounds<TSigned, TUnsigned> dividend, TSigned divisor, TUnsigned unsignedDivisor, bool signed)
        where TSigned : struct, IBinaryInteger<TSigned>, IMinMaxValue<TSigned>, ISignedNumber<TSigned>
        where TUnsigned : struct, IBinaryInteger<TUnsigned>, IMinMaxValue<TUnsigned>, IUnsignedNumber<TUnsigned>
    {
        if (!signed)
        {
            dividend.UMin /= unsignedDivisor;
            dividend.UMax /= unsignedDivisor;
            dividend.SetSignedUnbounded();
            return;
        }
        dividend.SetUnsignedUnbounded();
        if (divisor == TSigned.NegativeOne && dividend.SMin == TSigned.MinValue)
        {
            // The smallest number is its own quotient, and its neighbours' are at the other end.
            if (dividend.SMax != TSigned.MinValue)
                dividend.SetSignedUnbounded();
            return;
        }
        TSigned one = dividend.SMin / divisor, other = dividend.SMax / divisor;
        (dividend.SMin, dividend.SMax) = (TSigned.Min(one, other), TSigned.Max(one, other));
    }

    /// <returns>False when every dividend is its own remainder.</returns>
    private static bool Remainder<TSigned, TUnsigned>(Bounds<TSigned, TUnsigned> dividend, TSigned divisor, TUnsigned unsignedDivisor, bool signed)
        where TSigned : struct, IBinaryInteger<TSigned>, IMinMaxValue<TSigned>, ISignedNumber<TSigned>
        where TUnsigned : struct, IBinaryInteger<TUnsigned>, IMinMaxValue<TUnsigned>, IUnsignedNumber<TUnsigned>
    {
        if (!signed)
        {
            TUnsigned largest = unsignedDivisor - TUnsigned.One;
            if (dividend.UMax <= largest)
                return false;
            (dividend.UMin, dividend.UMax) = (TUnsigned.Zero, largest);
            dividend.SetSignedUnbounded();
            return true;
        }
        // One less than the divisor's magnitude, which is always representable.
        TSigned most = divisor > TSigned.Zero ? divisor - TSigned.One : -(divisor + TSigned.One);
        if (dividend.SMin >= -most && dividend.SMax <= most)
            return false;
        // A remainder has its dividend's sign.
        (dividend.SMin, dividend.SMax) = dividend.SMin >= TSigned.Zero ? (TSigned.Zero, TSigned.Min(dividend.SMax, most))
            : dividend.SMax <= TSigned.Zero ? (TSigned.Max(dividend.SMin, -most), TSigned.Zero)
            : (-most, most);
        dividend.SetUnsignedUnbounded();
        return true;
    }

    private void ForgetAllBut(bool wide)
    {
        if (wide)
            SetUnbounded32();
        else
            SetUnbounded64();
        Var = Tnum.Unknown;
    }
}
