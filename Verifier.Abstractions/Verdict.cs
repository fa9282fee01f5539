namespace BpfVerifier;

/// <summary>Where the way from a file to a loaded program ended. Exactly one of these is true of every verification.</summary>
public enum Verdict
{
    /// <summary>The kernel would accept the program.</summary>
    Accepted,

    /// <summary>The verifier would reject it; errno, message and instruction say why.</summary>
    Rejected,

    /// <summary>It would fail before the verifier: map, BTF, CO-RE, unknown symbol or missing attach target, as libbpf reports.</summary>
    LoadFailed,

    /// <summary>This release has no such program type, map type or attach type.</summary>
    Unsupported,

    /// <summary>The input is not a BPF object that can be opened.</summary>
    Unreadable,

    /// <summary>The kernel's one million instruction limit, or our own time or memory bound.</summary>
    LimitReached,

    /// <summary>The verifier met a construct it does not model yet: no statement about the program is made.</summary>
    NotImplemented,
}
