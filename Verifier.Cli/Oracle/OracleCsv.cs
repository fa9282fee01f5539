using System.Globalization;

namespace BpfVerifier.Cli.Oracle;

/// <summary>One line a program; the kernel's columns follow ours, with <c>kernel_</c> in front.</summary>
internal static class OracleCsv
{
    public const string Header = "file_name,prog_name,agree,verdict,kernel_verdict,errno,kernel_errno,message,kernel_message,"
        + "total_insns,kernel_total_insns,total_states,kernel_total_states,peak_states,kernel_peak_states,max_states_per_insn,kernel_max_states_per_insn,"
        + "log_line,log,kernel_log,duration_us,kernel_duration_us,prog_size,prog_type,attach_type";

    public static void Write(TextWriter to, IReadOnlyList<OracleOutcome> outcomes)
    {
        to.Write(Header + "\n");
        foreach (OracleOutcome o in outcomes)
            to.Write(string.Join(',', Fields(o).Select(CsvReport.Field)) + "\n");
    }

    private static string[] Fields(OracleOutcome o)
    {
        VerificationStatistics ours = o.Ours.Statistics;
        VerificationStatistics? kernel = o.Kernel.Statistics;
        return
        [
            o.FileName, o.ProgramName, o.Agreement,
            Words.Of(o.Ours.Verdict), o.KernelVerdictWord,
            Words.Of(o.Ours.Errno), Words.Of(o.Kernel.Errno),
            o.Ours.Message, o.Kernel.Message,
            Number(ours.ProcessedInstructions), Number(kernel?.ProcessedInstructions),
            Number(ours.TotalStates), Number(kernel?.TotalStates),
            Number(ours.PeakStates), Number(kernel?.PeakStates),
            Number(ours.MaxStatesPerInstruction), Number(kernel?.MaxStatesPerInstruction),
            Number(o.LogDifference?.Line), o.LogDifference?.Ours ?? "", o.LogDifference?.Kernel ?? "",
            Number((long)(o.Timing?.Ours ?? ours.Duration).TotalMicroseconds), Number((long?)(o.Timing?.Kernel ?? kernel?.Duration)?.TotalMicroseconds),
            Number(o.ProgramSize), Words.Of(o.ProgramType), Words.Of(o.AttachType),
        ];
    }

    private static string Number(long? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "";
}
