using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace BpfVerifier.HeaderIngest.Ledger;

/// <summary>docs/ledger.md: every difference between kernels that the verifier's code asks for, out of Verifier.Runtime/Changes.</summary>
public static class LedgerPage
{
    /// <summary>An entry of a ledger file (docs/generator.md).</summary>
    private sealed record Entry
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

    private sealed record Document([property: JsonPropertyName("changes")] IReadOnlyList<Entry> Changes);

    /// <summary>The page's text.</summary>
    /// <param name="changes">The folder with ledger*.json.</param>
    /// <exception cref="IngestException">A file is not a ledger.</exception>
    public static string Write(string changes)
    {
        Entry[] entries = [.. Directory.GetFiles(changes, "ledger*.json").Order(StringComparer.Ordinal).SelectMany(Read)];
        var page = new StringBuilder();
        page.Append("# The ledger\n\n");
        page.Append("Every difference between kernels that the verifier's code asks for, by the first mainline release that has it. Made from\n");
        page.Append("`Verifier.Runtime/Changes/ledger*.json` ([what the fields mean](generator.md#an-entry-of-the-ledger)) by\n\n");
        page.Append("    dotnet run --project HeaderIngest -- ledger\n\n");
        page.Append(CultureInfo.InvariantCulture, $"{entries.Length} changes: {string.Join(", ", entries.CountBy(e => e.Kind).OrderByDescending(k => k.Value).Select(k => $"{k.Value} {k.Key}"))}. ");
        page.Append(CultureInfo.InvariantCulture, $"{entries.Count(e => e.Commit is not null)} name their upstream commit.\n");
        foreach (IGrouping<Version, Entry> release in entries.GroupBy(e => Version.Parse(e.Since)).OrderBy(g => g.Key))
        {
            page.Append(CultureInfo.InvariantCulture, $"\n## Since {release.Key}\n\n| change | kind | also in | needs | upstream |\n|---|---|---|---|---|\n");
            foreach (Entry entry in release.OrderBy(e => e.Name, StringComparer.Ordinal))
                page.Append(CultureInfo.InvariantCulture, $"| **{entry.Name}**: {Cell(entry.Summary)} | {entry.Kind} | {Stable(entry)} | {string.Join(", ", entry.Needs.Select(n => $"`{n}`"))} | {Upstream(entry)} |\n");
        }
        return page.ToString();
    }

    private static IReadOnlyList<Entry> Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<Document>(File.ReadAllText(path))?.Changes ?? [];
        }
        catch (JsonException e)
        {
            throw new IngestException($"{path}: {e.Message}");
        }
    }

    private static string Stable(Entry entry) => string.Join(", ", entry.Stable.OrderBy(s => Version.Parse(s.Key))
        .Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Key}.{s.Value}")));

    private static string Upstream(Entry entry)
    {
        string commit = entry.Commit is null ? "" : $"`{entry.Commit[..12]}` ";
        string subject = entry.Subject is null ? entry.Unknown is null ? "" : $"Not known. {Cell(entry.Unknown)} " : Cell(entry.Subject) + " ";
        return $"{commit}{subject}({string.Join(", ", entry.Files.Select(f => $"`{f}`"))})";
    }

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
