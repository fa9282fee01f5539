namespace BpfVerifier.Soundness;

/// <summary>What a register holds.</summary>
/// <param name="Bits">The number, or the pointer's address.</param>
/// <param name="Region">The region a pointer was made for, 0 for a number. Only such pointers may be used to access memory.</param>
/// <param name="Written">The register was given a value.</param>
public readonly record struct Value(ulong Bits, int Region, bool Written)
{
    /// <summary>A number.</summary>
    public static Value Number(ulong bits) => new(bits, 0, true);
}

/// <summary>The program did what no accepted program may do.</summary>
public sealed class UnsafeRunException(string what) : Exception(what);

/// <summary>The program does what the machine does not model: its run says nothing from here on.</summary>
public sealed class NotModelledException(string what) : Exception(what);
