using System.Text.Json;
using System.Text.Json.Serialization;

namespace BpfVerifier.Facts;

/// <summary>What is known of one kernel release; written as <c>abi.json</c>, whose form docs/abi-json.md describes.</summary>
/// <remarks>A section that is null is unknown for this release (nothing told it), which is not the same as empty.</remarks>
public sealed record AbiDocument
{
    /// <summary>Version of the form.</summary>
    public const int CurrentSchema = 1;

    /// <summary>Version of the form of this document.</summary>
    public int Schema { get; init; } = CurrentSchema;
    /// <summary>Mainline release, for instance 6.12.</summary>
    public required string Release { get; init; }
    /// <summary>Release with patch level, for instance 6.12.117.</summary>
    public required string Version { get; init; }
    /// <summary>What <c>uname -r</c> prints on this kernel.</summary>
    public required string Abi { get; init; }

    /// <summary>Enumerations by name; an anonymous one is called <c>@FIRST_ENUMERATOR</c>.</summary>
    public required SortedDictionary<string, EnumInfo> Enums { get; init; }
    /// <summary>Object-like macros with an integer value.</summary>
    public SortedDictionary<string, Int128>? Macros { get; init; }
    /// <summary>Structures and unions by name.</summary>
    public required SortedDictionary<string, StructInfo> Structs { get; init; }
    /// <summary>Which of the enumerations, macros and structures above the headers for user space declare.</summary>
    public UapiNames? Uapi { get; init; }
    /// <summary>Functions the headers declare.</summary>
    public SortedDictionary<string, FunctionInfo>? Functions { get; init; }
    /// <summary>Helpers by the name they have in <c>enum bpf_func_id</c>, without <c>BPF_FUNC_</c>.</summary>
    public required SortedDictionary<string, HelperInfo> Helpers { get; init; }
    /// <summary>Every <c>struct bpf_func_proto</c> of the kernel by its symbol. This and what follows is null for a kernel whose image nobody read.</summary>
    public required SortedDictionary<string, ProtoInfo>? Protos { get; init; }
    /// <summary>Program types by their name in <c>enum bpf_prog_type</c>, without <c>BPF_PROG_TYPE_</c>.</summary>
    public required SortedDictionary<string, ProgramTypeInfo>? ProgramTypes { get; init; }
    /// <summary>By program type, the sets of kfuncs registered for it; UNSPEC are those every type may call.</summary>
    public required SortedDictionary<string, List<KfuncSet>>? Kfuncs { get; init; }
    /// <summary>Prototypes of every kfunc named in <see cref="Kfuncs"/>.</summary>
    public required SortedDictionary<string, FunctionInfo>? KfuncPrototypes { get; init; }
    /// <summary>Kernel structures that struct_ops programs may implement, by name; null where nobody looked.</summary>
    public SortedDictionary<string, StructOpsInfo>? StructOps { get; init; }
    /// <summary>What the kernel's configuration and its compiler to machine code let the verifier allow: options (<c>CONFIG_PREEMPT_RT</c>) of those it asks,
    /// <c>bpf_jit_enable</c> when programs are compiled from the start, and functions of the compiler that answer yes (<c>bpf_jit_supports_private_stack</c>);
    /// null where nobody looked.</summary>
    public SortedSet<string>? Gates { get; init; }
    /// <summary>Plain sets of BTF ids that the verifier consults, as names.</summary>
    public required SortedDictionary<string, SortedSet<string>>? BtfSets { get; init; }
    /// <summary>Functions besides <c>security_*</c> whose result fmod_ret programs may change, with <c>SLEEPABLE</c> where programs may sleep there.</summary>
    public required SortedDictionary<string, List<string>>? ModifyReturn { get; init; }
    /// <summary>Raw tracepoints with arguments that may be null (bit 0 of the argument's four) or errors (bit 1).</summary>
    public required SortedDictionary<string, ulong>? RawTracepointNullArgs { get; init; }
    /// <summary>Raw tracepoints and their templates: the function <c>__bpf_trace_TEMPLATE</c> names the arguments.</summary>
    public required SortedDictionary<string, string>? RawTracepoints { get; init; }

    /// <summary>Whether the kernel's own types were read, so that what <see cref="Enums"/> and <see cref="Structs"/> lack does not exist; otherwise they are what
    /// headers for user space declare, and the kernel has more.</summary>
    [JsonIgnore]
    public bool HasTypes => Enums.Values.Any(e => e.Source != Sources.Header);

    /// <summary>Whether the kernel's own headers were read, not only those for user space.</summary>
    [JsonIgnore]
    public bool HasKernelHeaders => Functions is not null;
}

