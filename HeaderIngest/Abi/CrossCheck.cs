using System.Globalization;

namespace BpfVerifier.HeaderIngest.Abi;

/// <summary>Collects the places where two sources disagree about the same thing.</summary>
public sealed class CrossCheck
{
    private const int MostShown = 20;
    private const string Headers = "the headers", Btf = "the kernel's BTF";
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
            _conflicts.Add($"{what}: {Text(value)} by {source}, {Text(otherValue)} by {otherSource}");
    }

    /// <summary>Every enumerator must have the same value in the headers and in BTF.</summary>
    public void Same(string what, EnumInfo declared, EnumInfo compiled)
    {
        foreach (string name in declared.Values.Keys.Union(compiled.Values.Keys, StringComparer.Ordinal))
            Same<Int128>($"{name} of {what}", Headers, Value(declared, name), Btf, Value(compiled, name));

        static Int128? Value(EnumInfo info, string name) => info.Values.TryGetValue(name, out Int128 value) ? value : null;
    }

    /// <summary>Size, and every member's offset and size, must be the same in the headers and in BTF.</summary>
    public void Same(string name, StructInfo declared, StructInfo compiled)
    {
        string what = $"{declared.Kind} {name}";
        Same<int>($"size of {what}", Headers, declared.Size, Btf, compiled.Size);
        Dictionary<string, StructMember> left = declared.Members.ToDictionary(m => m.Name, StringComparer.Ordinal);
        Dictionary<string, StructMember> right = compiled.Members.ToDictionary(m => m.Name, StringComparer.Ordinal);
        foreach (string member in left.Keys.Union(right.Keys, StringComparer.Ordinal))
        {
            StructMember? one = left.GetValueOrDefault(member), other = right.GetValueOrDefault(member);
            Same($"bit offset of {member} in {what}", Headers, one?.Offset, Btf, other?.Offset);
            Same($"bit size of {member} in {what}", Headers, one?.Size, Btf, other?.Size);
        }
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
        value is { } present ? string.Create(CultureInfo.InvariantCulture, $"{present}") : "none";
}
