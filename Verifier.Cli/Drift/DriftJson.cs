using System.Text.Encodings.Web;
using System.Text.Json;
using BpfVerifier.Drift;
using BpfVerifier.Facts;

namespace BpfVerifier.Cli.Drift;

/// <summary>For programs.</summary>
internal static class DriftJson
{
    private static readonly JsonWriterOptions s_options = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>An array of objects: <c>file_name</c>, <c>kernels</c>, <c>failure</c> or <c>needs</c>.</summary>
    public static void Write(Stream to, IReadOnlyList<ObjectDrift> all) => Document(to, json =>
    {
        json.WriteStartArray();
        foreach (ObjectDrift one in all)
        {
            json.WriteStartObject();
            json.WriteString("file_name", one.Object.Name);
            Strings(json, "kernels", one.Kernels);
            if (one.Object.Failure is { } failure)
                json.WriteString("failure", failure.Message);
            json.WriteStartArray("needs");
            foreach (DriftItem item in one.Items)
                Write(json, item);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });

    private static void Write(Utf8JsonWriter json, DriftItem item)
    {
        json.WriteStartObject();
        json.WriteString("kind", DriftWords.Of(item.Subject));
        json.WriteString("name", item.Name);
        if (item.Question.Length > 0)
            json.WriteString("question", item.Question);
        json.WriteStartArray("uses");
        foreach (Objects.RequirementUse use in item.Uses)
        {
            json.WriteStartObject();
            json.WriteString("program", use.Program.Name);
            if (use.Source is { } source)
            {
                json.WriteString("file", source.File);
                json.WriteNumber("line", source.Line);
                json.WriteNumber("column", source.Column);
            }
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("answers");
        foreach (DriftAnswer answer in item.Answers)
        {
            json.WriteStartObject();
            json.WriteString("kernel", answer.Kernel);
            json.WriteString("status", DriftWords.Of(answer.Status));
            json.WriteString("impact", DriftWords.Of(answer.Impact));
            if (answer.Detail.Length > 0)
                json.WriteString("detail", answer.Detail);
            if (answer.Programs.Count > 0)
                Strings(json, "programs", answer.Programs);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>An object: the two releases, and for each kind of symbol an array of entries, or null where one of the releases does not tell.</summary>
    public static void Write(Stream to, ReleaseDrift drift) => Document(to, json =>
    {
        json.WriteStartObject();
        json.WriteString("from", drift.From);
        json.WriteString("from_version", drift.FromVersion);
        json.WriteString("to", drift.To);
        json.WriteString("to_version", drift.ToVersion);
        foreach (DriftSection section in drift.Sections)
        {
            if (!section.IsKnown)
            {
                json.WriteNull(section.Title);
                continue;
            }
            json.WriteStartArray(section.Title);
            foreach (DriftEntry entry in section.Entries)
            {
                json.WriteStartObject();
                json.WriteString("name", entry.Name);
                json.WriteString("change", entry.Kind switch { DriftKind.Added => "added", DriftKind.Removed => "removed", _ => "changed" });
                if (entry.Details.Count > 0)
                    Strings(json, "details", entry.Details);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        json.WriteEndObject();
    });

    private static void Document(Stream to, Action<Utf8JsonWriter> write)
    {
        using var json = new Utf8JsonWriter(to, s_options);
        write(json);
        json.Flush();
        to.WriteByte((byte)'\n');
    }

    private static void Strings(Utf8JsonWriter json, string name, IEnumerable<string> values)
    {
        json.WriteStartArray(name);
        foreach (string value in values)
            json.WriteStringValue(value);
        json.WriteEndArray();
    }
}
