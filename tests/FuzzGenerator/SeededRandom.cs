namespace BpfVerifier.Fuzz;

/// <summary>Numbers that depend on the seed alone: the same on every machine and runtime (SplitMix64).</summary>
internal sealed class SeededRandom(ulong seed)
{
    private ulong _state = seed;

    /// <summary>Any 64 bits.</summary>
    public ulong Bits()
    {
        _state += 0x9e3779b97f4a7c15;
        ulong z = _state;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }

    /// <summary>0 to <paramref name="bound"/> - 1.</summary>
    public int Below(int bound) => (int)(Bits() % (ulong)bound);

    /// <summary><paramref name="least"/> to <paramref name="most"/>, both included.</summary>
    public int Between(int least, int most) => least + Below(most - least + 1);

    /// <summary>True in so many of a hundred cases.</summary>
    public bool Percent(int share) => Below(100) < share;

    /// <summary>One of the items, each as likely.</summary>
    public T Pick<T>(IReadOnlyList<T> items) => items[Below(items.Count)];

    /// <summary>An immediate of the kind that decides branches and bounds.</summary>
    public int Immediate() => Below(8) switch
    {
        0 => Below(4) - 1,
        1 => Pick(s_edges),
        2 => 1 << Below(31),
        3 => (1 << Below(31)) - 1,
        4 => -(1 << Below(16)),
        5 => (int)Bits(),
        _ => Below(64),
    };

    private static readonly int[] s_edges = [0, 1, -1, 8, 16, 64, 255, 256, 4095, 4096, 65535, 65536, int.MaxValue, int.MinValue, -4096];
}
