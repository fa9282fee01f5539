using System.Text.Encodings.Web;
using System.Text.Json;

namespace BpfVerifier.Cli.Oracle;

/// <summary>An array of objects, one a program, each with our answer and the kernel's.</summary>
internal static class OracleJson
{
    public static void Write(Stream to, IReadOnlyList<OracleOutcome> outcomes)
    {
        using var json = new Utf8JsonWriter(to, new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartArray();
        foreach (OracleOutcome outcome in outcomes)
            Write(json, outcome);
        json.WriteEndArray();
        json.Flush();
        to.WriteByte((byte)'\n');
    }

    private static void Write(Utf8JsonWriter json, OracleOutcome o)
    {
        json.WriteStartObject();
        json.WriteString("file_name", o.FileName);
        json.WriteString("prog_name", o.ProgramName);
        json.WriteString("agree", o.Agreement);
        json.WriteNumber("prog_size", o.ProgramSize);
        json.WriteString("prog_type", Words.Of(o.ProgramType));
        json.WriteString("attach_type", Words.Of(o.AttachType));
        WriteAnswer(json, "ours", Words.Of(o.Ours.Verdict), o.Ours.Errno, o.Ours.Message, o.Ours.Statistics, o.Timing?.Ours);
        WriteAnswer(json, "kernel", o.KernelVerdictWord, o.Kernel.Errno, o.Kernel.Message, o.Kernel.Statistics, o.Timing?.Kernel);
        if (o.LogsCompared)
            json.WriteBoolean("same_log", o.SameLog);
        if (o.LogDifference is { } difference)
        {
            json.WriteStartObject("log_difference");
            json.WriteNumber("line", difference.Line);
            json.WriteString("before", difference.Before);
            json.WriteString("ours", difference.Ours);
            json.WriteString("kernel", difference.Kernel);
            json.WriteEndObject();
        }
        if (o.Kernel.Notes.Count > 0)
        {
            json.WriteStartArray("notes");
            foreach (string note in o.Kernel.Notes)
                json.WriteStringValue(note);
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }

    private static void WriteAnswer(Utf8JsonWriter json, string name, string verdict, Errno errno, string message, VerificationStatistics? statistics, TimeSpan? median)
    {
        json.WriteStartObject(name);
        json.WriteString("verdict", verdict);
        json.WriteString("errno", Words.Of(errno));
        json.WriteString("message", message);
        if (statistics is { } s)
        {
            json.WriteNumber("total_insns", s.ProcessedInstructions);
            json.WriteNumber("total_states", s.TotalStates);
            json.WriteNumber("peak_states", s.PeakStates);
            json.WriteNumber("max_states_per_insn", s.MaxStatesPerInstruction);
            json.WriteNumber("mark_read", s.MarkRead);
            json.WriteNumber("duration_us", (long)(median ?? s.Duration).TotalMicroseconds);
        }
        json.WriteEndObject();
    }
}
