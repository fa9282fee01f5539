using System.Globalization;

namespace BpfVerifier.HeaderIngest.Abi;

/// <summary>Collects the places where two sources disagree about the same thing.</summary>
public sealed class CrossCheck
{
    private const int MostShown = 20;
    private readonly List<string> _conflicts = [];

    /// <summary>What was found so far, one sentence each.</summary>
    public IReadOnlyList<string> Conflicts => _conflicts;

    /// <summary>Number of comparisons made.</summary>
    public int Compared { get; private set; }

    /// <summary>Both sources must say the same; null stands for "has none".</summary>
    public void Same<T>(string what, string source, T? value, string otherSource, T? otherValue) where T : struct
    {
        Compared++;
        if (!EqualityComparer<T?>.Default.Equals(value, otherValue))
            _conflicts.Add($"{what}: {source} says {Text(value)}, {otherSource} says {Text(otherValue)}");
    }

    /// <summary>One source speaks of something the other does not have.</summary>
    public void Missing(string what, string source, string otherSource) => _conflicts.Add($"{what}: named by {source}, unknown to {otherSource}");

    /// <summary>Ends the run when anything was found.</summary>
    /// <exception cref="IngestException">Names every conflict (the first twenty in full).</exception>
    public void ThrowIfAny()
    {
        if (_conflicts.Count == 0)
            return;
        string more = _conflicts.Count > MostShown ? string.Create(CultureInfo.InvariantCulture, $"\n  … and {_conflicts.Count - MostShown} more") : "";
        throw new IngestException($"the sources disagree ({_conflicts.Count}):\n  {string.Join("\n  ", _conflicts.Take(MostShown))}{more}");
    }

    private static string Text<T>(T? value) where T : struct =>
        value is { } present ? string.Create(CultureInfo.InvariantCulture, $"{present}") : "there is none";
}
