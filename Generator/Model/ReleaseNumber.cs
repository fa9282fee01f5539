namespace BpfVerifier.Generator.Model;

/// <summary>A mainline release's number.</summary>
internal readonly record struct ReleaseNumber(int Major, int Minor) : IComparable<ReleaseNumber>
{
    public static bool TryParse(string text, out ReleaseNumber number)
    {
        string[] parts = text.Split('.');
        number = default;
        if (parts.Length != 2 || !Number(parts[0], out int major) || !Number(parts[1], out int minor))
            return false;
        number = new ReleaseNumber(major, minor);
        return true;
    }

    public static bool Number(string text, out int value) =>
        int.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out value) && value <= 65535;

    public int CompareTo(ReleaseNumber other) => (Major, Minor).CompareTo((other.Major, other.Minor));

    public override string ToString() => FormattableString.Invariant($"{Major}.{Minor}");
}
