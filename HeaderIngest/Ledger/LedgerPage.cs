using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace BpfVerifier.HeaderIngest.Ledger;

/// <summary>docs/ledger.md: every difference between kernels that the verifier's code asks for, out of Verifier.Runtime/Changes.</summary>
public static class LedgerPage
{
    private sealed record Document([property: JsonPropertyName("changes")] IReadOnlyList<LedgerEntry> Changes);

    /// <summary>The page's text.</summary>
    /// <param name="changes">The folder with ledger*.json.</param>
    /// <param name="headers">The folder with a folder for each release, kernel-headers.</param>
    /// <exception cref="IngestException">A file is not a ledger, or not a release's.</exception>
    public static string Write(string changes, string headers)
    {
        LedgerEntry[] entries = [.. Directory.GetFiles(changes, "ledger*.json").Order(StringComparer.Ordinal).SelectMany(Read)];
        var page = new StringBuilder();
        page.Append("# The ledger\n\n");
        page.Append("Every difference between kernels that the verifier's code asks for, by the first mainline release that has it. Made from\n");
        page.Append("`Verifier.Runtime/Changes/ledger*.json` ([what the fields mean](generator.md#an-entry-of-the-ledger)) by\n\n");
        page.Append("    dotnet run --project HeaderIngest -- ledger\n\n");
        page.Append(CultureInfo.InvariantCulture, $"{entries.Length} changes: {string.Join(", ", entries.CountBy(e => e.Kind).OrderByDescending(k => k.Value).Select(k => $"{k.Value} {k.Key}"))}. ");
        page.Append(CultureInfo.InvariantCulture, $"{entries.Count(e => e.Commit is not null)} name their upstream commit.\n");
        page.Append("\n## Taken over by modular kernels\n\n");
        page.Append("How many changes each release has at the patch level that was ingested, how many later ones its modular flavour (`--kernel 6.1+modular`)\n");
        page.Append("takes over, by kind, and how many are refused because they need what the release lacks. One by one:\n\n");
        page.Append("    bpfverifier backports --release 6.1\n\n");
        page.Append(new BackportTable(headers).Markdown(entries));
        foreach (IGrouping<Version, LedgerEntry> release in entries.GroupBy(e => Version.Parse(e.Since)).OrderBy(g => g.Key))
        {
            page.Append(CultureInfo.InvariantCulture, $"\n## Since {release.Key}\n\n| change | kind | also in | needs | upstream |\n|---|---|---|---|---|\n");
            foreach (LedgerEntry entry in release.OrderBy(e => e.Name, StringComparer.Ordinal))
                page.Append(CultureInfo.InvariantCulture, $"| **{entry.Name}**: {Cell(entry.Summary)} | {entry.Kind} | {Stable(entry)} | {string.Join(", ", entry.Needs.Select(n => $"`{n}`"))} | {Upstream(entry)} |\n");
        }
        return page.ToString();
    }

    private static IReadOnlyList<LedgerEntry> Read(string path)
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

    private static string Stable(LedgerEntry entry) => string.Join(", ", entry.Stable.OrderBy(s => Version.Parse(s.Key))
        .Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Key}.{s.Value}")));

    private static string Upstream(LedgerEntry entry)
    {
        string commit = entry.Commit is null ? "" : $"`{entry.Commit[..12]}` ";
        string subject = entry.Subject is null ? entry.Unknown is null ? "" : $"Not known. {Cell(entry.Unknown)} " : Cell(entry.Subject) + " ";
        return $"{commit}{subject}({string.Join(", ", entry.Files.Select(f => $"`{f}`"))})";
    }

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
