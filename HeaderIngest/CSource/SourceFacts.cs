namespace BpfVerifier.HeaderIngest.CSource;

/// <summary>Where something stands in the kernel's source.</summary>
/// <param name="File">Path below the source's root.</param>
/// <param name="Line">Line, from 1.</param>
public readonly record struct SourcePlace(string File, int Line)
{
    /// <summary><c>FILE:LINE</c>.</summary>
    public override string ToString() => FormattableString.Invariant($"{File}:{Line}");
}

/// <summary>A <c>struct bpf_func_proto</c> as C initialises it.</summary>
/// <param name="Name">Name of the variable.</param>
/// <param name="Place">Where it is defined.</param>
/// <param name="Info">What it says, in the form the facts of images have.</param>
/// <param name="Unparsed">Members whose value the text alone does not give, one sentence each; <paramref name="Info"/> has nothing for those.</param>
/// <param name="Unused">Whether it is static and its file does not speak of it again, so that the compiler leaves it out.</param>
public sealed record SourceProto(string Name, SourcePlace Place, ProtoInfo Info, List<string> Unparsed, bool Unused);

/// <summary>A set of BTF ids as C lists it.</summary>
/// <param name="Name">Name of the set.</param>
/// <param name="Place">Where it begins.</param>
/// <param name="IsPlain">Whether its members have no flags: such a set is no set of kfuncs.</param>
/// <param name="Members">Flags (<c>KF_…</c>) by member, 0 where there are none.</param>
public sealed record SourceSet(string Name, SourcePlace Place, bool IsPlain, SortedDictionary<string, uint> Members);

/// <summary>One call that registers a set for a program type.</summary>
/// <param name="ProgramType">Program type without <c>BPF_PROG_TYPE_</c>; UNSPEC stands for every type.</param>
/// <param name="Set">Name of the set.</param>
/// <param name="Filter">Function that decides which programs may call its kfuncs, or null.</param>
/// <param name="Place">Where the call stands.</param>
public sealed record SourceRegistration(string ProgramType, string Set, string? Filter, SourcePlace Place);

/// <summary>A prototype, a set or a registration the text has and this kernel's configuration leaves out.</summary>
/// <param name="What">What it is, for instance <c>prototype bpf_x_proto</c>.</param>
/// <param name="Place">Where it stands.</param>
/// <param name="Reason">Why it is left out.</param>
public sealed record LeftOut(string What, SourcePlace Place, string Reason);

/// <summary>What the C files of one kernel say of helper prototypes and kfuncs.</summary>
public sealed class SourceFacts
{
    /// <summary>Prototypes of the files that are built into the kernel.</summary>
    public List<SourceProto> Protos { get; } = [];

    /// <summary>Sets of those files.</summary>
    public List<SourceSet> Sets { get; } = [];

    /// <summary>Registrations of those files.</summary>
    public List<SourceRegistration> Registrations { get; } = [];

    /// <summary>Names of the sets whose functions fmod_ret programs may change.</summary>
    public SortedSet<string> ModifyReturn { get; } = new(StringComparer.Ordinal);

    /// <summary>What the configuration leaves out.</summary>
    public List<LeftOut> LeftOut { get; } = [];

    /// <summary>What stands in a file that is built and was not understood, one sentence each.</summary>
    public List<string> Unparsed { get; } = [];

    /// <summary>Files parsed.</summary>
    public int Files { get; set; }

    /// <summary>Errors libclang found in them.</summary>
    public List<string> Errors { get; } = [];
}
