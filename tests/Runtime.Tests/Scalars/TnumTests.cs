namespace BpfVerifier.Runtime.Tests.Scalars;

/// <summary>Tracked numbers, exhaustively over four bits.</summary>
public class TnumTests
{
    private const int Bits = 4;

    private static readonly Tnum[] s_all = All().ToArray();

    private static IEnumerable<Tnum> All()
    {
        for (ulong mask = 0; mask < 1 << Bits; mask++)
            for (ulong value = 0; value < 1 << Bits; value++)
                if ((value & mask) == 0)
                    yield return new Tnum(value, mask);
    }

    private static IEnumerable<ulong> Values(Tnum tnum)
    {
        for (ulong value = 0; value < 1 << Bits; value++)
            if (tnum.Contains(value))
                yield return value;
    }

    private static void AssertSound(Func<Tnum, Tnum, Tnum> onTnums, Func<ulong, ulong, ulong> onValues)
    {
        foreach (Tnum a in s_all)
            foreach (Tnum b in s_all)
            {
                Tnum result = onTnums(a, b);
                Assert.Equal(0ul, result.Value & result.Mask);
                foreach (ulong x in Values(a))
                    foreach (ulong y in Values(b))
                        if (!result.Contains(onValues(x, y)))
                            Assert.Fail($"{a} op {b} = {result} lacks the result of {x} and {y}");
            }
    }

    [Fact]
    public void Addition_holds_every_sum() => AssertSound((a, b) => a + b, (x, y) => x + y);

    [Fact]
    public void Subtraction_holds_every_difference() => AssertSound((a, b) => a - b, (x, y) => x - y);

    [Fact]
    public void Negation_holds_every_negative() => AssertSound((a, _) => -a, (x, _) => 0 - x);

    [Fact]
    public void Multiplication_holds_every_product() => AssertSound(Tnum.Multiply, (x, y) => x * y);

    [Fact]
    public void Older_multiplication_holds_every_product() => AssertSound(Tnum.MultiplyBySums, (x, y) => x * y);

    [Fact]
    public void Bitwise_operations_hold_every_result_and_no_more()
    {
        AssertSound((a, b) => a & b, (x, y) => x & y);
        AssertSound((a, b) => a | b, (x, y) => x | y);
        AssertSound((a, b) => a ^ b, (x, y) => x ^ y);
        foreach (Tnum a in s_all)
            foreach (Tnum b in s_all)
            {
                Assert.Equal(Best(a, b, (x, y) => x & y), a & b);
                Assert.Equal(Best(a, b, (x, y) => x | y), a | b);
                Assert.Equal(Best(a, b, (x, y) => x ^ y), a ^ b);
            }
    }

    /// <summary>The best tracked number for all results.</summary>
    private static Tnum Best(Tnum a, Tnum b, Func<ulong, ulong, ulong> op)
    {
        ulong ones = ulong.MaxValue;
        ulong possible = 0;
        foreach (ulong x in Values(a))
            foreach (ulong y in Values(b))
            {
                ones &= op(x, y);
                possible |= op(x, y);
            }
        return new Tnum(ones, possible & ~ones);
    }

    [Fact]
    public void Union_is_the_smallest_that_holds_both()
    {
        foreach (Tnum a in s_all)
            foreach (Tnum b in s_all)
            {
                ulong[] members = [.. Values(a), .. Values(b)];
                ulong ones = members.Aggregate((x, y) => x & y);
                ulong possible = members.Aggregate((x, y) => x | y);
                Assert.Equal(new Tnum(ones, possible & ~ones), Tnum.Union(a, b));
            }
    }

    [Fact]
    public void Intersection_is_exact_where_there_is_one()
    {
        foreach (Tnum a in s_all)
            foreach (Tnum b in s_all)
            {
                ulong[] common = [.. Values(a).Intersect(Values(b))];
                Assert.Equal(common.Length > 0, Tnum.Overlap(a, b));
                if (common.Length > 0)
                    Assert.Equal(common, Values(Tnum.Intersect(a, b)));
            }
    }

    [Fact]
    public void Contains_means_every_value_is_contained()
    {
        foreach (Tnum a in s_all)
            foreach (Tnum b in s_all)
                Assert.Equal(Values(b).All(x => (x & ~a.Mask) == a.Value), a.Contains(b));
    }

    [Fact]
    public void Range_is_the_smallest_that_holds_the_interval()
    {
        for (ulong min = 0; min < 40; min++)
            for (ulong max = min; max < 40; max++)
            {
                Tnum range = Tnum.Range(min, max);
                for (ulong value = min; value <= max; value++)
                    Assert.True(range.Contains(value));
                // One bit less unknown would lose an end.
                ulong differing = min ^ max;
                Assert.Equal(differing == 0 ? 0 : (1UL << (64 - System.Numerics.BitOperations.LeadingZeroCount(differing))) - 1, range.Mask);
            }
        Assert.Equal(Tnum.Unknown, Tnum.Range(0, ulong.MaxValue));
        Assert.Equal(Tnum.Unknown, Tnum.Range(long.MaxValue, 1UL << 63));
        Assert.Equal(new Tnum(1UL << 63, long.MaxValue), Tnum.Range(1UL << 63, ulong.MaxValue));
    }

    [Fact]
    public void Shifts_shift_every_value()
    {
        foreach (Tnum low in s_all)
        {
            // The same four bits at the top, so that signs take part.
            foreach (int at in (int[])[0, 28, 60])
            {
                Tnum a = low.ShiftLeft(at);
                for (int by = 0; by < 8; by++)
                    foreach (ulong x in Values(low))
                    {
                        ulong value = x << at;
                        Assert.True(a.ShiftLeft(by).Contains(value << by));
                        Assert.True(a.ShiftRight(by).Contains(value >> by));
                        Assert.True(a.ShiftRightSigned(by).Contains((ulong)((long)value >> by)));
                        Assert.True(a.Subreg.ShiftRightSigned32(by).Contains((uint)((int)value >> by)));
                    }
            }
        }
    }

    [Fact]
    public void Halves_are_taken_apart_and_put_together()
    {
        Samples samples = new(1, Lab.Stock);
        for (int i = 0; i < 20_000; i++)
        {
            (ulong value, ulong other) = (samples.Value(), samples.Value());
            Tnum a = samples.Knowing(value).Var;
            Tnum b = samples.Knowing(other).Var;
            Assert.True(a.Subreg.Contains((uint)value));
            Assert.True(a.ClearSubreg().Contains(value >> 32 << 32));
            Assert.True(a.WithSubreg(b).Contains((value >> 32 << 32) | (uint)other));
            Assert.True(a.WithConstSubreg((uint)other).Contains((value >> 32 << 32) | (uint)other));
            Assert.Equal(a, a.WithSubreg(a));
            foreach (int bytes in (int[])[1, 2, 4])
                Assert.True(a.Truncate(bytes).Contains(value & ((1UL << (bytes * 8)) - 1)));
            Assert.Equal(a, a.Truncate(8));
        }
    }

    [Fact]
    public void Aligned_means_every_value_is()
    {
        foreach (Tnum a in s_all)
            foreach (ulong size in (ulong[])[1, 2, 4, 8])
                Assert.Equal(Values(a).All(x => x % size == 0), a.IsAligned(size));
    }
}
