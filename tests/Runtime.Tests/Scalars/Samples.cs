namespace BpfVerifier.Runtime.Tests.Scalars;

/// <summary>Random values and random knowledge about them, from a fixed seed.</summary>
internal sealed class Samples(int seed, Changes changes)
{
    private static readonly ulong[] s_corners =
    [
        0, 1, 2, 7, 8, 31, 32, 63, 64, 127, 128, 255, 256, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fff_fffe, 0x7fff_ffff, 0x8000_0000,
        0x8000_0001, 0xffff_fffe, 0xffff_ffff, 0x1_0000_0000, 0x1_0000_0001, 0x1_7fff_ffff, 0x1_8000_0000, 0x7fff_ffff_ffff_ffff,
        0x8000_0000_0000_0000, 0x8000_0000_8000_0000, 0xffff_ffff_0000_0000, 0xffff_ffff_7fff_ffff, 0xffff_ffff_8000_0000,
        0xffff_ffff_ffff_ff80, 0xffff_ffff_ffff_ffff,
    ];

    private readonly Random _random = new(seed);

    public int Next(int below) => _random.Next(below);

    /// <summary>Any value; small ones, and those where signs and widths meet, more often than others.</summary>
    public ulong Value() => _random.Next(4) switch
    {
        0 => s_corners[_random.Next(s_corners.Length)],
        1 => s_corners[_random.Next(s_corners.Length)] + (ulong)_random.Next(-5, 6),
        2 => (ulong)_random.NextInt64(long.MinValue, long.MaxValue) >> _random.Next(64),
        _ => (ulong)_random.NextInt64(long.MinValue, long.MaxValue),
    };

    public int Imm() => (int)Value();

    /// <summary>A scalar of which something is known that is true of <paramref name="value"/>, all domains in step.</summary>
    public RegState Knowing(ulong value)
    {
        RegState reg = default;
        reg.SetUnknownImprecise();
        if (_random.Next(8) == 0)
        {
            reg.SetKnown(value);
            return reg;
        }
        if (_random.Next(2) == 0)
        {
            ulong unknown = Value() | Value();
            reg.Var = new Tnum(value & ~unknown, unknown);
        }
        if (_random.Next(2) == 0)
            reg.Wide.ClampUnsigned(Math.Min(value, Near(value)), Math.Max(value, Near(value)));
        if (_random.Next(2) == 0)
            reg.Wide.ClampSigned(Math.Min((long)value, (long)Near(value)), Math.Max((long)value, (long)Near(value)));
        if (_random.Next(3) == 0)
            reg.Sub.ClampUnsigned(Math.Min((uint)value, (uint)Near(value)), Math.Max((uint)value, (uint)Near(value)));
        if (_random.Next(3) == 0)
            reg.Sub.ClampSigned(Math.Min((int)value, (int)Near(value)), Math.Max((int)value, (int)Near(value)));
        reg.SyncBounds(changes);
        return reg;
    }

    private ulong Near(ulong value) => _random.Next(3) switch
    {
        0 => Value(),
        1 => value + (ulong)_random.Next(-20, 21),
        _ => value ^ (Value() >> _random.Next(64)),
    };
}
