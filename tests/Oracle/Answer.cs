using System.Text;

namespace BpfVerifier.Oracle;

/// <summary>A log as goldens keep it.</summary>
/// <param name="Length">Bytes, addresses written as 0x0.</param>
/// <param name="Sha256">Hash of the same text.</param>
/// <param name="Cut">True when the log was longer than the buffer; length and hash are then of the part that was kept.</param>
internal sealed record LogDigest(long Length, string Sha256, bool Cut);

/// <summary>What a kernel said of one program of one object.</summary>
internal sealed class Answer
{
    /// <summary>The object.</summary>
    public required BatchObject Object { get; init; }
    /// <summary>Place of the program in the object, as libbpf counts.</summary>
    public int Index { get; init; }
    /// <summary>Name of the program; empty when the object could not be opened.</summary>
    public string Program { get; init; } = "";
    /// <summary>Section it lies in.</summary>
    public string Section { get; init; } = "";
    /// <summary><c>success</c>, <c>failure</c> (BPF_PROG_LOAD refused), <c>load_failure</c> (never got there), <c>unsupported</c>,
    /// <c>unreadable</c>, <c>limit</c> (the kernel's instruction limit), <c>timeout</c>, <c>crash</c>.</summary>
    public required string Verdict { get; init; }
    /// <summary>Positive errno, 0 when accepted.</summary>
    public long Errno { get; init; }
    /// <summary>The verifier's last line, or libbpf's first.</summary>
    public string Message { get; init; } = "";
    /// <summary>Everything libbpf said, when the load failed.</summary>
    public string Libbpf { get; init; } = "";
    /// <summary>Attributes of the load; null when BPF_PROG_LOAD was not reached.</summary>
    public LoadScript? Script { get; init; }
    /// <summary>The statistics lines.</summary>
    public Statistics? Statistics { get; init; }
    /// <summary>The level 1 log.</summary>
    public LogDigest? Level1 { get; init; }
    /// <summary>The level 2 log, when it was asked for.</summary>
    public LogDigest? Level2 { get; init; }
    /// <summary>End of the level 1 log of a rejected program.</summary>
    public string Tail { get; init; } = "";
    /// <summary>What the kernel logged while it verified, if it complained; or the console of a guest that died.</summary>
    public string Complaint { get; init; } = "";
    /// <summary>Whole logs by level, when asked for.</summary>
    public IReadOnlyDictionary<string, byte[]> WholeLogs { get; init; } = new Dictionary<string, byte[]>();

    private const int TailKept = 400;
    private const int NotPermitted = 1;

    /// <summary>Makes an answer of a record; <paramref name="died"/> is the console of a guest that did not finish it.</summary>
    public static Answer From(RawAnswer raw, BatchObject item, string? died = null)
    {
        string? level1 = raw.Text("l1_tail") ?? raw.Text("l1_text");
        string log = level1 ?? raw.Text("statistics") ?? "";
        bool reached = raw.Number("reached") > 0, accepted = raw.Number("load_result") == 0
            // The program's own load succeeded; what libbpf does with it afterwards (filling program arrays) is not asked.
            || (reached && raw.Number("errno") == 0 && !raw.Has("timed_out"));
        string libbpf = raw.Text("libbpf") ?? "";
        string message = accepted || died is not null || raw.Has("timed_out") ? "" : reached ? LogText.Message(log) : LogText.LibbpfMessage(libbpf);
        string? unsupported = Unsupported(raw, reached, message);
        return new Answer
        {
            Object = item,
            Index = (int)(raw.Number("index") ?? 0),
            Program = raw.Text("program") ?? "",
            Section = raw.Text("section") ?? "",
            Verdict = VerdictOf(raw, died, reached, accepted, message, unsupported is not null),
            Errno = raw.Number("errno") ?? 0,
            Message = unsupported ?? message,
            Libbpf = libbpf,
            Script = LoadScript.From(raw),
            // How far a load got before we stopped waiting is no answer of the kernel.
            Statistics = raw.Has("timed_out") ? null : LogText.ReadStatistics(raw.Text("statistics") ?? ""),
            Level1 = Digest(raw, "l1"),
            Level2 = Digest(raw, "l2"),
            Tail = accepted || level1 is null ? "" : LogText.Tail(level1, TailKept),
            Complaint = died ?? raw.Text("kernel_complaint") ?? "",
            WholeLogs = new[] { "l1", "l2" }
                .Select(l => (Level: l, Text: raw.Bytes(l + "_text") ?? raw.Bytes(l + "_tail")))
                .Where(l => l.Text is not null)
                .ToDictionary(l => l.Level, l => l.Text!),
        };
    }

    /// <summary>What the kernel does not know, when that is why it refused: an unknown program type is refused without a word, an unknown map type by map creation.</summary>
    private static string? Unsupported(RawAnswer raw, bool reached, string message)
    {
        if (raw.Number("errno") == NotPermitted || (reached && message.Length > 0))
            return null;
        string kind = reached ? "program type" : "map type";
        return raw.Texts("unsupported").FirstOrDefault(u => u.StartsWith(kind, StringComparison.Ordinal));
    }

    private static string VerdictOf(RawAnswer raw, string? died, bool reached, bool accepted, string message, bool unsupported) => raw switch
    {
        _ when died is not null => "crash",
        { Kind: "unreadable" } => "unreadable",
        _ when raw.Has("timed_out") => "timeout",
        _ when accepted => "success",
        _ when unsupported => "unsupported",
        _ when !reached => "load_failure",
        _ when message.StartsWith("BPF program is too large. Processed", StringComparison.Ordinal) => "limit",
        _ => "failure",
    };

    private static LogDigest? Digest(RawAnswer raw, string level) => raw.Text(level + "_sha256") is { } sha
        ? new LogDigest(raw.Number(level + "_length") ?? 0, sha, raw.Has(level + "_cut"))
        : null;
}

/// <summary>What libbpf handed to BPF_PROG_LOAD, in a form that can be compared between machines.</summary>
/// <param name="ProgType">Program type.</param>
/// <param name="AttachType">expected_attach_type.</param>
/// <param name="AttachBtfId">attach_btf_id, in the BTF of the kernel that was asked.</param>
/// <param name="Flags">prog_flags.</param>
/// <param name="InsnCount">Instructions.</param>
/// <param name="InsnsSha256">Hash of the instructions with each map's descriptor replaced by the map's place below.</param>
/// <param name="Maps">Maps in order of first use: name, type, key size, value size, entries, flags.</param>
/// <param name="Insns">The instructions, hex, when asked for.</param>
internal sealed record LoadScript(long ProgType, long AttachType, long AttachBtfId, long Flags, long InsnCount, string InsnsSha256, IReadOnlyList<string> Maps, string? Insns)
{
    public static LoadScript? From(RawAnswer raw) => raw.Text("insns_sha256") is { } sha
        ? new LoadScript(
            raw.Number("prog_type") ?? 0, raw.Number("expected_attach_type") ?? 0, raw.Number("attach_btf_id") ?? 0,
            raw.Number("prog_flags") ?? 0, raw.Number("insn_count") ?? 0, sha, [.. raw.Texts("map")],
            raw.Bytes("insns") is { } insns ? Convert.ToHexStringLower(insns) : null)
        : null;
}
