using System.Text.Json.Serialization;

namespace BpfVerifier.Facts;

/// <summary>Every symbol of every release with when it came, changed and went; written as <c>catalog.json</c>.</summary>
public sealed record CatalogDocument
{
    /// <summary>Version of the form.</summary>
    public int Schema { get; init; } = 1;
    /// <summary>The releases compared, oldest first. What is "since" the first may be older.</summary>
    public required List<string> Releases { get; init; }
    /// <summary>Those of them whose headers were read. Only they tell of macros, of helpers' C prototypes, and of what is marked <see cref="CatalogEntry.HeadersOnly"/>.</summary>
    public required List<string> Headers { get; init; }
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
    /// <summary>Gates by name, as far as they are open.</summary>
    public required SortedDictionary<string, CatalogEntry> Gates { get; init; }

    /// <summary>Enumerations that user space may use: every enumerator any release has, those of the newest first in the order of their declaration.
    /// The numbers stand under <see cref="Enumerators"/>.</summary>
    public required SortedDictionary<string, List<string>> UapiEnums { get; init; }
    /// <summary>Structures and unions that user space may use, as the newest release that has them lays them out; members that went stand behind.</summary>
    public required SortedDictionary<string, CatalogStruct> UapiStructs { get; init; }

    /// <summary>Text of <c>catalog.json</c>: one symbol a line.</summary>
    public string Write() => AbiJson.Write(this, path => path.Length == 0 || path.Length == 1 && path[0] is not ("releases" or "headers"));
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
    /// <summary>Whether releases without headers say nothing of it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool HeadersOnly { get; set; }
    /// <summary>Whether it is a macro of the headers for user space.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Uapi { get; set; }
    /// <summary>Prototype of a helper or kfunc in the newest release that tells it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? C { get; set; }
    /// <summary>Program types and flags a helper or kfunc has in its first release.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public List<string>? Has { get; set; }
    /// <summary>By release, what is different from the release before; absent when nothing is.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public OrderedDictionary<string, List<string>>? Changed { get; set; }
}

/// <summary>A layout.</summary>
/// <param name="Kind"><c>struct</c> or <c>union</c>.</param>
/// <param name="Size">Size in bytes.</param>
/// <param name="Members">As in <c>abi.json</c>.</param>
public sealed record CatalogStruct(string Kind, int Size, List<StructMember> Members);
