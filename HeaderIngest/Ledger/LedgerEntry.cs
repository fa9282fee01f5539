using System.Text.Json.Serialization;

namespace BpfVerifier.HeaderIngest.Ledger;

/// <summary>An entry of a ledger file (docs/generator.md).</summary>
internal sealed record LedgerEntry
{
    [JsonPropertyName("name")] public required string Name { get; init; }
    [JsonPropertyName("summary")] public required string Summary { get; init; }
    [JsonPropertyName("commit")] public string? Commit { get; init; }
    [JsonPropertyName("unknown")] public string? Unknown { get; init; }
    [JsonPropertyName("subject")] public string? Subject { get; init; }
    [JsonPropertyName("kind")] public required string Kind { get; init; }
    [JsonPropertyName("since")] public required string Since { get; init; }
    [JsonPropertyName("stable")] public Dictionary<string, int> Stable { get; init; } = [];
    [JsonPropertyName("needs")] public IReadOnlyList<string> Needs { get; init; } = [];
    [JsonPropertyName("files")] public IReadOnlyList<string> Files { get; init; } = [];
}
