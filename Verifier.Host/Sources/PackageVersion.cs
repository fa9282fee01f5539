using System.Globalization;

namespace BpfVerifier.Host;

/// <summary>A package's version, ordered as NuGet orders them: numbers first, then a release after its own previews.</summary>
internal sealed class PackageVersion : IComparable<PackageVersion>
{
    private const int Numbers = 4;

    private readonly int[] _numbers;
    private readonly string[] _preview;

    private PackageVersion(int[] numbers, string[] preview)
    {
        _numbers = numbers;
        _preview = preview;
    }

    /// <summary>Reads <c>1.2</c>, <c>1.2.3</c>, <c>1.2.3.4</c>, each perhaps with <c>-preview.1</c> and <c>+build</c>; null when it is none.</summary>
    public static PackageVersion? Parse(string text)
    {
        string core = text.Split('+', 2)[0];
        string[] halves = core.Split('-', 2);
        string[] parts = halves[0].Split('.');
        int[] numbers = new int[Numbers];
        if (parts.Length is < 2 or > Numbers)
            return null;
        for (int i = 0; i < parts.Length; i++)
            if (!int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out numbers[i]))
                return null;
        string[] preview = halves.Length == 2 ? halves[1].Split('.') : [];
        // Labels become part of a path.
        return preview.All(label => label.Length != 0 && label.All(c => char.IsAsciiLetterOrDigit(c) || c == '-')) ? new PackageVersion(numbers, preview) : null;
    }

    public int CompareTo(PackageVersion? other)
    {
        if (other is null)
            return 1;
        for (int i = 0; i < Numbers; i++)
            if (_numbers[i] != other._numbers[i])
                return _numbers[i].CompareTo(other._numbers[i]);
        if (_preview.Length == 0 || other._preview.Length == 0)
            return other._preview.Length.CompareTo(_preview.Length);
        for (int i = 0; i < Math.Min(_preview.Length, other._preview.Length); i++)
            if (Compare(_preview[i], other._preview[i]) is var order and not 0)
                return order;
        return _preview.Length.CompareTo(other._preview.Length);
    }

    private static int Compare(string left, string right)
    {
        bool numbers = int.TryParse(left, NumberStyles.None, CultureInfo.InvariantCulture, out int a) & int.TryParse(right, NumberStyles.None, CultureInfo.InvariantCulture, out int b);
        return numbers ? a.CompareTo(b) : string.Compare(left, right, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>As NuGet names folders: three numbers, the fourth only when it is not 0.</summary>
    public override string ToString() => string.Join('.', _numbers[3] == 0 ? _numbers[..3] : _numbers) + (_preview.Length == 0 ? "" : "-" + string.Join('.', _preview));
}
