namespace BpfVerifier.Facts;

/// <summary>What user space may use, over all releases. Which names these are only releases with headers say; what they are, all releases.</summary>
internal static class UapiUnion
{
    /// <summary>Enumerators by enumeration. One that moved stands where the newest release has it.</summary>
    /// <param name="releases">Oldest first.</param>
    public static SortedDictionary<string, List<string>> Enums(IReadOnlyList<AbiDocument> releases)
    {
        SortedSet<string> names = Names(releases, uapi => uapi.Enums);
        var enums = new SortedDictionary<string, List<string>>(StringComparer.Ordinal);
        var placed = new HashSet<string>(StringComparer.Ordinal);
        foreach (AbiDocument release in releases.Reverse())
        {
            foreach ((string name, EnumInfo info) in release.Enums.Where(e => names.Contains(e.Key)))
            {
                foreach (string enumerator in info.Values.Keys.Where(placed.Add))
                {
                    if (!enums.TryGetValue(name, out List<string>? list))
                        enums.Add(name, list = []);
                    list.Add(enumerator);
                }
            }
        }
        return enums;
    }

    /// <summary>Layouts by name.</summary>
    /// <param name="releases">Oldest first.</param>
    public static SortedDictionary<string, CatalogStruct> Structs(IReadOnlyList<AbiDocument> releases)
    {
        SortedSet<string> names = Names(releases, uapi => uapi.Structs);
        var structs = new SortedDictionary<string, CatalogStruct>(StringComparer.Ordinal);
        foreach (AbiDocument release in releases.Reverse())
        {
            foreach ((string name, StructInfo info) in release.Structs.Where(s => names.Contains(s.Key)))
            {
                if (!structs.TryGetValue(name, out CatalogStruct? known))
                    structs.Add(name, known = new CatalogStruct(info.Kind, info.Size, []));
                var there = known.Members.Select(m => m.Name).ToHashSet(StringComparer.Ordinal);
                known.Members.AddRange(info.Members.Where(m => !there.Contains(m.Name)));
            }
        }
        return structs;
    }

    private static SortedSet<string> Names(IEnumerable<AbiDocument> releases, Func<UapiNames, SortedSet<string>> of) =>
        new(releases.SelectMany(r => r.Uapi is null ? [] : of(r.Uapi)), StringComparer.Ordinal);
}
