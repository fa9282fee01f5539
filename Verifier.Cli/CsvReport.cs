using System.Globalization;

namespace BpfVerifier.Cli;

/// <summary>One line a program and kernel; columns named as veristat names them.</summary>
internal static class CsvReport
{
    public const string Header = "file_name,prog_name,kernel,verdict,errno,message,duration_us,total_insns,total_states,peak_states,max_states_per_insn,prog_size,prog_type,attach_type";

    public static void Write(TextWriter to, IReadOnlyList<Outcome> outcomes)
    {
        to.Write(Header + "\n");
        foreach (Outcome o in outcomes)
        {
            VerificationStatistics s = o.Result.Statistics;
            to.Write(string.Create(CultureInfo.InvariantCulture,
                $"{Field(o.FileName)},{Field(o.ProgramName)},{o.Kernel},{o.VerdictWord},{o.ErrnoWord},{Field(o.Result.Message)},{o.DurationMicroseconds},{s.ProcessedInstructions},{s.TotalStates},{s.PeakStates},{s.MaxStatesPerInstruction},{o.ProgramSize},{o.ProgramTypeWord},{o.AttachTypeWord}\n"));
        }
    }

    /// <summary>Quoted where RFC 4180 asks for it.</summary>
    public static string Field(string text) =>
        text.AsSpan().IndexOfAny("\",\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
