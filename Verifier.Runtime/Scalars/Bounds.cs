using System.Numerics;
using System.Runtime.CompilerServices;

namespace BpfVerifier.Runtime;

/// <summary>
/// A register's signed and unsigned bounds in one width, by reference: 64-bit rules and their 32-bit twins are the same
/// rules over different integers and are written once.
/// </summary>
internal readonly ref struct Bounds<TSigned, TUnsigned>
    where TSigned : struct, IBinaryInteger<TSigned>, IMinMaxValue<TSigned>, ISignedNumber<TSigned>
    where TUnsigned : struct, IBinaryInteger<TUnsigned>, IMinMaxValue<TUnsigned>, IUnsignedNumber<TUnsigned>
{
    public readonly ref TSigned SMin;
    public readonly ref TSigned SMax;
    public readonly ref TUnsigned UMin;
    public readonly ref TUnsigned UMax;

    public Bounds(ref TSigned smin, ref TSigned smax, ref TUnsigned umin, ref TUnsigned umax)
    {
        SMin = ref smin;
        SMax = ref smax;
        UMin = ref umin;
        UMax = ref umax;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TSigned Signed(TUnsigned value) => TSigned.CreateTruncating(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TUnsigned Unsigned(TSigned value) => TUnsigned.CreateTruncating(value);

    public void SetUnbounded()
    {
        SetSignedUnbounded();
        SetUnsignedUnbounded();
    }

    public void SetSignedUnbounded() => (SMin, SMax) = (TSigned.MinValue, TSigned.MaxValue);

    public void SetUnsignedUnbounded() => (UMin, UMax) = (TUnsigned.Zero, TUnsigned.MaxValue);

    public void SetConst(TUnsigned value)
    {
        SMin = SMax = Signed(value);
        UMin = UMax = value;
    }

    /// <summary>No value is within: bounds of a branch that is never taken.</summary>
    public bool Empty => UMin > UMax || SMin > SMax;

    public bool IsConst(TUnsigned value) =>
        UMin == value && UMax == value && SMin == Signed(value) && SMax == Signed(value);

    /// <summary>Keeps what lies within [<paramref name="min"/>, <paramref name="max"/>], signed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void ClampSigned(TSigned min, TSigned max)
    {
        SMin = TSigned.Max(SMin, min);
        SMax = TSigned.Min(SMax, max);
    }

    /// <summary>Keeps what lies within [<paramref name="min"/>, <paramref name="max"/>], unsigned.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void ClampUnsigned(TUnsigned min, TUnsigned max)
    {
        UMin = TUnsigned.Max(UMin, min);
        UMax = TUnsigned.Min(UMax, max);
    }

    /// <summary>Tightens the bounds by known bits.</summary>
    public void LearnFromBits(TUnsigned value, TUnsigned mask)
    {
        TUnsigned sign = Unsigned(TSigned.MinValue);
        // Smallest when an unknown sign bit is set and nothing else; largest the other way round.
        ClampSigned(Signed(value | (mask & sign)), Signed(value | (mask & ~sign)));
        ClampUnsigned(value, value | mask);
    }

    /// <summary>
    /// Carries knowledge between the signed and the unsigned bounds where one range, seen with the other's eyes, does not
    /// wrap around.
    /// </summary>
    /// <param name="splitRanges">Also when the signed range falls into two unsigned pieces of which one is ruled out.</param>
    public void DeduceSigns(bool splitRanges)
    {
        if (Signed(UMin) <= Signed(UMax))
            ClampSigned(Signed(UMin), Signed(UMax));

        TUnsigned low = Unsigned(SMin);
        TUnsigned high = Unsigned(SMax);
        if (low <= high)
        {
            ClampUnsigned(low, high);
        }
        else if (!splitRanges)
        {
            return;
        }
        else if (UMax < low)
        {
            // Below the negative piece: only [0, SMax] is left.
            SMin = Signed(UMin);
            UMax = TUnsigned.Min(UMax, high);
        }
        else if (high < UMin)
        {
            // Above the non-negative piece: only [SMin, -1] is left.
            SMax = Signed(UMax);
            UMin = TUnsigned.Max(UMin, low);
        }
    }

    /// <summary>The weaker deduction of older releases, which learn only from a known sign.</summary>
    public void DeduceSignsByHalf()
    {
        if (!TSigned.IsNegative(SMin) || TSigned.IsNegative(SMax))
        {
            UMin = TUnsigned.Max(Unsigned(SMin), UMin);
            UMax = TUnsigned.Min(Unsigned(SMax), UMax);
            SMin = Signed(UMin);
            SMax = Signed(UMax);
        }
        else if (!TSigned.IsNegative(Signed(UMax)))
        {
            SMin = Signed(UMin);
            UMax = TUnsigned.Min(Unsigned(SMax), UMax);
            SMax = Signed(UMax);
        }
        else if (TSigned.IsNegative(Signed(UMin)))
        {
            UMin = TUnsigned.Max(Unsigned(SMin), UMin);
            SMin = Signed(UMin);
            SMax = Signed(UMax);
        }
    }

    /// <summary>Takes the signed bounds from the unsigned ones if those stay on one side of the sign, else forgets them.</summary>
    public void SetSignedFromUnsigned()
    {
        if (Signed(UMin) <= Signed(UMax))
            (SMin, SMax) = (Signed(UMin), Signed(UMax));
        else
            SetSignedUnbounded();
    }

    /// <param name="other">Bounds of the addend.</param>
    /// <param name="wholeWrap">A sum all of whose values wrap around keeps its bounds.</param>
    public void Add(in Bounds<TSigned, TUnsigned> other, bool wholeWrap)
    {
        bool signedOverflow = AddOverflows(SMin, other.SMin, out TSigned smin);
        signedOverflow |= AddOverflows(SMax, other.SMax, out TSigned smax);
        if (signedOverflow)
            SetSignedUnbounded();
        else
            (SMin, SMax) = (smin, smax);

        TUnsigned umin = UMin + other.UMin;
        TUnsigned umax = UMax + other.UMax;
        bool minWraps = umin < other.UMin;
        bool maxWraps = umax < other.UMax;
        if (wholeWrap ? !minWraps && maxWraps : minWraps || maxWraps)
            SetUnsignedUnbounded();
        else
            (UMin, UMax) = (umin, umax);
    }

    /// <param name="other">Bounds of the subtrahend.</param>
    /// <param name="wholeWrap">A difference all of whose values wrap around keeps its bounds.</param>
    public void Subtract(in Bounds<TSigned, TUnsigned> other, bool wholeWrap)
    {
        bool signedOverflow = SubtractOverflows(SMin, other.SMax, out TSigned smin);
        signedOverflow |= SubtractOverflows(SMax, other.SMin, out TSigned smax);
        if (signedOverflow)
            SetSignedUnbounded();
        else
            (SMin, SMax) = (smin, smax);

        bool minWraps = UMin < other.UMax;
        bool maxWraps = UMax < other.UMin;
        if (wholeWrap ? minWraps && !maxWraps : minWraps)
            SetUnsignedUnbounded();
        else
            (UMin, UMax) = (UMin - other.UMax, UMax - other.UMin);
    }

    public void Multiply(in Bounds<TSigned, TUnsigned> other)
    {
        UInt128 umin = Wide(UMin) * Wide(other.UMin);
        UInt128 umax = Wide(UMax) * Wide(other.UMax);
        if (UInt128.Max(umin, umax) > Wide(TUnsigned.MaxValue))
            SetUnsignedUnbounded();
        else
            (UMin, UMax) = (TUnsigned.CreateTruncating(umin), TUnsigned.CreateTruncating(umax));

        Int128 a = Wide(SMin) * Wide(other.SMin);
        Int128 b = Wide(SMin) * Wide(other.SMax);
        Int128 c = Wide(SMax) * Wide(other.SMin);
        Int128 d = Wide(SMax) * Wide(other.SMax);
        Int128 smin = Int128.Min(Int128.Min(a, b), Int128.Min(c, d));
        Int128 smax = Int128.Max(Int128.Max(a, b), Int128.Max(c, d));
        if (smin < Wide(TSigned.MinValue) || smax > Wide(TSigned.MaxValue))
            SetSignedUnbounded();
        else
            (SMin, SMax) = (TSigned.CreateTruncating(smin), TSigned.CreateTruncating(smax));

    }

    /// <summary>Older releases multiply only two non-negative numbers of half the width.</summary>
    /// <param name="other">Bounds of the factor.</param>
    /// <param name="half">Largest number of half the width.</param>
    public void MultiplySmall(in Bounds<TSigned, TUnsigned> other, TUnsigned half)
    {
        if (TSigned.IsNegative(other.SMin) || TSigned.IsNegative(SMin) || other.UMax > half || UMax > half)
        {
            SetUnbounded();
            return;
        }
        UMin *= other.UMin;
        UMax *= other.UMax;
        if (UMax > Unsigned(TSigned.MaxValue))
            SetSignedUnbounded();
        else
            (SMin, SMax) = (Signed(UMin), Signed(UMax));
    }

    /// <summary>Both are equal: each keeps what both may be.</summary>
    public void Equalize(in Bounds<TSigned, TUnsigned> other)
    {
        ClampUnsigned(other.UMin, other.UMax);
        ClampSigned(other.SMin, other.SMax);
        (other.UMin, other.UMax) = (UMin, UMax);
        (other.SMin, other.SMax) = (SMin, SMax);
    }

    /// <summary>This is at most <paramref name="other"/> (or below it, if <paramref name="strictly"/>), unsigned.</summary>
    public void LimitBelow(in Bounds<TSigned, TUnsigned> other, bool strictly)
    {
        TUnsigned gap = strictly ? TUnsigned.One : TUnsigned.Zero;
        UMax = TUnsigned.Min(UMax, other.UMax - gap);
        other.UMin = TUnsigned.Max(UMin + gap, other.UMin);
    }

    /// <summary>This is at most <paramref name="other"/> (or below it, if <paramref name="strictly"/>), signed.</summary>
    public void LimitBelowSigned(in Bounds<TSigned, TUnsigned> other, bool strictly)
    {
        TSigned gap = strictly ? TSigned.One : TSigned.Zero;
        SMax = TSigned.Min(SMax, other.SMax - gap);
        other.SMin = TSigned.Max(SMin + gap, other.SMin);
    }

    /// <summary>Is not <paramref name="value"/>: a bound that is moves by one.</summary>
    public void Exclude(TUnsigned value)
    {
        if (UMin == value)
            UMin++;
        if (UMax == value)
            UMax--;
        if (SMin == Signed(value))
            SMin++;
        if (SMax == Signed(value))
            SMax--;
    }

    private static Int128 Wide(TSigned value) => Int128.CreateTruncating(value);

    private static UInt128 Wide(TUnsigned value) => UInt128.CreateTruncating(value);

    private static bool AddOverflows(TSigned a, TSigned b, out TSigned sum)
    {
        sum = a + b;
        return TSigned.IsNegative((a ^ sum) & (b ^ sum));
    }

    private static bool SubtractOverflows(TSigned a, TSigned b, out TSigned difference)
    {
        difference = a - b;
        return TSigned.IsNegative((a ^ b) & (a ^ difference));
    }
}
