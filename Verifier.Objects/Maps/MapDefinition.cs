using BpfVerifier.Btf;

namespace BpfVerifier.Objects.Maps;

/// <summary>Reads the attributes of a map out of the type of its declaration: numbers are the lengths of arrays pointed to.</summary>
internal sealed class MapDefinition
{
    private readonly BtfTypes _btf;
    private readonly bool _relaxed;

    private MapDefinition(BtfTypes btf, bool relaxed)
    {
        _btf = btf;
        _relaxed = relaxed;
    }

    public static ObjectFailure? Read(MapSpec map, BtfType definition, bool relaxed) =>
        new MapDefinition(definition.Owner, relaxed).Read(map, map.Name, definition, outer: true);

    private ObjectFailure? Read(MapSpec map, string name, BtfType definition, bool outer)
    {
        for (int i = 0; i < definition.VLen; i++)
        {
            BtfMember member = definition.Member(i);
            ObjectFailure? failure = member.Name switch
            {
                "type" => Number(name, member, n => map.Type = (MapType)n),
                "max_entries" => Number(name, member, n => map.MaxEntries = n),
                "map_flags" => Number(name, member, n => map.Flags = n),
                "numa_node" => Number(name, member, n => map.NumaNode = n),
                "key_size" => Size(name, "key", member, map.KeySize, n => map.KeySize = n),
                "value_size" => Size(name, "value", member, map.ValueSize, n => map.ValueSize = n),
                "key" => TypeOf(name, "key", member, map.KeySize, (id, n) => (map.KeyTypeId, map.KeySize) = (id, n)),
                "value" => TypeOf(name, "value", member, map.ValueSize, (id, n) => (map.ValueTypeId, map.ValueSize) = (id, n)),
                "values" => Values(map, name, member, outer, last: i == definition.VLen - 1),
                "pinning" => Pinning(name, member, outer),
                "map_extra" => Extra(map, name, member),
                var unknown when !_relaxed => Fail(Errno.EOPNOTSUPP, $"map '{name}': unknown field '{unknown}'."),
                _ => null,
            };
            if (failure is not null)
                return failure;
        }
        if (map.Type == MapType.Unspec)
            return Fail(Errno.EINVAL, $"map '{name}': map type isn't specified.");
        if (map.Type is MapType.RingBuf or MapType.UserRingBuf)
            map.MaxEntries = RingBufferSize(map.MaxEntries);
        return null;
    }

    private static ObjectFailure Fail(Errno errno, string message) => ObjectFailure.LoadFailed(errno, message);

    /// <summary>The next power of two of pages that holds the size; the kernel accepts nothing else.</summary>
    private static uint RingBufferSize(uint size)
    {
        const uint Page = 4096;
        if (size == 0 || size % Page == 0 && uint.IsPow2(size / Page))
            return size;
        for (uint pages = 1; pages <= uint.MaxValue / Page; pages <<= 1)
        {
            if (pages * Page > size)
                return pages * Page;
        }
        return size;
    }

    private BtfType Below(int id) => _btf[_btf.SkipModifiersAndTypedefs(id)];

    private ObjectFailure? Number(string name, BtfMember member, Action<uint> set)
    {
        BtfType pointer = Below(member.TypeId);
        if (pointer.Kind != BtfKind.Ptr)
            return Fail(Errno.EINVAL, $"map '{name}': attr '{member.Name}': expected PTR, got {BtfNames.Kind(pointer.Kind)}.");
        BtfType array = _btf[pointer.TypeId];
        if (array.Kind != BtfKind.Array)
            return Fail(Errno.EINVAL, $"map '{name}': attr '{member.Name}': expected ARRAY, got {BtfNames.Kind(array.Kind)}.");
        set(array.Length);
        return null;
    }

    private ObjectFailure? Size(string name, string what, BtfMember member, uint known, Action<uint> set)
    {
        uint size = 0;
        if (Number(name, member, n => size = n) is { } failure)
            return failure;
        if (known != 0 && known != size)
            return Fail(Errno.EINVAL, $"map '{name}': conflicting {what} size {known} != {size}.");
        set(size);
        return null;
    }

