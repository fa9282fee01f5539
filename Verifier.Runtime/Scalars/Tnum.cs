using System.Runtime.InteropServices;

namespace BpfVerifier.Runtime;

/// <summary>
/// Tracked number: a 64-bit value some of whose bits are unknown. Known bits are in <see cref="Value"/>, unknown ones
/// are set in <see cref="Mask"/>; a bit is never set in both.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly partial record struct Tnum(ulong Value, ulong Mask)
{
    public static Tnum Unknown => new(0, ulong.MaxValue);

    public static Tnum Const(ulong value) => new(value, 0);

    public bool IsConst => Mask == 0;

    public bool IsUnknown => Mask == ulong.MaxValue;
}
