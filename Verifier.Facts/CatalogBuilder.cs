using System.Globalization;

namespace BpfVerifier.Facts;

/// <summary>Compares the committed releases.</summary>
public static class CatalogBuilder
{
    /// <summary>The catalogue of <paramref name="releases"/>, in any order.</summary>
    public static CatalogDocument Build(IEnumerable<AbiDocument> releases)
    {
        AbiDocument[] ordered = [.. releases.OrderBy(r => Version.Parse(r.Release))];
        SortedDictionary<string, CatalogEntry> macros = Follow(ordered, MacroTraits);
        foreach (string name in ordered.SelectMany(r => r.Uapi?.Macros ?? []))
            macros[name].Uapi = true;
        return new CatalogDocument
        {
            Releases = [.. ordered.Select(r => r.Release)],
            Headers = [.. ordered.Where(r => r.HasKernelHeaders).Select(r => r.Release)],
            Helpers = Follow(ordered, HelperTraits, whole: true),
            Kfuncs = Follow(ordered, KfuncTraits, whole: true),
            ProgramTypes = Follow(ordered, r => EnumTraits(r, "bpf_prog_type", "BPF_PROG_TYPE_")),
            MapTypes = Follow(ordered, r => EnumTraits(r, "bpf_map_type", "BPF_MAP_TYPE_")),
            AttachTypes = Follow(ordered, r => EnumTraits(r, "bpf_attach_type", "BPF_")),
            Enumerators = Follow(ordered, AllEnumerators),
            Macros = macros,
            Structs = Follow(ordered, StructTraits),
            Gates = Follow(ordered, release => Plain(release.Gates)),
            UapiEnums = UapiUnion.Enums(ordered),
            UapiStructs = UapiUnion.Structs(ordered),
        };
    }

    /// <summary>A symbol of one release taken apart: single facts (name → value), whose changes are told as <c>name old -> new</c>, and things it
    /// has, told as <c>+thing</c> and <c>-thing</c>.</summary>
    private sealed record Traits(SortedDictionary<string, string> Facts, SortedSet<string> Things)
    {
        public Traits() : this(new(StringComparer.Ordinal), new(StringComparer.Ordinal)) { }

        /// <summary>Only headers tell of it, so a release without headers cannot say that it is gone.</summary>
        public bool FromHeaders { get; init; }

        /// <summary>What it has is not known, so neither is a change of that.</summary>
        public bool HidesThings { get; init; }

        /// <summary>The number that stands for it, if it is that kind of symbol.</summary>
        public Int128? Number => Facts.TryGetValue("value", out string? text) || Facts.TryGetValue("id", out text)
            ? Int128.Parse(text, CultureInfo.InvariantCulture)
            : null;

        public IEnumerable<string> DifferencesTo(Traits next)
        {
            // A fact that only one release knows is not known to have changed.
            foreach ((string name, string value) in Facts)
            {
                if (next.Facts.TryGetValue(name, out string? other) && other != value)
                    yield return $"{name} {value} -> {other}";
            }
            foreach (string thing in next.Things.Except(Things, StringComparer.Ordinal))
                yield return "+" + thing;
            foreach (string thing in Things.Except(next.Things, StringComparer.Ordinal))
                yield return "-" + thing;
        }
    }

    /// <param name="releases">Oldest first.</param>
    /// <param name="read">Takes a release's symbols apart.</param>
    /// <param name="whole">Also say what a symbol has in its first release, and its prototype.</param>
    private static SortedDictionary<string, CatalogEntry> Follow(AbiDocument[] releases, Func<AbiDocument, SortedDictionary<string, Traits>?> read, bool whole = false)
    {
        var entries = new SortedDictionary<string, CatalogEntry>(StringComparer.Ordinal);
        var previous = new SortedDictionary<string, Traits>(StringComparer.Ordinal);
        var last = new Dictionary<string, Traits>(StringComparer.Ordinal);
        foreach (AbiDocument release in releases)
        {
            // What a release does not tell of counts as it was before.
            SortedDictionary<string, Traits> current = read(release) is { } told ? Told(release, told, previous) : new(previous, StringComparer.Ordinal);
            foreach ((string name, Traits traits) in current)
            {
                if (!entries.TryGetValue(name, out CatalogEntry? entry))
                    entries.Add(name, new CatalogEntry { Since = release.Release, Has = whole && !traits.HidesThings ? [.. traits.Things] : null });
                else if (!previous.TryGetValue(name, out Traits? before))
                {
                    Change(entry, entry.Removed!, ["removed"]);
                    Change(entry, release.Release, ["restored", .. last[name].DifferencesTo(traits)]);
                    entry.Removed = null;
                }
                else if (before.DifferencesTo(traits).ToList() is { Count: > 0 } differences)
                    Change(entry, release.Release, differences);
                if (traits.Number is { } number)
                    entries[name].Value = number;
                if (whole && traits.Facts.TryGetValue("c", out string? prototype))
                    entries[name].C = prototype;
                entries[name].HeadersOnly |= traits.FromHeaders;
                last[name] = traits;
            }
            foreach (string gone in previous.Keys.Where(name => !current.ContainsKey(name)))
                entries[gone].Removed = release.Release;
            previous = current;
        }
        return entries;
    }

