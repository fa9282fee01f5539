using System.Buffers.Binary;
using System.Numerics;

namespace BpfVerifier.Runtime;

/// <summary>
/// The operations of tracked numbers. Each is sound: whatever values the operands may have, the result of the machine
/// operation is among the values of the result.
/// </summary>
internal readonly partial record struct Tnum
{
    /// <summary>Largest value it may have, unsigned.</summary>
    public ulong Max => Value | Mask;

    /// <summary>The smallest tracked number holding every value of [<paramref name="min"/>, <paramref name="max"/>].</summary>
    public static Tnum Range(ulong min, ulong max)
    {
        int differing = 64 - BitOperations.LeadingZeroCount(min ^ max);
        if (differing == 64)
            return Unknown;
        ulong below = (1UL << differing) - 1;
        return new Tnum(min & ~below, below);
    }

    public Tnum ShiftLeft(int by) => new(Value << by, Mask << by);

    public Tnum ShiftRight(int by) => new(Value >> by, Mask >> by);

    /// <summary>Arithmetic shift of all 64 bits.</summary>
    public Tnum ShiftRightSigned(int by) => new((ulong)((long)Value >> by), (ulong)((long)Mask >> by));

    /// <summary>Arithmetic shift of the low 32 bits; the upper half of the result is zero.</summary>
    public Tnum ShiftRightSigned32(int by) => new((uint)((int)Value >> by), (uint)((int)Mask >> by));

    public static Tnum operator +(Tnum a, Tnum b)
    {
        ulong masks = a.Mask + b.Mask;
        ulong values = a.Value + b.Value;
        // Bits in which the smallest and the largest sum differ saw an uncertain carry.
        ulong unknown = ((masks + values) ^ values) | a.Mask | b.Mask;
        return new Tnum(values & ~unknown, unknown);
    }

    public static Tnum operator -(Tnum a, Tnum b)
    {
        ulong difference = a.Value - b.Value;
        ulong unknown = ((difference + a.Mask) ^ (difference - b.Mask)) | a.Mask | b.Mask;
        return new Tnum(difference & ~unknown, unknown);
    }

    public static Tnum operator -(Tnum a) => Const(0) - a;

    public static Tnum operator &(Tnum a, Tnum b)
    {
        ulong ones = a.Value & b.Value;
        return new Tnum(ones, a.Max & b.Max & ~ones);
    }

    public static Tnum operator |(Tnum a, Tnum b)
    {
        ulong ones = a.Value | b.Value;
        return new Tnum(ones, (a.Mask | b.Mask) & ~ones);
    }

    public static Tnum operator ^(Tnum a, Tnum b)
    {
        ulong unknown = a.Mask | b.Mask;
        return new Tnum((a.Value ^ b.Value) & ~unknown, unknown);
    }

    /// <summary>Long multiplication; where a bit of <paramref name="a"/> is unknown both partial sums are joined.</summary>
    public static Tnum Multiply(Tnum a, Tnum b)
    {
        Tnum sum = default;
        for (; a.Max != 0; a = a.ShiftRight(1), b = b.ShiftLeft(1))
        {
            if ((a.Value & 1) != 0)
                sum += b;
            else if ((a.Mask & 1) != 0)
                sum = Union(sum, sum + b);
        }
        return sum;
    }

    /// <summary>
    /// Multiplication as older releases do it: the known parts are multiplied, what is uncertain is summed up apart and
    /// added at the end (arxiv.org/abs/2105.05398).
    /// </summary>
    public static Tnum MultiplyBySums(Tnum a, Tnum b)
    {
        ulong product = a.Value * b.Value;
        Tnum uncertain = default;
        for (; a.Max != 0; a = a.ShiftRight(1), b = b.ShiftLeft(1))
        {
            if ((a.Value & 1) != 0)
                uncertain += new Tnum(0, b.Mask);
            else if ((a.Mask & 1) != 0)
                uncertain += new Tnum(0, b.Max);
        }
        return Const(product) + uncertain;
    }

    /// <summary>True if some value belongs to both.</summary>
    public static bool Overlap(Tnum a, Tnum b) => ((a.Value ^ b.Value) & ~a.Mask & ~b.Mask) == 0;

    /// <summary>The low <paramref name="bytes"/> (2, 4 or 8) in the opposite order, the others 0.</summary>
    public Tnum SwapBytes(int bytes)
    {
        int shift = 64 - 8 * bytes;
        return new Tnum(BinaryPrimitives.ReverseEndianness(Value) >> shift, BinaryPrimitives.ReverseEndianness(Mask) >> shift);
    }

    /// <summary>The values that belong to both. Where one knows a 1 and the other a 0, the result claims a 1.</summary>
    public static Tnum Intersect(Tnum a, Tnum b)
    {
        ulong unknown = a.Mask & b.Mask;
        return new Tnum((a.Value | b.Value) & ~unknown, unknown);
    }

    /// <summary>The smallest tracked number that holds all values of both.</summary>
    public static Tnum Union(Tnum a, Tnum b)
    {
        ulong unknown = (a.Value ^ b.Value) | a.Mask | b.Mask;
        return new Tnum(a.Value & b.Value & ~unknown, unknown);
    }

    /// <summary>Cuts off all but the low <paramref name="bytes"/> bytes (1 to 8).</summary>
    public Tnum Truncate(int bytes)
    {
        ulong kept = bytes >= 8 ? ulong.MaxValue : (1UL << (bytes * 8)) - 1;
        return new Tnum(Value & kept, Mask & kept);
    }

    /// <summary>True if every value is a multiple of <paramref name="size"/>, a power of two or 0.</summary>
    public bool IsAligned(ulong size) => size == 0 || (Max & (size - 1)) == 0;

    /// <summary>True if every value of <paramref name="other"/> is also one of this.</summary>
    public bool Contains(Tnum other) => (other.Mask & ~Mask) == 0 && Value == (other.Value & ~Mask);

    public bool Contains(ulong value) => Contains(Const(value));

    public bool Is(ulong value) => Mask == 0 && Value == value;

    /// <summary>The low 32 bits.</summary>
    public Tnum Subreg => new((uint)Value, (uint)Mask);

    /// <summary>True when the low 32 bits are known.</summary>
    public bool IsConstSubreg => (uint)Mask == 0;

    /// <summary>The upper 32 bits, the lower ones zero.</summary>
    public Tnum ClearSubreg() => new(Value >> 32 << 32, Mask >> 32 << 32);

    /// <summary>The upper half of this with the lower half of <paramref name="subreg"/>.</summary>
    public Tnum WithSubreg(Tnum subreg) => ClearSubreg() | subreg.Subreg;

    public Tnum WithConstSubreg(uint value) => WithSubreg(Const(value));

    /// <summary>As the kernel prints it: value and mask, <c>(0x10; 0xff)</c>.</summary>
    public override string ToString() => $"(0x{Value:x}; 0x{Mask:x})";
}
