using System.Globalization;

namespace BpfVerifier.Surface;

/// <summary>What the runtime takes from one release: a line a symbol, with its kind and the files that take it.</summary>
internal sealed class SurfaceFile
{
    private readonly string _release;
    private readonly SortedDictionary<(string Kind, string Name), SortedSet<string>> _symbols;

    private SurfaceFile(string release, SortedDictionary<(string, string), SortedSet<string>> symbols) => (_release, _symbols) = (release, symbols);

    public static SurfaceFile Of(string release, IEnumerable<SurfaceUse> uses)
    {
        var symbols = new SortedDictionary<(string, string), SortedSet<string>>(Comparer<(string, string)>.Create((a, b) =>
            string.CompareOrdinal(a.Item1, b.Item1) is var kind and not 0 ? kind : string.CompareOrdinal(a.Item2, b.Item2)));
        foreach (SurfaceUse use in uses.Where(use => use.IsIn(release)))
        {
            if (!symbols.TryGetValue((use.Kind, use.Name), out SortedSet<string>? files))
                symbols.Add((use.Kind, use.Name), files = new SortedSet<string>(StringComparer.Ordinal));
            files.Add(use.File);
        }
        return new SurfaceFile(release, symbols);
    }

    /// <summary>How many of each kind.</summary>
    public string Summary => string.Join(", ", _symbols.Keys.GroupBy(symbol => symbol.Kind).Select(kind => string.Create(CultureInfo.InvariantCulture, $"{kind.Count()} {kind.Key}")));

    public IEnumerable<(string Kind, string Name)> Symbols => _symbols.Keys;

    /// <summary>Why the file that is committed is not this; nothing when it is.</summary>
    public IEnumerable<string> Compare(string committed)
    {
        if (committed == ToString())
            yield break;
        HashSet<string> known = [.. committed.Split('\n').Where(line => line.Length != 0 && line[0] != '#').Select(Key)];
        bool grew = false;
        foreach (((string kind, string name), SortedSet<string> files) in _symbols)
        {
            if (known.Remove($"{kind}\t{name}"))
                continue;
            grew = true;
            yield return $"the runtime takes one symbol more: {kind} {name} ({string.Join(", ", files)})";
        }
        foreach (string gone in known)
            yield return $"the runtime no longer takes {gone.Replace('\t', ' ')}";
        yield return (grew ? "the boundary of the verifier became narrower; if that must be, " : "the same symbols are taken elsewhere; ")
            + "write the lists again: dotnet run --project tests/Surface -- write";
    }

    private static string Key(string line) => string.Join('\t', line.Split('\t').Take(2));

    public override string ToString() =>
        $"# What Verifier.Runtime takes from Linux {_release}: kind, symbol, the code that takes it. Made by: dotnet run --project tests/Surface -- write\n"
        + string.Concat(_symbols.Select(symbol => $"{symbol.Key.Kind}\t{symbol.Key.Name}\t{string.Join(' ', symbol.Value)}\n"));
}
