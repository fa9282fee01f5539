namespace BpfVerifier.Generator.Model;

/// <summary>A set of names, ordered.</summary>
internal sealed record NameSet(string Name, EquatableArray<string> Names);

/// <summary>A function whose result fmod_ret programs may change.</summary>
internal readonly record struct ModifyReturnModel(string Name, bool Sleepable);

/// <summary>A raw tracepoint and the template that names its arguments.</summary>
internal readonly record struct RawTracepointModel(string Name, string Template);

/// <summary>What was read from tables of the kernel's image; names in ordinal order.</summary>
internal sealed record ImageModel(
    EquatableArray<NameSet> Sets,
    EquatableArray<ModifyReturnModel> ModifyReturn,
    EquatableArray<NamedValue> NullArgs,
    EquatableArray<RawTracepointModel> Tracepoints,
    EquatableArray<string> Gates);

/// <summary>Callbacks of a program type that the verifier asks for.</summary>
internal readonly record struct ContextOps(int ProgramType, bool Converts, bool WritesBtfStructs);
