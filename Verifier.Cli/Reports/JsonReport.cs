using System.Text.Encodings.Web;
using System.Text.Json;
using BpfVerifier.Host;

namespace BpfVerifier.Cli;

/// <summary>An array of objects with the CSV's columns, and log, instruction and source line where there are any.</summary>
/// <remarks>A part of a matrix is an object: that array as <c>results</c>, each with its cell, and the part's stamp as <c>shard</c>.</remarks>
internal sealed class JsonReport : IReport
{
    public const string Results = "results", Shard = "shard", Cell = "cell";

    private readonly Stream _to;
    private readonly Utf8JsonWriter _json;
    private readonly bool _part;

    public JsonReport(Stream to, bool part)
    {
        (_to, _part) = (to, part);
        _json = Writer(to);
        if (part)
        {
            _json.WriteStartObject();
            _json.WritePropertyName(Results);
        }
        _json.WriteStartArray();
    }

    public static Utf8JsonWriter Writer(Stream to) =>
        new(to, new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    public void Add(IReadOnlyList<MatrixAnswer> answers)
    {
        foreach (MatrixAnswer answer in answers)
            Write(_json, answer, _part);
        _json.Flush();
    }

    public void Finish(ShardStamp? stamp)
    {
        _json.WriteEndArray();
        if (stamp is not null)
        {
            _json.WriteString(Shard, stamp.ToString());
            _json.WriteEndObject();
        }
        _json.Dispose();
        _to.WriteByte((byte)'\n');
    }

    private static void Write(Utf8JsonWriter json, MatrixAnswer o, bool part)
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
        if (part)
            json.WriteNumber(Cell, o.Cell);
        json.WriteEndObject();
    }
}
