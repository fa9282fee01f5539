using System.Text.Json.Serialization;
using BpfVerifier.HeaderIngest.Abi;

namespace BpfVerifier.HeaderIngest.Catalog;

/// <summary>Every symbol of every release with when it came, changed and went; written as <c>catalog.json</c>.</summary>
public sealed record CatalogDocument
{
    /// <summary>Version of the form.</summary>
    public int Schema { get; init; } = 1;
    /// <summary>The releases compared, oldest first. What is "since" the first may be older.</summary>
    public required List<string> Releases { get; init; }
    /// <summary>Helpers by name without <c>BPF_FUNC_</c>.</summary>
    public required SortedDictionary<string, CatalogEntry> Helpers { get; init; }
    /// <summary>kfuncs by name.</summary>
    public required SortedDictionary<string, CatalogEntry> Kfuncs { get; init; }
    /// <summary>Program types by name without prefix.</summary>
    public required SortedDictionary<string, CatalogEntry> ProgramTypes { get; init; }
    /// <summary>Map types by name without prefix.</summary>
    public required SortedDictionary<string, CatalogEntry> MapTypes { get; init; }
    /// <summary>Attach types by name without prefix.</summary>
    public required SortedDictionary<string, CatalogEntry> AttachTypes { get; init; }
    /// <summary>Enumerators by name, of all listed enumerations.</summary>
    public required SortedDictionary<string, CatalogEntry> Enumerators { get; init; }
    /// <summary>Valued macros by name, as far as releases with headers tell.</summary>
    public required SortedDictionary<string, CatalogEntry> Macros { get; init; }
    /// <summary>Structures and unions by name.</summary>
    public required SortedDictionary<string, CatalogEntry> Structs { get; init; }

    /// <summary>Text of <c>catalog.json</c>: one symbol a line.</summary>
    public string Write() => AbiJson.Write(this, path => path.Length == 0 || path.Length == 1 && path[0] != "releases");
}

/// <summary>The life of a symbol.</summary>
public sealed record CatalogEntry
{
    /// <summary>First release that has it.</summary>
    public required string Since { get; set; }
    /// <summary>First release that no longer has it; absent while the newest one does.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Removed { get; set; }
    /// <summary>Its number in the newest release that tells it (helpers, kinds, enumerators, macros); absent for what has none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Int128? Value { get; set; }
    /// <summary>By release, what is different from the release before; absent when nothing is.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public OrderedDictionary<string, List<string>>? Changed { get; set; }
}
