using BpfVerifier.Btf;

namespace BpfVerifier;

/// <summary>A map as BPF_MAP_CREATE would see it. Programs refer to maps by their index in <see cref="BpfProgram.Maps"/>.</summary>
public sealed class BpfMap
{
    /// <summary>The map's name in the object.</summary>
    public required string Name { get; init; }
    /// <summary>The kind of map.</summary>
    public required MapType Type { get; init; }
    /// <summary>Bytes in a key.</summary>
    public uint KeySize { get; init; }
    /// <summary>Bytes in a value.</summary>
    public uint ValueSize { get; init; }
    /// <summary>Entries, or bytes for ring buffers.</summary>
    public uint MaxEntries { get; init; }
    /// <summary><c>BPF_F_*</c> creation flags.</summary>
    public uint Flags { get; init; }
    /// <summary>Type-specific extra, for instance a bloom filter's hash count; an arena's address in user space, 0 while it has none.</summary>
    public ulong Extra { get; init; }
    /// <summary>The template of a map-in-map's inner map.</summary>
    public BpfMap? Inner { get; init; }
    /// <summary>The types that describe key and value, if the map was created with BTF.</summary>
    public BtfTypes? Btf { get; init; }
    /// <summary>Type id of the key in <see cref="Btf"/>, 0 if none.</summary>
    public int KeyTypeId { get; init; }
    /// <summary>Type id of the value in <see cref="Btf"/>, 0 if none.</summary>
    public int ValueTypeId { get; init; }
    /// <summary>True when user space froze the map before the load, as libbpf does with <c>.rodata</c>.</summary>
    public bool Frozen { get; init; }
    /// <summary>Content of a single-entry array map (global data), used for loads from frozen read-only maps.</summary>
    public ReadOnlyMemory<byte> InitialValue { get; init; }
    /// <summary>Name in the kernel of the struct a struct_ops map implements, else null.</summary>
    public string? StructOpsType { get; init; }
}
