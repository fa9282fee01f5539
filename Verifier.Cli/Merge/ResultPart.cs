using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using BpfVerifier.Host;

namespace BpfVerifier.Cli.Merge;

/// <summary>The two forms results are kept in.</summary>
internal enum PartFormat
{
    Csv,
    Json,
}

/// <summary>One answer of a part: a line of CSV or a JSON object, without the cell.</summary>
internal sealed record PartRow(int Cell, Verdict Verdict, string Text, JsonObject? Json);

/// <summary>What <c>verify --shard</c> wrote into one file.</summary>
internal sealed record ResultPart(string Path, PartFormat Format, ShardStamp Stamp, IReadOnlyList<PartRow> Rows)
{
    private const int VerdictColumn = 3;
    private const string NoPart = "not a part of a matrix as 'verify --shard' writes it, or not all of it";

    /// <returns>Null, or what is wrong with the file.</returns>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static string? Read(string path, out ResultPart? part)
    {
        string text = File.ReadAllText(path);
        part = null;
        string? problem = text.StartsWith('{') ? ReadJson(path, text, out part) : ReadCsv(path, text, out part);
        if (problem is not null || part is not { } read)
            return problem ?? NoPart;
        return read.Rows.Count == read.Stamp.Rows && read.Rows.All(row => row.Cell < read.Stamp.Cells && read.Stamp.Shard.Has(row.Cell))
            ? null
            : $"its rows are not those it says it has: {read.Stamp}";
    }

    public static void Write(Stream to, PartFormat format, IReadOnlyList<PartRow> rows)
    {
        if (format == PartFormat.Csv)
        {
            using var text = new StreamWriter(to, new UTF8Encoding(false), 1 << 16, leaveOpen: true);
            text.Write(CsvReport.Header + "\n");
            foreach (PartRow row in rows)
                text.Write(row.Text + "\n");
            return;
        }
        using (Utf8JsonWriter json = JsonReport.Writer(to))
        {
            json.WriteStartArray();
            foreach (PartRow row in rows)
                row.Json!.WriteTo(json);
            json.WriteEndArray();
        }
        to.WriteByte((byte)'\n');
    }

    private static string? ReadCsv(string path, string text, out ResultPart? part)
    {
        part = null;
        if (!text.StartsWith(CsvReport.Header + CsvReport.CellColumn + "\n", StringComparison.Ordinal) || !text.EndsWith('\n'))
            return NoPart;
        int last = text.LastIndexOf('\n', text.Length - 2) + 1;
        if (!text.AsSpan(last).StartsWith(CsvReport.StampPrefix) || !ShardStamp.TryParse(text[(last + CsvReport.StampPrefix.Length)..^1], out ShardStamp? stamp))
            return NoPart;
        var rows = new List<PartRow>();
        foreach (List<string> fields in CsvRecords.Read(text[(CsvReport.Header.Length + CsvReport.CellColumn.Length + 1)..last]))
        {
            if (fields.Count <= VerdictColumn || !int.TryParse(fields[^1], NumberStyles.None, CultureInfo.InvariantCulture, out int cell) || Words.VerdictOf(fields[VerdictColumn]) is not { } verdict)
                return $"a row that cannot be read: {string.Join(',', fields)}";
            rows.Add(new PartRow(cell, verdict, string.Join(',', fields.SkipLast(1).Select(CsvReport.Field)), null));
        }
        part = new ResultPart(path, PartFormat.Csv, stamp, rows);
        return null;
    }

    private static string? ReadJson(string path, string text, out ResultPart? part)
    {
        part = null;
        try
        {
            if (JsonNode.Parse(text) is not JsonObject root || root[JsonReport.Results] is not JsonArray results
                || root[JsonReport.Shard] is not JsonValue said || !ShardStamp.TryParse(said.ToString(), out ShardStamp? stamp))
                return NoPart;
            var rows = new List<PartRow>();
            foreach (JsonNode? result in results)
            {
                if (result is not JsonObject row || row[JsonReport.Cell] is not JsonValue number || !number.TryGetValue(out int cell) || cell < 0
                    || Words.VerdictOf(row["verdict"]?.ToString() ?? "") is not { } verdict)
                    return "an answer without a verdict or a cell";
                row.Remove(JsonReport.Cell);
                rows.Add(new PartRow(cell, verdict, "", row));
            }
            part = new ResultPart(path, PartFormat.Json, stamp, rows);
            return null;
        }
        // A name twice in an object is found when it is looked at, and is an argument then.
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            return $"{NoPart}: {e.Message}";
        }
    }
}
