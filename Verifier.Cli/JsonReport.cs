using System.Text.Encodings.Web;
using System.Text.Json;

namespace BpfVerifier.Cli;

/// <summary>An array of objects with the CSV's columns, and log, instruction and source line where there are any.</summary>
internal static class JsonReport
{
    public static void Write(Stream to, IReadOnlyList<Outcome> outcomes)
    {
        using var json = new Utf8JsonWriter(to, new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartArray();
        foreach (Outcome outcome in outcomes)
            Write(json, outcome);
        json.WriteEndArray();
        json.Flush();
        to.WriteByte((byte)'\n');
    }

    private static void Write(Utf8JsonWriter json, Outcome o)
    {
        VerificationResult result = o.Result;
        VerificationStatistics s = result.Statistics;
        json.WriteStartObject();
        json.WriteString("file_name", o.FileName);
        json.WriteString("prog_name", o.ProgramName);
        json.WriteString("kernel", o.Kernel);
        json.WriteString("verdict", o.VerdictWord);
        json.WriteString("errno", o.ErrnoWord);
        json.WriteString("message", result.Message);
        json.WriteNumber("duration_us", o.DurationMicroseconds);
        json.WriteNumber("total_insns", s.ProcessedInstructions);
        json.WriteNumber("total_states", s.TotalStates);
        json.WriteNumber("peak_states", s.PeakStates);
        json.WriteNumber("max_states_per_insn", s.MaxStatesPerInstruction);
        json.WriteNumber("prog_size", o.ProgramSize);
        json.WriteString("prog_type", o.ProgramTypeWord);
        json.WriteString("attach_type", o.AttachTypeWord);
        if (result.InstructionIndex >= 0)
        {
            json.WriteNumber("insn_index", result.InstructionIndex);
            json.WriteString("insn", result.Instruction);
        }
        if (result.Source is { } source)
        {
            json.WriteStartObject("source");
            json.WriteString("file", source.File);
            json.WriteNumber("line", source.Line);
            json.WriteNumber("column", source.Column);
            json.WriteString("text", source.Text);
            json.WriteEndObject();
        }
        if (result.Log.Length != 0)
            json.WriteString("log", result.Log);
        json.WriteEndObject();
    }
}
