namespace BpfVerifier.Analyzers.Kernels;

/// <summary>Some of the target kernels: a bit each, in the order of <see cref="TargetKernels"/>.</summary>
internal readonly record struct KernelSet(ulong Low, ulong High)
{
    /// <summary>How many kernels a set can tell apart.</summary>
    public const int Capacity = 128;

    public static KernelSet Empty => default;

    public bool IsEmpty => (Low | High) == 0;

    public bool Contains(int index) => ((index < 64 ? Low >> index : High >> (index - 64)) & 1) != 0;

    public KernelSet With(int index) => index < 64 ? new(Low | 1UL << index, High) : new(Low, High | 1UL << (index - 64));

    public bool IsSubsetOf(KernelSet other) => (this & other) == this;

    public static KernelSet operator &(KernelSet left, KernelSet right) => new(left.Low & right.Low, left.High & right.High);

    public static KernelSet operator |(KernelSet left, KernelSet right) => new(left.Low | right.Low, left.High | right.High);

    /// <summary>What is in the first and not in the second.</summary>
    public static KernelSet operator -(KernelSet left, KernelSet right) => new(left.Low & ~right.Low, left.High & ~right.High);
}
