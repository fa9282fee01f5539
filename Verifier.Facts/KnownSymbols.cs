using System.Reflection;
using System.Text.Json;

namespace BpfVerifier.Facts;

/// <summary>The committed <c>catalog.json</c>: which releases have which symbols, whether or not their assemblies are at hand.</summary>
public static class KnownSymbols
{
    private static readonly Lazy<CatalogDocument> s_catalog = new(Load);

    /// <summary>The catalogue this assembly was built with.</summary>
    public static CatalogDocument Catalog => s_catalog.Value;

    private static CatalogDocument Load()
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("catalog.json")
            ?? throw new InvalidOperationException("the assembly was built without catalog.json");
        return JsonSerializer.Deserialize<CatalogDocument>(stream, AbiJson.Options)
            ?? throw new InvalidOperationException("catalog.json is empty");
    }

    /// <summary>When a symbol came and went, for people: <c>since 6.1</c>, <c>removed in 7.0</c>, <c>no known release has it</c>.</summary>
    /// <param name="section">A section of the catalogue.</param>
    /// <param name="name">Name of the symbol there.</param>
    public static string Life(SortedDictionary<string, CatalogEntry> section, string name)
    {
        if (!section.TryGetValue(name, out CatalogEntry? entry))
            return "no known release has it";
        string oldest = Catalog.Releases[0];
        string since = entry.Since == oldest ? $"in {oldest}" : $"since {entry.Since}";
        return entry.Removed is { } removed ? $"{since}, removed in {removed}" : since;
    }
}