    private ObjectFailure? TypeOf(string name, string what, BtfMember member, uint known, Action<int, uint> set)
    {
        BtfType pointer = _btf[member.TypeId];
        if (pointer.Kind != BtfKind.Ptr)
            return Fail(Errno.EINVAL, $"map '{name}': {what} spec is not PTR: {BtfNames.Kind(pointer.Kind)}.");
        if (!_btf.TryResolveSize(pointer.TypeId, out long size))
            return Fail(Errno.EINVAL, $"map '{name}': can't determine {what} size for type [{pointer.TypeId}]: -22.");
        if (known != 0 && known != size)
            return Fail(Errno.EINVAL, $"map '{name}': conflicting {what} size {known} != {size}.");
        set(pointer.TypeId, (uint)size);
        return null;
    }

    private ObjectFailure? Pinning(string name, BtfMember member, bool outer)
    {
        if (!outer)
            return Fail(Errno.EINVAL, $"map '{name}': inner def can't be pinned.");
        uint pinning = 0;
        if (Number(name, member, n => pinning = n) is { } failure)
            return failure;
        return pinning > 1 ? Fail(Errno.EINVAL, $"map '{name}': invalid pinning value {pinning}.") : null;
    }

    private ObjectFailure? Extra(MapSpec map, string name, BtfMember member)
    {
        BtfType type = Below(member.TypeId);
        if (type.Kind == BtfKind.Ptr)
            return Number(name, member, n => map.Extra = n);
        if (!type.IsEnum)
            return Fail(Errno.EINVAL, $"map '{name}': attr '{member.Name}': expected ENUM or ENUM64, got {BtfNames.Kind(type.Kind)}.");
        if (type.VLen != 1)
            return Fail(Errno.EINVAL, $"map '{name}': attr '{member.Name}': invalid __ulong");
        // A 32-bit enumerator is widened with its sign, as C does.
        map.Extra = type.Kind == BtfKind.Enum ? (ulong)(int)type.Enumerator(0).Raw : type.Enumerator(0).Raw;
        return null;
    }

    private ObjectFailure? Values(MapSpec map, string name, BtfMember member, bool outer, bool last)
    {
        bool programs = map.Type == MapType.ProgArray;
        string what = map.IsMapInMap ? "map-in-map inner" : "prog-array value";
        if (!outer)
            return Fail(Errno.EOPNOTSUPP, $"map '{name}': multi-level inner maps not supported.");
        if (!last)
            return Fail(Errno.EINVAL, $"map '{name}': '{member.Name}' member should be last.");
        if (!map.IsMapInMap && !programs)
            return Fail(Errno.EOPNOTSUPP, $"map '{name}': should be map-in-map or prog-array.");
        if (map.ValueSize is not (0 or 4))
            return Fail(Errno.EINVAL, $"map '{name}': conflicting value size {map.ValueSize} != 4.");
        map.ValueSize = 4;
        BtfType type = _btf[member.TypeId];
        if (type.Kind != BtfKind.Array || type.Length != 0)
            return Fail(Errno.EINVAL, $"map '{name}': {what} spec is not a zero-sized array.");
        type = Below(type.ElementTypeId);
        if (type.Kind != BtfKind.Ptr)
            return Fail(Errno.EINVAL, $"map '{name}': {what} def is of unexpected kind {BtfNames.Kind(type.Kind)}.");
        type = Below(type.TypeId);
        if (programs)
        {
            return type.Kind == BtfKind.FuncProto
                ? null
                : Fail(Errno.EINVAL, $"map '{name}': prog-array value def is of unexpected kind {BtfNames.Kind(type.Kind)}.");
        }
        if (type.Kind != BtfKind.Struct)
            return Fail(Errno.EINVAL, $"map '{name}': map-in-map inner def is of unexpected kind {BtfNames.Kind(type.Kind)}.");
        map.Inner = new MapSpec { Name = name + ".inner", Origin = MapOrigin.Declared };
        return Read(map.Inner, map.Inner.Name, type, outer: false);
    }
}
