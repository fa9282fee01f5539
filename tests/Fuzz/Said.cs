using System.Text.RegularExpressions;
using BpfVerifier.LoadScripts;
using BpfVerifier.Oracle;
using LoadScript = BpfVerifier.LoadScripts.LoadScript;

namespace BpfVerifier.Fuzz;

/// <summary>What a verifier said of a program, a kernel's or ours.</summary>
/// <param name="Verdict"><c>success</c>, <c>failure</c>, <c>limit</c>, <c>not_implemented</c>, <c>threw</c>, …, as goldens say it.</param>
/// <param name="Errno">Positive, 0 when accepted.</param>
/// <param name="Message">The last line.</param>
/// <param name="Figures">processed, max_states_per_insn, total_states, peak_states, mark_read; null when there are none.</param>
internal sealed partial record Said(string Verdict, int Errno, string Message, Figures? Figures)
{
    // programs that need more are not asked about: kernels would take as long
    private static readonly VerifierOptions s_bounds = new() { Timeout = TimeSpan.FromSeconds(10), MemoryLimit = 128 << 20 };

    public bool Accepted => Verdict == "success";

    /// <summary>The message without its numbers: what one cause has in common.</summary>
    public string Shape => Verdict is "success" ? "accepted" : $"{Verdict}: {Digits().Replace(Message, "#")}";

    /// <summary>A kernel's words.</summary>
    public static Said From(Answer answer)
    {
        Statistics? s = answer.Statistics;
        return new Said(answer.Verdict, (int)answer.Errno, answer.Message,
            s is null ? null : new Figures(s.Processed, s.MaxStatesPerInsn, s.TotalStates, s.PeakStates, s.MarkRead));
    }

    /// <summary>Our words; an exception that comes out of the verifier is the verdict <c>threw</c>.</summary>
    public static Said Ours(IVerifier verifier, LoadScript script, LoaderCapabilities capabilities)
    {
        KernelProfile profile = verifier.DefaultProfile with { Capabilities = capabilities };
        if (!ScriptProgram.TryMake(script, profile, out BpfProgram? program, out string problem))
            return new Said("load_failure", 0, problem, null);
        VerificationResult result;
        try
        {
            result = verifier.Verify(program, profile, s_bounds);
        }
#pragma warning disable CA1031 // whatever comes out is the finding
        catch (Exception e)
#pragma warning restore CA1031
        {
            return new Said("threw", 0, e.GetType().Name + " " + e.StackTrace?.Split('\n').FirstOrDefault()?.Trim(), null);
        }
        VerificationStatistics s = result.Statistics;
        return new Said(Word(result.Verdict), (int)result.Errno, result.Message,
            new Figures(s.ProcessedInstructions, s.MaxStatesPerInstruction, s.TotalStates, s.PeakStates, s.MarkRead));
    }

    private static string Word(Verdict verdict) => verdict switch
    {
        BpfVerifier.Verdict.Accepted => "success",
        BpfVerifier.Verdict.Rejected => "failure",
        BpfVerifier.Verdict.LoadFailed => "load_failure",
        BpfVerifier.Verdict.Unsupported => "unsupported",
        BpfVerifier.Verdict.LimitReached => "limit",
        _ => "not_implemented",
    };

    [GeneratedRegex("-?(0x[0-9a-f]+|[0-9]+)")]
    private static partial Regex Digits();
}

/// <summary>The figures of the statistics line.</summary>
internal sealed record Figures(int Processed, int MaxStatesPerInsn, int TotalStates, int PeakStates, int MarkRead)
{
    public override string ToString() => FormattableString.Invariant($"{Processed}/{MaxStatesPerInsn}/{TotalStates}/{PeakStates}/{MarkRead}");
}
