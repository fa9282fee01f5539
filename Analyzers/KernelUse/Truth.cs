using BpfVerifier.Analyzers.Kernels;

namespace BpfVerifier.Analyzers.KernelUse;

/// <summary>On which kernels a condition may be true, and on which it may be false.</summary>
internal readonly record struct Truth(KernelSet True, KernelSet False)
{
    public static Truth operator !(Truth value) => new(value.False, value.True);

    public static Truth operator &(Truth left, Truth right) => new(left.True & right.True, left.False | right.False);

    public static Truth operator |(Truth left, Truth right) => new(left.True | right.True, left.False & right.False);

    /// <summary>What holds if either may be the case.</summary>
    public Truth Join(Truth other) => new(True | other.True, False | other.False);

    /// <summary>The same where only these kernels come by.</summary>
    public Truth On(KernelSet kernels) => new(True & kernels, False & kernels);
}
