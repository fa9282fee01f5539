using System.Globalization;

namespace BpfVerifier.Runtime;

/// <summary>A number printed with its sign even when positive, C's <c>%+d</c>.</summary>
internal readonly struct SignedNumber(long value) : ISpanFormattable
{
    public bool TryFormat(Span<char> destination, out int charsWritten, ReadOnlySpan<char> format, IFormatProvider? provider)
    {
        charsWritten = 0;
        if (value >= 0)
        {
            if (destination.IsEmpty)
                return false;
            destination[0] = '+';
            destination = destination[1..];
        }
        if (!value.TryFormat(destination, out int digits, default, CultureInfo.InvariantCulture))
            return false;
        charsWritten = digits + (value >= 0 ? 1 : 0);
        return true;
    }

    public string ToString(string? format, IFormatProvider? formatProvider) =>
        (value >= 0 ? "+" : "") + value.ToString(CultureInfo.InvariantCulture);

    public override string ToString() => ToString(null, null);
}

/// <summary>A number in hexadecimal with <c>0x</c>, the kernel's <c>%#llx</c> (which, unlike C's, also prints 0x0).</summary>
internal readonly struct HexNumber(ulong value) : ISpanFormattable
{
    public bool TryFormat(Span<char> destination, out int charsWritten, ReadOnlySpan<char> format, IFormatProvider? provider) =>
        destination.TryWrite(CultureInfo.InvariantCulture, $"0x{value:x}", out charsWritten);

    public string ToString(string? format, IFormatProvider? formatProvider) => string.Create(CultureInfo.InvariantCulture, $"0x{value:x}");

    public override string ToString() => ToString(null, null);
}

/// <summary>The number formats of log policies: small values in decimal, large ones in hexadecimal.</summary>
internal static class LogNumbers
{
    public static bool IsDecimal(ulong value) => value <= ushort.MaxValue;

    public static bool IsDecimal(long value) => value is >= short.MinValue and <= short.MaxValue;

    public static void WriteUnsigned(VerifierLog log, ulong value)
    {
        if (IsDecimal(value))
            log.Write($"{value}");
        else
            log.Write($"{new HexNumber(value)}");
    }

    public static void WriteSigned(VerifierLog log, long value)
    {
        if (IsDecimal(value))
            log.Write($"{value}");
        else
            log.Write($"{new HexNumber((ulong)value)}");
    }

    /// <summary>A tnum as the release prints it: value and mask, or in later releases the value alone when it is known.</summary>
    public static string Format(Tnum tnum, bool constantsAlone)
    {
        if (constantsAlone && tnum.IsConst)
            return IsDecimal(tnum.Value) ? tnum.Value.ToString(CultureInfo.InvariantCulture) : new HexNumber(tnum.Value).ToString();
        return string.Create(CultureInfo.InvariantCulture, $"({new HexNumber(tnum.Value)}; {new HexNumber(tnum.Mask)})");
    }
}
