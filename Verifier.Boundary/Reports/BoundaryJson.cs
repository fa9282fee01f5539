using System.Text.Encodings.Web;
using System.Text.Json;

namespace BpfVerifier.Boundary.Reports;

/// <summary>Measurements for programs; docs/boundary.md names the properties.</summary>
public static class BoundaryJson
{
    // The relaxed encoder still escapes control characters; it leaves '<' alone, which is no matter outside a page.
    internal static readonly JsonWriterOptions Options = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes the figures of a history.</summary>
    /// <param name="to">Where to.</param>
    /// <param name="measured">The figures.</param>
    /// <param name="top">How many rows of each list.</param>
    public static void Write(Stream to, Measurement measured, int top)
    {
        using (var json = new Utf8JsonWriter(to, Options))
        {
            json.WriteStartObject();
            json.WriteString("source", measured.History.Origin);
            json.WriteString("range", measured.History.Range);
            WriteScope(json, measured.Scope);
            json.WriteStartObject("commits");
            json.WriteNumber("total", measured.Commits);
            json.WriteNumber("inside", measured.Inside);
            json.WriteNumber("inside_fixes", measured.InsideFixes);
            json.WriteNumber("with_companion_only", measured.Companion?.Alone ?? 0);
            json.WriteString("companion", measured.Companion?.File);
            json.WriteNumber("multi_file_fixes", measured.MultiFileFixes);
            json.WriteNumber("outside_fixes", measured.OutsideFixes);
            json.WriteEndObject();
            json.WriteStartObject("patchsets");
            json.WriteNumber("total", measured.Patchsets);
            json.WriteNumber("commits", measured.PatchsetCommits);
            json.WriteNumber("inside_commits", measured.PatchsetInside);
            json.WriteNumber("mixed", measured.MixedPatchsets);
            json.WriteNumber("all_inside", measured.InsidePatchsets);
            json.WriteEndObject();
            json.WriteStartArray("files_per_commit");
            foreach ((int files, int commits) in measured.FilesPerCommit)
            {
                json.WriteStartObject();
                json.WriteNumber("files", files);
                json.WriteNumber("commits", commits);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteStartArray("changed_together");
            foreach (SharedFile file in measured.Together.Take(top))
            {
                json.WriteStartObject();
                json.WriteString("file", file.File);
                json.WriteNumber("commits", file.Commits);
                json.WriteNumber("fixes", file.Fixes);
                json.WriteNumber("alone", file.Alone);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteStartArray("file_sets");
            foreach (FileSet set in measured.Sets.Take(top))
            {
                json.WriteStartObject();
                WriteStrings(json, "outside", set.Files);
                json.WriteNumber("commits", set.Commits);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            WriteGrowth(json, "growth", measured.Growth, i => measured.Touching[i].Hash);
            json.WriteEndObject();
        }
        to.WriteByte((byte)'\n');
    }

    /// <summary>Writes the figures of the ledger.</summary>
    /// <param name="to">Where to.</param>
    /// <param name="measured">The figures.</param>
    public static void Write(Stream to, LedgerMeasurement measured)
    {
        using (var json = new Utf8JsonWriter(to, Options))
        {
            json.WriteStartObject();
            WriteScope(json, measured.Scope);
            json.WriteNumber("changes", measured.Changes.Count);
            json.WriteStartObject("by_symbol");
            json.WriteNumber("inside", measured.InsideBySymbol);
            json.WriteStartArray("symbols");
            foreach (NeededSymbol symbol in measured.Symbols)
            {
                json.WriteStartObject();
                json.WriteString("symbol", symbol.Symbol);
                json.WriteNumber("alone", symbol.Alone);
                json.WriteNumber("commits", symbol.Commits);
                WriteStrings(json, "changes", symbol.Changes);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            WriteGrowth(json, "growth", measured.SymbolGrowth, i => measured.Changes[i].Name);
            json.WriteEndObject();
            json.WriteStartObject("by_file");
            json.WriteNumber("commits", measured.Commits.Count);
            json.WriteNumber("inside", measured.InsideByFile);
            WriteGrowth(json, "growth", measured.FileGrowth, i => measured.Commits[i].Hash);
            json.WriteNumber("files_from_data_set", measured.FilesFromDataSet);
            WriteStrings(json, "files_differ", measured.FilesDiffer);
            WriteStrings(json, "without_commit", measured.WithoutCommit);
            WriteStrings(json, "without_files", measured.WithoutFiles);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        to.WriteByte((byte)'\n');
    }

    private static void WriteScope(Utf8JsonWriter json, Scope scope)
    {
        WriteStrings(json, "target", scope.Targets);
        WriteStrings(json, "ignored", scope.Ignored);
    }

    private static void WriteGrowth(Utf8JsonWriter json, string name, IReadOnlyList<GrowthStep> steps, Func<int, string> unlocked)
    {
        json.WriteStartArray(name);
        foreach (GrowthStep step in steps)
        {
            json.WriteStartObject();
            json.WriteString("member", step.Member);
            json.WriteNumber("inside", step.Inside);
            WriteStrings(json, "unlocked", step.Unlocked.Select(unlocked));
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    internal static void WriteStrings(Utf8JsonWriter json, string name, IEnumerable<string> values)
    {
        json.WriteStartArray(name);
        foreach (string value in values)
            json.WriteStringValue(value);
        json.WriteEndArray();
    }
}
