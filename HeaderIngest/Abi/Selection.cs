namespace BpfVerifier.HeaderIngest.Abi;

/// <summary>Which of the kernel's thousands of types <c>abi.json</c> lists, besides those the BPF headers declare.</summary>
/// <remarks>BTF does not say which header a type came from, so for a release without headers these rules stand for the headers. They cover
/// everything that the headers of the committed releases declare and the kernel's BTF holds; <c>ingest</c> tells when a release's headers declare more.</remarks>
public static class Selection
{
    private static readonly string[] s_typePrefixes = ["bpf_", "btf_"];

    // Types of the BPF headers, or contexts of program types, whose names do not say so.
    private static readonly HashSet<string> s_types = new(StringComparer.Ordinal)
    {
        "__sk_buff", "arg_constant_desc", "arg_raw_mem_desc", "backtrack_state", "priv_stack_mode", "pt_regs", "ref_obj_desc", "ref_state_type", "ret_mem_desc", "sk_action", "sk_msg_md", "sk_reuseport_kern", "sk_reuseport_md", "tcx_action_base", "tnum",
        "user_pt_regs", "xdp_action", "xdp_md",
    };

    private static readonly string[] s_enumeratorPrefixes = ["BPF_", "BTF_", "INSN_F_", "IRQ_NATIVE_", "SK_BPF_CB_", "TCP_BPF_"];

    /// <summary>Whether a named enumeration, structure or union is listed.</summary>
    public static bool OfType(string name) => s_types.Contains(name) || s_typePrefixes.Any(p => name.StartsWith(p, StringComparison.Ordinal));

    /// <summary>Whether an anonymous enumeration with this first enumerator is listed.</summary>
    public static bool OfAnonymousEnum(string firstEnumerator) =>
        s_enumeratorPrefixes.Any(p => firstEnumerator.StartsWith(p, StringComparison.Ordinal));
}
