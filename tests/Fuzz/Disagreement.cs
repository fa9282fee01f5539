using BpfVerifier.LoadScripts;

namespace BpfVerifier.Fuzz;

/// <summary>A program of which a kernel and our verifier of its release say different things.</summary>
internal sealed record Disagreement(LoadScript Script, Said Kernel, Said Ours)
{
    /// <summary>What programs of one cause have in common; null when the two agree.</summary>
    public static string? Cause(Said kernel, Said ours)
    {
        // a map that cannot be made says nothing of a verifier
        if (kernel.Verdict == "load_failure")
            return null;
        if (kernel.Verdict != ours.Verdict)
            return $"{Kind(kernel, ours)}\n  kernel {kernel.Shape}\n  ours   {ours.Shape}";
        if (kernel.Accepted)
            return kernel.Figures == ours.Figures ? null : $"statistics: {Differing(kernel.Figures, ours.Figures)}";
        if (kernel.Errno != ours.Errno)
            return $"errno: kernel {kernel.Errno}, ours {ours.Errno}\n  kernel {kernel.Shape}\n  ours   {ours.Shape}";
        return kernel.Message == ours.Message ? null : $"message\n  kernel {kernel.Shape}\n  ours   {ours.Shape}";
    }

    private static string Kind(Said kernel, Said ours) => (kernel.Verdict, ours.Verdict) switch
    {
        (_, "success") => "false accept",
        (_, "not_implemented" or "threw") => ours.Verdict,
        ("success", _) => "false reject",
        _ => "verdict",
    };

    private static string Differing(Figures? kernel, Figures? ours)
    {
        if (kernel is null || ours is null)
            return "none";
        (string, int, int)[] figures =
        [
            ("processed", kernel.Processed, ours.Processed), ("max_states_per_insn", kernel.MaxStatesPerInsn, ours.MaxStatesPerInsn),
            ("total_states", kernel.TotalStates, ours.TotalStates), ("peak_states", kernel.PeakStates, ours.PeakStates), ("mark_read", kernel.MarkRead, ours.MarkRead),
        ];
        return string.Join(", ", figures.Where(f => f.Item2 != f.Item3).Select(f => f.Item1 + (f.Item2 < f.Item3 ? " more" : " fewer")));
    }
}
