using System.Globalization;

namespace BpfVerifier.Boundary.Reports;

/// <summary>Numbers as people read them.</summary>
public static class Share
{
    /// <summary>A part of a whole in whole percent; <c>0 %</c> of nothing.</summary>
    public static string Percent(int part, int whole) =>
        string.Create(CultureInfo.InvariantCulture, $"{(whole == 0 ? 0 : Math.Round(100.0 * part / whole, MidpointRounding.AwayFromZero)):0} %");

    /// <summary>A number with its word.</summary>
    public static string Count(int number, string one, string many) => string.Create(CultureInfo.InvariantCulture, $"{number} {(number == 1 ? one : many)}");
}