    private static SortedDictionary<string, Traits> Told(AbiDocument release, SortedDictionary<string, Traits> told, SortedDictionary<string, Traits> previous)
    {
        var current = new SortedDictionary<string, Traits>(StringComparer.Ordinal);
        foreach ((string name, Traits traits) in told)
        {
            Traits? before = previous.GetValueOrDefault(name);
            current.Add(name, before is null ? traits : traits with
            {
                Things = traits.HidesThings ? before.Things : traits.Things,
                HidesThings = traits.HidesThings && before.HidesThings,
                FromHeaders = release.HasTypes ? traits.FromHeaders : before.FromHeaders,
            });
        }
        foreach ((string name, Traits traits) in previous.Where(p => !release.HasTypes || p.Value.FromHeaders && !release.HasKernelHeaders))
            current.TryAdd(name, traits);
        return current;
    }

    private static void Change(CatalogEntry entry, string release, List<string> what) =>
        (entry.Changed ??= new(StringComparer.Ordinal)).Add(release, what);

    private static SortedDictionary<string, Traits> HelperTraits(AbiDocument release)
    {
        var all = new SortedDictionary<string, Traits>(StringComparer.Ordinal);
        foreach ((string name, HelperInfo helper) in release.Helpers)
        {
            var traits = new Traits { HidesThings = release.ProgramTypes is null };
            traits.Facts["id"] = Text(helper.Id);
            if (helper.C is not null)
                traits.Facts["c"] = helper.C;
            all.Add(name, traits);
        }
        foreach ((string type, ProgramTypeInfo info) in release.ProgramTypes ?? [])
        {
            foreach (string name in info.Helpers?.Keys ?? Enumerable.Empty<string>())
                all[name].Things.Add(type);
        }
        return all;
    }

    private static SortedDictionary<string, Traits>? KfuncTraits(AbiDocument release)
    {
        if (release.Kfuncs is null || release.KfuncPrototypes is null)
            return null;
        var all = new SortedDictionary<string, Traits>(StringComparer.Ordinal);
        foreach ((string type, List<KfuncSet> sets) in release.Kfuncs)
        {
            foreach ((string name, List<string> flags) in sets.SelectMany(set => set.Kfuncs))
            {
                if (!all.TryGetValue(name, out Traits? traits))
                {
                    all.Add(name, traits = new Traits());
                    FunctionInfo prototype = release.KfuncPrototypes[name];
                    traits.Facts["c"] = $"{prototype.Returns}({string.Join(", ", prototype.Parameters.Select(p => p[0]))})";
                }
                traits.Things.Add(type);
                traits.Things.UnionWith(flags.Select(flag => "KF_" + flag));
            }
        }
        return all;
    }

    private static SortedDictionary<string, Traits> EnumTraits(AbiDocument release, string name, string prefix)
    {
        var all = new SortedDictionary<string, Traits>(StringComparer.Ordinal);
        foreach ((string enumerator, Int128 value) in release.Enums[name].Values)
        {
            // The __MAX ones count the others.
            if (!enumerator.StartsWith(prefix, StringComparison.Ordinal))
                continue;
            var traits = new Traits();
            traits.Facts["value"] = Text(value);
            all.Add(enumerator[prefix.Length..], traits);
        }
        return all;
    }

    private static SortedDictionary<string, Traits> AllEnumerators(AbiDocument release)
    {
        var all = new SortedDictionary<string, Traits>(StringComparer.Ordinal);
        foreach ((string name, EnumInfo info) in release.Enums)
        {
            foreach ((string enumerator, Int128 value) in info.Values)
            {
                var traits = new Traits { FromHeaders = info.Source == Sources.Header };
                traits.Facts["value"] = Text(value);
                // An anonymous enumeration is named by its first enumerator, which is no property of the others.
                traits.Facts["enum"] = name[0] == '@' ? "@" : name;
                all.TryAdd(enumerator, traits);
            }
        }
        return all;
    }

    private static SortedDictionary<string, Traits> MacroTraits(AbiDocument release)
    {
        var all = new SortedDictionary<string, Traits>(StringComparer.Ordinal);
        foreach ((string name, Int128 value) in release.Macros ?? [])
        {
            var traits = new Traits { FromHeaders = true };
            traits.Facts["value"] = Text(value);
            all.Add(name, traits);
        }
        return all;
    }

    private static SortedDictionary<string, Traits>? Plain(SortedSet<string>? names)
    {
        if (names is null)
            return null;
        var all = new SortedDictionary<string, Traits>(StringComparer.Ordinal);
        foreach (string name in names)
            all.Add(name, new Traits());
        return all;
    }

    private static SortedDictionary<string, Traits> StructTraits(AbiDocument release)
    {
        var all = new SortedDictionary<string, Traits>(StringComparer.Ordinal);
        foreach ((string name, StructInfo info) in release.Structs)
        {
            var traits = new Traits { FromHeaders = info.Source == Sources.Header };
            traits.Facts["size"] = Text(info.Size);
            foreach (StructMember member in info.Members)
            {
                traits.Things.Add(member.Name);
                traits.Facts["offset of " + member.Name] = Text(member.Offset);
                traits.Facts["type of " + member.Name] = member.Type;
            }
            all.Add(name, traits);
        }
        return all;
    }

    private static string Text<T>(T value) where T : IFormattable => value.ToString(null, CultureInfo.InvariantCulture);
}
