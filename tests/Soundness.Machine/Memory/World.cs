using BpfVerifier.Btf;

namespace BpfVerifier.Soundness;

/// <summary>Everything around one run: memory, maps, the packet and the context.</summary>
public sealed class World
{
    private const int ContextBytes = 8192;
    private const int SocketBytes = 512;

    private readonly List<Region> _regions = [null!];
    private readonly Dictionary<BpfMap, MapModel> _maps = [];
    private readonly Dictionary<int, Region> _functions = [];

    /// <summary>Makes inputs for a program from a seed.</summary>
    public World(int seed)
    {
        Dice = new Dice(seed);
        Context = Add(id => new Region(id, RegionKind.Context, Dice.Bytes(ContextBytes)));
        NewPacket();
    }

    /// <summary>The run's dice.</summary>
    public Dice Dice { get; }

    /// <summary>The context; its pointer fields are made when they are loaded.</summary>
    public Region Context { get; }

    /// <summary>The packet: headroom that is metadata, then data.</summary>
    public Region Packet { get; private set; } = null!;

    /// <summary>The region a value points into, null for a number.</summary>
    public Region? Find(Value value) => value.Region == 0 ? null : _regions[value.Region];

    /// <summary>Makes a region.</summary>
    public Region Add(Func<int, Region> make)
    {
        Region region = make(_regions.Count);
        if (region.Bytes.Length > Region.MaxSize)
            throw new NotModelledException("memory of more than 8 MiB");
        _regions.Add(region);
        return region;
    }

    /// <summary>A pointer to a region's origin.</summary>
    public static Value PointerTo(Region region) => new(region.Origin, region.Id, true);

    /// <summary>Memory of random content.</summary>
    public Region NewMemory(int size) => Add(id => new Region(id, RegionKind.Memory, Dice.Bytes(size)));

    /// <summary>A socket, or another struct the program sees fields of, with random content.</summary>
    public Region NewSocket() => Add(id => new Region(id, RegionKind.Socket, Dice.Bytes(SocketBytes)));

    /// <summary>A stack of 512 bytes with garbage in it.</summary>
    public Region NewStack(int bytes)
    {
        var empty = new Region(_regions.Count, RegionKind.Stack, []);
        return Add(id => new Region(id, RegionKind.Stack, Dice.Bytes(bytes)) { Origin = empty.Start + (ulong)bytes, WrittenBytes = new bool[bytes] });
    }

    /// <summary>The packet is another one from here on: pointers into the old one lead nowhere.</summary>
    public void NewPacket()
    {
        if (Packet is { } old)
            old.Alive = false;
        int meta = Dice.OneIn(3) ? 4 * Dice.Below(9) : 0;
        int length = Dice.Below(6) switch { 0 => Dice.Below(16), 1 => 14, 2 => 34, 3 => 54 + Dice.Below(16), 4 => 64 + Dice.Below(192), _ => 1500 };
        byte[] bytes = Dice.Bytes(meta + length);
        if (length > 24 && !Dice.OneIn(3))
        {
            // An Ethernet and an IPv4 header, so that programs that look for them go on.
            (bytes[meta + 12], bytes[meta + 13], bytes[meta + 14]) = (0x08, 0x00, 0x45);
            bytes[meta + 23] = (byte)(Dice.OneIn(2) ? 6 : 17);
        }
        var empty = new Region(_regions.Count, RegionKind.Packet, []);
        Packet = Add(id => new Region(id, RegionKind.Packet, bytes) { Origin = empty.Start + (ulong)meta });
    }

    /// <summary>The model of a map.</summary>
    public MapModel Map(BpfMap map)
    {
        if (!_maps.TryGetValue(map, out MapModel? model))
            _maps.Add(map, model = new MapModel(map, this));
        return model;
    }

    /// <summary>A function of the program as a value.</summary>
    public Value Function(int entry)
    {
        if (!_functions.TryGetValue(entry, out Region? region))
            _functions.Add(entry, region = Add(id => new Region(id, RegionKind.Function, []) { Function = entry }));
        return PointerTo(region);
    }

    /// <summary>Content for a map's value: zeros where kernel pointers or objects may lie in it.</summary>
    public byte[] ValueBytes(BpfMap map)
    {
        int size = (int)Math.Min(map.ValueSize, Region.MaxSize + 1);
        return HoldsObjects(map) ? new byte[size] : Dice.Bytes(size);
    }

    private static bool HoldsObjects(BpfMap map) =>
        map.Btf is { } types && types.IsValid(map.ValueTypeId) && HoldsObjects(types, map.ValueTypeId, 8);

    private static bool HoldsObjects(BtfTypes types, int id, int depth)
    {
        BtfType type = types[types.SkipModifiersAndTypedefs(id)];
        if (depth == 0 || type.Name.StartsWith("bpf_", StringComparison.Ordinal))
            return true;
        return type.Kind switch
        {
            BtfKind.Ptr => true,
            BtfKind.Array => HoldsObjects(types, type.ElementTypeId, depth - 1),
            BtfKind.Struct or BtfKind.Union => Enumerable.Range(0, type.VLen).Any(i => HoldsObjects(types, type.Member(i).TypeId, depth - 1)),
            BtfKind.DataSec => Enumerable.Range(0, type.VLen).Any(i => HoldsObjects(types, type.Variable(i).TypeId, depth - 1)),
            BtfKind.Var => HoldsObjects(types, type.TypeId, depth - 1),
            _ => false,
        };
    }
}
