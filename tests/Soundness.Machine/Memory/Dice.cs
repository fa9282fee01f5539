using System.Buffers.Binary;

namespace BpfVerifier.Soundness;

/// <summary>Random inputs: the edges of the number ranges as often as anything else. Equal seeds give equal inputs.</summary>
public sealed class Dice(int seed)
{
    private readonly Random _random = new(seed);

    private static readonly ulong[] s_edges =
    [
        0, 1, 2, 3, 4, 7, 8, 15, 16, 63, 64, 127, 128, 255, 256, 0x7fff, 0x8000, 0xffff, 0x10000,
        int.MaxValue, 0x8000_0000, uint.MaxValue, 0x1_0000_0000, long.MaxValue, 1UL << 63, ulong.MaxValue, ulong.MaxValue - 1,
        0xffff_ffff_8000_0000, 0xffff_ffff_7fff_ffff,
    ];

    /// <summary>A number from 0 to below <paramref name="limit"/>.</summary>
    public int Below(int limit) => _random.Next(limit);

    /// <summary>True once in <paramref name="times"/>.</summary>
    public bool OneIn(int times) => _random.Next(times) == 0;

    /// <summary>Any number.</summary>
    public ulong Number() => _random.Next(4) switch
    {
        0 => s_edges[_random.Next(s_edges.Length)],
        1 => (ulong)_random.Next(64),
        2 => (uint)_random.NextInt64(),
        _ => (ulong)_random.NextInt64(long.MinValue, long.MaxValue),
    };

    /// <summary>Bytes in which words of 4 and 8 bytes are numbers as <see cref="Number"/> gives them.</summary>
    public byte[] Bytes(int size)
    {
        byte[] bytes = new byte[size];
        Span<byte> word = stackalloc byte[8];
        for (int at = 0; at < size;)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(word, Number());
            int length = Math.Min(size - at, at % 8 == 0 && _random.Next(2) == 0 ? 8 : 4);
            word[..length].CopyTo(bytes.AsSpan(at));
            at += length;
        }
        return bytes;
    }
}
