using System.Globalization;
using BpfVerifier.Host;

namespace BpfVerifier.Cli;

/// <summary>One line a program and kernel, written as soon as it is known; columns named as veristat names them.</summary>
/// <remarks>A part of a matrix has a column more, the cell, and a last line that says which part it is: <c>bpfverifier merge</c> reads both.</remarks>
internal sealed class CsvReport(TextWriter to, bool part) : IReport
{
    public const string Header = "file_name,prog_name,kernel,verdict,errno,message,duration_us,total_insns,total_states,peak_states,max_states_per_insn,prog_size,prog_type,attach_type";
    public const string CellColumn = ",cell";
    public const string StampPrefix = "# ";

    private bool _begun;

    public void Add(IReadOnlyList<MatrixAnswer> answers)
    {
        foreach (MatrixAnswer o in answers)
        {
            Begin();
            VerificationStatistics s = o.Result.Statistics;
            to.Write(string.Create(CultureInfo.InvariantCulture,
                $"{Field(o.FileName)},{Field(o.ProgramName)},{o.Kernel},{o.VerdictWord},{o.ErrnoWord},{Field(o.Result.Message)},{o.DurationMicroseconds},{s.ProcessedInstructions},{s.TotalStates},{s.PeakStates},{s.MaxStatesPerInstruction},{o.ProgramSize},{o.ProgramTypeWord},{o.AttachTypeWord}"));
            to.Write(part ? string.Create(CultureInfo.InvariantCulture, $",{o.Cell}\n") : "\n");
        }
    }

    public void Finish(ShardStamp? stamp)
    {
        Begin();
        if (stamp is not null)
            to.Write($"{StampPrefix}{stamp}\n");
    }

    private void Begin()
    {
        if (!_begun)
            to.Write(Header + (part ? CellColumn : "") + "\n");
        _begun = true;
    }

    /// <summary>Quoted where RFC 4180 asks for it.</summary>
    public static string Field(string text) =>
        text.AsSpan().IndexOfAny("\",\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
