using System.Globalization;

namespace BpfVerifier.Analyzers.Kernels;

/// <summary>A mainline release: 6.12.</summary>
internal readonly record struct KernelNumber(int Major, int Minor) : IComparable<KernelNumber>
{
    // The last release of each major number that is over.
    private static int? LastMinor(int major) => major switch { 3 => 19, 4 => 20, 5 => 19, 6 => 19, _ => null };

    /// <summary>Whether Linux has, or still may have, a release of that number. bpf() came with 3.18.</summary>
    public bool MayExist => Major >= 3 && Minor >= 0 && (LastMinor(Major) is not { } last || Minor <= last);

    /// <summary>The release that follows; of a major number that is not over, the next minor.</summary>
    public KernelNumber Next => LastMinor(Major) == Minor ? new(Major + 1, 0) : new(Major, Minor + 1);

    public static bool TryParse(string? text, out KernelNumber number)
    {
        number = default;
        if (text?.Split('.') is not { Length: 2 } parts || !Part(parts[0], out int major) || !Part(parts[1], out int minor))
            return false;
        number = new KernelNumber(major, minor);
        return true;
    }

    public int CompareTo(KernelNumber other) => (Major, Minor).CompareTo((other.Major, other.Minor));

    public static bool operator <(KernelNumber left, KernelNumber right) => left.CompareTo(right) < 0;

    public static bool operator >(KernelNumber left, KernelNumber right) => left.CompareTo(right) > 0;

    public static bool operator <=(KernelNumber left, KernelNumber right) => left.CompareTo(right) <= 0;

    public static bool operator >=(KernelNumber left, KernelNumber right) => left.CompareTo(right) >= 0;

    public override string ToString() => string.Format(CultureInfo.InvariantCulture, "{0}.{1}", Major, Minor);

    private static bool Part(string text, out int value) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value <= 999;
}
