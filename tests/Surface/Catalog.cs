using System.Text.Json;
using BpfVerifier.Generator;

namespace BpfVerifier.Surface;

/// <summary>The symbols of all releases, by the names that C# code has for them.</summary>
internal sealed class Catalog
{
    private readonly Dictionary<(string Kind, string CSharpName), Symbol> _byCode = [];
    private readonly Dictionary<string, Symbol> _byName = new(StringComparer.Ordinal);

    /// <summary>The releases that have it: from one on, perhaps up to another.</summary>
    internal sealed record Symbol(string Kind, string Name, string Since, string? Removed)
    {
        public bool IsIn(string release) => Order(Since) <= Order(release) && (Removed is null || Order(release) < Order(Removed));

        private static Version Order(string release) => Version.Parse(release);
    }

    public static Catalog Read(string path)
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(path));
        var catalog = new Catalog();
        catalog.Add(json, "helpers", "helper", "bpf_", Identifier.Pascal);
        catalog.Add(json, "kfuncs", "kfunc", "", name => name);
        catalog.Add(json, "structs", "type", "", Identifier.Pascal);
        catalog.Add(json, "programTypes", "program type", "BPF_PROG_TYPE_", Identifier.Pascal);
        catalog.Add(json, "mapTypes", "map type", "BPF_MAP_TYPE_", Identifier.Pascal);
        catalog.Add(json, "attachTypes", "attach type", "BPF_", Identifier.Pascal);
        catalog.Add(json, "macros", "number", "", name => name);
        catalog.Add(json, "enumerators", "number", "", name => name);
        return catalog;
    }

    /// <summary>The symbol behind a C# name; spelling of capitals is the façade's own (<c>LpmTrie</c>, <c>SchedCls</c>).</summary>
    public Symbol? OfCode(string kind, string name) => _byCode.GetValueOrDefault((kind, name.ToUpperInvariant()));

    /// <summary>The kfunc or type that is called so.</summary>
    public Symbol? OfName(string name) => _byName.GetValueOrDefault(name);

    private void Add(JsonDocument json, string section, string kind, string prefix, Func<string, string> code)
    {
        foreach (JsonProperty entry in json.RootElement.GetProperty(section).EnumerateObject())
        {
            string? removed = entry.Value.TryGetProperty("removed", out JsonElement end) ? end.GetString() : null;
            var symbol = new Symbol(kind, prefix + entry.Name, entry.Value.GetProperty("since").GetString()!, removed);
            _byCode.TryAdd((kind, code(entry.Name).ToUpperInvariant()), symbol);
            if (kind is "kfunc" or "type")
                _byName.TryAdd(entry.Name, symbol);
        }
    }
}
