namespace BpfVerifier.LoadScripts;

/// <summary>A BPF_PROG_LOAD with everything it needs, as text lines a plain program can carry out (tests/Oracle/guest/script.c tells the form).</summary>
/// <remarks>Names stand where a load has descriptors and type ids, so that one script goes to any kernel and to our verifiers.</remarks>
public sealed record LoadScript
{
    /// <summary>The case's name, without spaces.</summary>
    public required string Name { get; init; }
    /// <summary>Program type.</summary>
    public required ProgramType Type { get; init; }
    /// <summary>The <c>expected_attach_type</c> attribute.</summary>
    public AttachType AttachType { get; init; }
    /// <summary>The <c>prog_flags</c> attribute.</summary>
    public uint Flags { get; init; }
    /// <summary>License, without spaces.</summary>
    public string License { get; init; } = "GPL";
    /// <summary>Attach target as <c>KIND:NAME</c>, or null.</summary>
    public string? Attach { get; init; }
    /// <summary>Instructions, 8 bytes each; what <see cref="MapReferences"/>, <see cref="Kfuncs"/> and <see cref="Ksyms"/> name is filled in.</summary>
    public required byte[] Instructions { get; init; }
    /// <summary>Maps, by index.</summary>
    public IReadOnlyList<ScriptMap> Maps { get; init; } = [];
    /// <summary>Instructions that load a map.</summary>
    public IReadOnlyList<MapReference> MapReferences { get; init; } = [];
    /// <summary>Instructions that call a function of the kernel.</summary>
    public IReadOnlyList<NameReference> Kfuncs { get; init; } = [];
    /// <summary>Instructions that load the address of a variable of the kernel.</summary>
    public IReadOnlyList<NameReference> Ksyms { get; init; } = [];
    /// <summary>The program's own types, or null.</summary>
    public byte[]? Btf { get; init; }
    /// <summary>func_info records of <see cref="FuncInfoSize"/> bytes.</summary>
    public byte[] FuncInfo { get; init; } = [];
    /// <summary>Bytes of a func_info record.</summary>
    public int FuncInfoSize { get; init; }
    /// <summary>line_info records of <see cref="LineInfoSize"/> bytes.</summary>
    public byte[] LineInfo { get; init; } = [];
    /// <summary>Bytes of a line_info record.</summary>
    public int LineInfoSize { get; init; }
    /// <summary>core_relo records of <see cref="CoreRelocationSize"/> bytes.</summary>
    public byte[] CoreRelocations { get; init; } = [];
    /// <summary>Bytes of a core_relo record.</summary>
    public int CoreRelocationSize { get; init; }
}

/// <summary>A map of a load script.</summary>
public sealed record ScriptMap
{
    /// <summary>The kind of map.</summary>
    public required MapType Type { get; init; }
    /// <summary>Name, without spaces; the kernel keeps its first 15 bytes and shows it in logs. Empty if it has none.</summary>
    public string Name { get; init; } = "";
    /// <summary>Bytes in a key.</summary>
    public uint KeySize { get; init; }
    /// <summary>Bytes in a value.</summary>
    public uint ValueSize { get; init; }
    /// <summary>Entries, or bytes for ring buffers.</summary>
    public uint MaxEntries { get; init; }
    /// <summary>Creation flags.</summary>
    public uint Flags { get; init; }
    /// <summary>Type-specific extra.</summary>
    public ulong Extra { get; init; }
    /// <summary>Index of the map that is the template of inner maps, or null.</summary>
    public int? Inner { get; init; }
    /// <summary>The types that describe key and value, or null.</summary>
    public byte[]? Btf { get; init; }
    /// <summary>Type id of the key, 0 if none.</summary>
    public int KeyTypeId { get; init; }
    /// <summary>Type id of the value, 0 if none.</summary>
    public int ValueTypeId { get; init; }
    /// <summary>The content of element 0, or null.</summary>
    public byte[]? Initial { get; init; }
    /// <summary>Frozen before the load.</summary>
    public bool Freeze { get; init; }
}

/// <summary>Instruction <paramref name="Instruction"/> loads map <paramref name="Map"/>, or the address of its value; by descriptor, or by place in fd_array.</summary>
public readonly record struct MapReference(int Instruction, int Map, bool Value = false, bool ByIndex = false);

/// <summary>Instruction <paramref name="Instruction"/> refers to something of the kernel called <paramref name="Name"/>.</summary>
public readonly record struct NameReference(int Instruction, string Name);