/// <summary>Names that the headers for user space (<c>include/uapi/linux/</c>) declare.</summary>
public sealed record UapiNames
{
    /// <summary>Enumerations, the anonymous as <c>@FIRST_ENUMERATOR</c>.</summary>
    public SortedSet<string> Enums { get; init; } = new(StringComparer.Ordinal);
    /// <summary>Object-like macros with an integer value.</summary>
    public SortedSet<string> Macros { get; init; } = new(StringComparer.Ordinal);
    /// <summary>Structures and unions.</summary>
    public SortedSet<string> Structs { get; init; } = new(StringComparer.Ordinal);
}

/// <summary>Where a symbol's definition was read. Both means both gave the same.</summary>
public static class Sources
{
    /// <summary>Only the headers declare it.</summary>
    public const string Header = "header";
    /// <summary>Only the kernel's BTF has it (or there are no headers).</summary>
    public const string Btf = "btf";
    /// <summary>Headers and BTF, and they agree.</summary>
    public const string Both = "header+btf";
}

/// <summary>An enumeration.</summary>
/// <param name="Source">One of <see cref="Sources"/>.</param>
/// <param name="Values">Enumerators in the order of their declaration.</param>
public sealed record EnumInfo(string Source, OrderedDictionary<string, Int128> Values);

/// <summary>A structure or union.</summary>
/// <param name="Source">One of <see cref="Sources"/>.</param>
/// <param name="Kind"><c>struct</c> or <c>union</c>.</param>
/// <param name="Size">Size in bytes.</param>
/// <param name="Members">Members in the order of their declaration; those of anonymous members stand among them.</param>
public sealed record StructInfo(string Source, string Kind, int Size, List<StructMember> Members);

/// <summary>A member of a structure.</summary>
/// <param name="Name">Name; with dots for a member of a named member that has an anonymous type.</param>
/// <param name="Offset">Distance from the start of the outermost structure in bits.</param>
/// <param name="Size">Size in bits; 0 for a flexible array.</param>
/// <param name="Type">C type as written in the kernel, without the name.</param>
/// <param name="Kind">Plain, bitfield or flexible array.</param>
[JsonConverter(typeof(StructMemberConverter))]
public sealed record StructMember(string Name, int Offset, int Size, string Type, MemberKind Kind = MemberKind.Plain);

/// <summary>What kind of a member it is.</summary>
public enum MemberKind
{
    /// <summary>An ordinary member.</summary>
    Plain,
    /// <summary>A bitfield.</summary>
    Bitfield,
    /// <summary>An array without a length at the end of a structure.</summary>
    Flexible,
}

/// <summary>A function's prototype.</summary>
/// <param name="Source">One of <see cref="Sources"/>.</param>
/// <param name="Returns">C type it returns.</param>
/// <param name="Parameters">Pairs of C type and name (empty where the declaration has none); <c>...</c> as the last type marks a variadic function.</param>
public sealed record FunctionInfo(
    string Source,
    [property: JsonPropertyName("ret")] string Returns,
    [property: JsonPropertyName("params")] List<string[]> Parameters);

/// <summary>A helper.</summary>
/// <param name="Id">Number in <c>enum bpf_func_id</c>.</param>
/// <param name="C">Prototype as the helper manual of uapi bpf.h has it; null where no headers are known.</param>
public sealed record HelperInfo(int Id, string? C);

