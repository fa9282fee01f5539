using System.Globalization;
using System.Text;
using System.Text.Json;

namespace BpfVerifier.HeaderIngest.Ledger;

/// <summary>How many later changes each release's modular flavour takes over, counted from the ledger and each <c>abi.json</c>.</summary>
/// <remarks>The generator decides the same when it builds a release; <c>bpfverifier backports</c> prints what it decided, and a test compares.</remarks>
internal sealed class BackportTable(string headers)
{
    private static readonly string[] s_kinds = ["feature", "fix", "precision", "limit", "log"];

    private sealed record Release(Version Name, int Patch, HashSet<string> Symbols);

    /// <summary>The table as Markdown, a row a release, oldest first.</summary>
    /// <exception cref="IngestException">An <c>abi.json</c> cannot be read.</exception>
    public string Markdown(IReadOnlyList<LedgerEntry> entries)
    {
        var text = new StringBuilder($"| Release | Already there | Applied | {string.Join(" | ", s_kinds)} | Refused |\n|---|---|---|{string.Concat(s_kinds.Select(_ => "---|"))}---|\n");
        foreach (Release release in Directory.GetFiles(headers, "abi.json", SearchOption.AllDirectories).Select(Read).OfType<Release>().OrderBy(r => r.Name))
        {
            LedgerEntry[] later = [.. entries.Where(e => !IsThere(e, release))];
            LedgerEntry[] applied = [.. later.Where(e => HasBranchLevel(e, release) || e.Needs.All(need => Has(release, need)))];
            text.Append(CultureInfo.InvariantCulture, $"| {release.Name}.{release.Patch} | {entries.Count - later.Length} | {applied.Length} | ");
            text.AppendJoin(" | ", s_kinds.Select(kind => applied.Count(e => e.Kind == kind)));
            text.Append(CultureInfo.InvariantCulture, $" | {later.Length - applied.Length} |\n");
        }
        return text.ToString();
    }

    private static bool IsThere(LedgerEntry entry, Release release) =>
        Version.Parse(entry.Since) <= release.Name || (HasBranchLevel(entry, release) && entry.Stable[release.Name.ToString()] <= release.Patch);

    /// <summary>The release's own branch took the change, so nothing it needs is missing.</summary>
    private static bool HasBranchLevel(LedgerEntry entry, Release release) => entry.Stable.ContainsKey(release.Name.ToString());

    /// <summary>A part of the kernel that no symbol names comes with its first release behind an @.</summary>
    private static bool Has(Release release, string need) =>
        need.IndexOf('@') is var mark and >= 0 ? Version.Parse(need.AsSpan(mark + 1)) <= release.Name : release.Symbols.Contains(need);

    // Null for a release whose image was not read: which of these changes it can take is not known.
    private static Release? Read(string path)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            JsonElement root = document.RootElement;
            if (root.GetProperty("kfuncs").ValueKind == JsonValueKind.Null)
                return null;
            string version = root.GetProperty("version").GetString()!;
            var symbols = new HashSet<string>(StringComparer.Ordinal);
            symbols.UnionWith(Names(root, "helpers").Select(helper => "bpf_" + helper));
            symbols.UnionWith(Names(root, "macros"));
            symbols.UnionWith(Names(root, "structs"));
            symbols.UnionWith(root.GetProperty("gates").EnumerateArray().Select(gate => gate.GetString()!));
            foreach (JsonProperty set in root.GetProperty("kfuncs").EnumerateObject())
                foreach (JsonElement registered in set.Value.EnumerateArray())
                    symbols.UnionWith(Names(registered, "kfuncs"));
            foreach (JsonProperty values in root.GetProperty("enums").EnumerateObject())
                symbols.UnionWith(Names(values.Value, "values"));
            foreach (JsonProperty type in root.GetProperty("structs").EnumerateObject())
                symbols.UnionWith(type.Value.GetProperty("members").EnumerateArray().Select(member => $"{type.Name}.{member[0].GetString()}"));
            return new Release(
                Version.Parse(root.GetProperty("release").GetString()!),
                int.Parse(version[(version.LastIndexOf('.') + 1)..], CultureInfo.InvariantCulture),
                symbols);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or FormatException or InvalidOperationException)
        {
            throw new IngestException($"{path}: {e.Message}");
        }
    }

    private static IEnumerable<string> Names(JsonElement of, string property) =>
        of.TryGetProperty(property, out JsonElement found) && found.ValueKind == JsonValueKind.Object ? found.EnumerateObject().Select(p => p.Name) : [];
}
