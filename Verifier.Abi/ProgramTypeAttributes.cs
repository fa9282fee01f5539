namespace BpfVerifier.Abi;

/// <summary>From this release on, programs of these types may call it.</summary>
/// <param name="release">Mainline release.</param>
/// <param name="programTypes">Those that could not call it before.</param>
[AttributeUsage(AttributeTargets.Property, AllowMultiple = true, Inherited = false)]
public sealed class OfferedToAttribute(string release, params bpf_prog_type[] programTypes) : Attribute
{
    /// <summary>The first release known to offer it to them.</summary>
    public string Release { get; } = release;

    /// <summary>The program types.</summary>
    public IReadOnlyList<bpf_prog_type> ProgramTypes { get; } = programTypes;

    /// <summary>The last release known not to. Null: exactly in <see cref="Release"/>, or in the oldest one looked at.</summary>
    public string? After { get; init; }
}

/// <summary>From this release on, programs of these types may no longer call it.</summary>
/// <param name="release">Mainline release.</param>
/// <param name="programTypes">Those that could call it before.</param>
[AttributeUsage(AttributeTargets.Property, AllowMultiple = true, Inherited = false)]
public sealed class WithdrawnFromAttribute(string release, params bpf_prog_type[] programTypes) : Attribute
{
    /// <summary>The first release known not to offer it to them.</summary>
    public string Release { get; } = release;

    /// <summary>The program types.</summary>
    public IReadOnlyList<bpf_prog_type> ProgramTypes { get; } = programTypes;

    /// <summary>The last release known to offer it. Null: exactly in <see cref="Release"/>.</summary>
    public string? After { get; init; }
}

/// <summary>Of programs of these types it is not known what they may call: something else decides, or the kernels looked at were built without them.</summary>
/// <param name="programTypes">The program types.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class NotJudgedForAttribute(params bpf_prog_type[] programTypes) : Attribute
{
    /// <summary>The program types.</summary>
    public IReadOnlyList<bpf_prog_type> ProgramTypes { get; } = programTypes;
}

/// <summary>What the member or type makes are programs of these types: helpers and kfuncs named in it must be offered to each of them.</summary>
/// <param name="programTypes">The program types.</param>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Constructor | AttributeTargets.Property | AttributeTargets.Class | AttributeTargets.Struct, Inherited = false)]
public sealed class ForProgramTypeAttribute(params bpf_prog_type[] programTypes) : Attribute
{
    /// <summary>The program types.</summary>
    public IReadOnlyList<bpf_prog_type> ProgramTypes { get; } = programTypes;
}
