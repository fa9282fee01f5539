using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace BpfVerifier;

/// <summary>A mainline release of Linux, optionally with a stable patch level: <c>6.12</c> or <c>6.12.117</c>.</summary>
/// <param name="Major">First number, 0 to 255.</param>
/// <param name="Minor">Second number, 0 to 65535.</param>
/// <param name="Patch">Stable patch level, or null when the release is meant as a whole.</param>
public readonly record struct KernelRelease(int Major, int Minor, int? Patch = null) : IComparable<KernelRelease>
{
    /// <summary>The same release without a patch level.</summary>
    public KernelRelease Branch => new(Major, Minor);

    /// <summary>Reads <c>6.12</c> or <c>6.12.117</c>.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out KernelRelease release)
    {
        release = default;
        string[]? parts = text?.Split('.');
        if (parts is not { Length: 2 or 3 } || !Number(parts[0], 255, out int major) || !Number(parts[1], 65535, out int minor))
            return false;
        int? patch = null;
        if (parts.Length == 3)
        {
            if (!Number(parts[2], 65535, out int level))
                return false;
            patch = level;
        }
        release = new KernelRelease(major, minor, patch);
        return true;
    }

    private static bool Number(string text, int max, out int value) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value <= max;

    /// <summary>Orders by major, minor, patch; a release without a patch level comes before its patch levels.</summary>
    public int CompareTo(KernelRelease other) => (Major, Minor, Patch ?? -1).CompareTo((other.Major, other.Minor, other.Patch ?? -1));

    /// <summary>Earlier than.</summary>
    public static bool operator <(KernelRelease left, KernelRelease right) => left.CompareTo(right) < 0;
    /// <summary>Later than.</summary>
    public static bool operator >(KernelRelease left, KernelRelease right) => left.CompareTo(right) > 0;
    /// <summary>Not later than.</summary>
    public static bool operator <=(KernelRelease left, KernelRelease right) => left.CompareTo(right) <= 0;
    /// <summary>Not earlier than.</summary>
    public static bool operator >=(KernelRelease left, KernelRelease right) => left.CompareTo(right) >= 0;

    /// <inheritdoc/>
    public override string ToString() => Patch is { } patch
        ? string.Create(CultureInfo.InvariantCulture, $"{Major}.{Minor}.{patch}")
        : string.Create(CultureInfo.InvariantCulture, $"{Major}.{Minor}");
}
