using BpfVerifier.Objects.Sections;

namespace BpfVerifier.Objects.Maps;

/// <summary>Where a map comes from.</summary>
internal enum MapOrigin
{
    /// <summary>Declared in <c>.maps</c>.</summary>
    Declared,
    Data,
    ReadOnlyData,
    Bss,
    PerCpu,
    Kconfig,
    StructOps,
}

/// <summary>A map as the object declares it.</summary>
internal sealed class MapSpec
{
    public required string Name { get; init; }
    public required MapOrigin Origin { get; init; }
    public int SectionIndex { get; init; } = -1;
    /// <summary>Bytes from the start of its section; identifies a declared map.</summary>
    public ulong SectionOffset { get; init; }
    /// <summary>Bytes its declaration takes in the section.</summary>
    public ulong SectionSize { get; init; }
    public MapType Type { get; set; }
    public uint KeySize { get; set; }
    public uint ValueSize { get; set; }
    public uint MaxEntries { get; set; }
    public uint Flags { get; set; }
    public ulong Extra { get; set; }
    public uint NumaNode { get; set; }
    public int KeyTypeId { get; set; }
    public int ValueTypeId { get; set; }
    public MapSpec? Inner { get; set; }
    public ReadOnlyMemory<byte> Content { get; init; }
    public StructOpsSpec? StructOps { get; init; }
    /// <summary>False for struct_ops maps of sections that begin with ?.</summary>
    public bool AutoCreate { get; init; } = true;

    public bool IsInternal => Origin is not (MapOrigin.Declared or MapOrigin.StructOps);
    public bool IsMapInMap => Type is MapType.ArrayOfMaps or MapType.HashOfMaps;
}

/// <summary>The struct a struct_ops map implements.</summary>
/// <param name="TypeId">Its type in the object's BTF.</param>
internal sealed record StructOpsSpec(int TypeId)
{
    /// <summary>Programs by the index of the member that points to them.</summary>
    public Dictionary<int, CodeFunction> Programs { get; } = [];
}
