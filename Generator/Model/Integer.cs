using System.Globalization;

namespace BpfVerifier.Generator.Model;

/// <summary>A number that fits in 64 bits, signed or unsigned: an enumerator's or a macro's value.</summary>
internal readonly record struct Integer(ulong Bits, bool Negative)
{
    public static bool TryParse(string text, out Integer value)
    {
        if (ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong unsigned))
        {
            value = new Integer(unsigned, false);
            return true;
        }
        bool negative = long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long signed);
        value = new Integer(unchecked((ulong)signed), signed < 0);
        return negative;
    }

    /// <summary>The value if it is an <see cref="int"/> that is not negative.</summary>
    public int? AsIndex => !Negative && Bits <= int.MaxValue ? (int)Bits : null;

    /// <summary>The smallest of int, uint, long and ulong that holds it. Constants of type int convert to all others where they fit.</summary>
    public string CSharpType => Negative
        ? unchecked((long)Bits) >= int.MinValue ? "int" : "long"
        : Bits <= int.MaxValue ? "int" : Bits <= uint.MaxValue ? "uint" : Bits <= long.MaxValue ? "long" : "ulong";

    public override string ToString() => Negative
        ? unchecked((long)Bits).ToString(CultureInfo.InvariantCulture)
        : Bits.ToString(CultureInfo.InvariantCulture);
}