/// <summary>A <c>struct bpf_func_proto</c>.</summary>
public sealed record ProtoInfo
{
    /// <summary>The function that runs; empty for bpf_tail_call, which has none.</summary>
    public required string Func { get; init; }
    /// <summary>Return type, in the names of <c>enum bpf_return_type</c> and <c>enum bpf_type_flag</c>.</summary>
    public required string Ret { get; init; }
    /// <summary>Name of the kernel type returned, POISON where the verifier supplies it; absent where the return type names none.</summary>
    [JsonPropertyName("ret_btf"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? RetBtf { get; init; }
    /// <summary>Argument types, followed where it applies by <c> size=N</c> or <c> btf_id=NAME</c>.</summary>
    public required List<string> Args { get; init; }
    /// <summary>1 if only GPL-compatible programs may call it.</summary>
    [JsonPropertyName("gpl_only")]
    public int GplOnly { get; init; }
    /// <summary>1 if packet pointers may be passed to it.</summary>
    [JsonPropertyName("pkt_access")]
    public int PktAccess { get; init; }
    /// <summary>1 if it may sleep; absent where the release has no such member.</summary>
    [JsonPropertyName("might_sleep"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? MightSleep { get; init; }
    /// <summary>1 if it keeps the caller's registers; absent where the release has no such member.</summary>
    [JsonPropertyName("allow_fastcall"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? AllowFastcall { get; init; }
    /// <summary>Name of the kernel function that decides whether a program may call it; absent where there is none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Allowed { get; init; }
}

/// <summary>What the kernel says of one program type.</summary>
public sealed record ProgramTypeInfo
{
    /// <summary>Number in <c>enum bpf_prog_type</c>.</summary>
    public required int Id { get; init; }
    /// <summary>Symbol of its <c>struct bpf_verifier_ops</c>; null if this kernel was built without the type.</summary>
    [JsonPropertyName("verifier_ops")]
    public required string? VerifierOps { get; init; }
    /// <summary>Which callbacks it has, and the functions behind them.</summary>
    public required SortedDictionary<string, string> Ops { get; init; }
    /// <summary>Helpers it may call (attach type 0, not sleepable, all capabilities) and their prototypes; null where another program or a
    /// struct_ops table decides.</summary>
    public required SortedDictionary<string, string>? Helpers { get; init; }
    /// <summary>Context accesses it allows (attach type 0, offsets 0 to 255); null where BTF decides.</summary>
    public required List<ContextRun>? Ctx { get; init; }
    /// <summary>What is different under one condition; null where nobody looked.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public List<ProgramTypeVariation>? Varies { get; init; }
}

/// <summary>How a program type differs under a condition from what is said of it otherwise.</summary>
public sealed record ProgramTypeVariation
{
    /// <summary>Conditions under each of which this is so: <c>attach TYPE</c> (expected attach type), <c>sleepable</c>, <c>locked down</c>,
    /// <c>without CAPABILITY</c>.</summary>
    public required List<string> When { get; init; }
    /// <summary>Helpers that have another prototype, or null where they may not be called; null as a whole where that is unknown.</summary>
    public SortedDictionary<string, string?>? Helpers { get; set; } = new(StringComparer.Ordinal);
    /// <summary>All context accesses allowed then; null where they are the same.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public List<ContextRun>? Ctx { get; set; }

    /// <summary>Joins variations that say the same, in the order of their first conditions.</summary>
    public static List<ProgramTypeVariation> Join(IEnumerable<ProgramTypeVariation> variations) =>
    [
        .. variations.GroupBy(v => JsonSerializer.Serialize(v with { When = [] }, AbiJson.Options), StringComparer.Ordinal)
            .Select(same => same.First() with { When = [.. same.SelectMany(v => v.When)] }),
    ];
}

/// <summary>A kernel structure whose members struct_ops programs implement.</summary>
public sealed record StructOpsInfo
{
    /// <summary>Symbol of its <c>struct bpf_verifier_ops</c>.</summary>
    [JsonPropertyName("verifier_ops")]
    public required string VerifierOps { get; init; }
    /// <summary>Members that are functions.</summary>
    public required SortedDictionary<string, StructOpsMember> Members { get; init; }
    /// <summary>Helpers its programs may call and their prototypes.</summary>
    public required SortedDictionary<string, string> Helpers { get; init; }
    /// <summary>By member, helpers its programs may not call although others may.</summary>
    public required SortedDictionary<string, List<string>> Withheld { get; init; }
    /// <summary>By kernel type, stores through BTF pointers that are allowed: runs of first offset, last offset and end of the field in bytes;
    /// null where the walk over the type decides.</summary>
    public required SortedDictionary<string, List<int[]>?> Stores { get; init; }
    /// <summary>What is printed (as a format of the kernel) of a store into another type, at another offset, and beyond the field's end.</summary>
    public required string[] Refusals { get; init; }
    /// <summary>Loads from types without stores are refused too.</summary>
    public bool Reads { get; init; }
}

/// <summary>A member of a structure that struct_ops programs implement.</summary>
/// <param name="Stub">Function whose declaration says which arguments may be null; null where the release or the member has none.</param>
/// <param name="Refused">Error number for a program that does not sleep, 0 if it may be attached.</param>
/// <param name="RefusedSleepable">The same for one that sleeps.</param>
public sealed record StructOpsMember(string? Stub, int Refused, [property: JsonPropertyName("refused_sleepable")] int RefusedSleepable);

/// <summary>A set of kfuncs registered together.</summary>
/// <param name="Set">Its symbol.</param>
/// <param name="Filter">Symbol of the function that narrows who may call them, or null.</param>
/// <param name="Kfuncs">kfuncs and their flags, without <c>KF_</c>.</param>
public sealed record KfuncSet(string Set, string? Filter, SortedDictionary<string, List<string>> Kfuncs);
