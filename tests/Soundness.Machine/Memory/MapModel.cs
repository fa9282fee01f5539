namespace BpfVerifier.Soundness;

/// <summary>A map's content as the run finds and changes it. What user space put there is decided when it is first looked up.</summary>
public sealed class MapModel
{
    private const uint ReadOnlyForPrograms = 1 << 7;
    private const int MostElements = 64;

    private readonly World _world;
    private readonly Dictionary<string, (byte[] Key, Region Value)> _elements = [];
    private readonly HashSet<string> _absent = [];

    /// <summary>A map with random content.</summary>
    public MapModel(BpfMap map, World world)
    {
        Map = map;
        _world = world;
        Handle = world.Add(id => new Region(id, RegionKind.Map, []) { Map = map });
    }

    /// <summary>The map.</summary>
    public BpfMap Map { get; }

    /// <summary>What a pointer to the map itself points to.</summary>
    public Region Handle { get; }

    private bool IsArray => Map.Type is MapType.Array or MapType.PerCpuArray or MapType.ArrayOfMaps;

    /// <summary>The map holds values a program may look up and change.</summary>
    public bool HoldsValues => Map.Type is MapType.Array or MapType.PerCpuArray or MapType.Hash or MapType.PerCpuHash
        or MapType.LruHash or MapType.LruPerCpuHash or MapType.LpmTrie;

    /// <summary>The element of a key, null where there is none.</summary>
    public Region? Lookup(byte[] key)
    {
        if (IsArray && BitConverter.ToUInt32(key) >= Map.MaxEntries)
            return null;
        string name = Convert.ToHexString(key);
        if (_elements.TryGetValue(name, out (byte[] Key, Region Value) found))
            return found.Value;
        if (!IsArray && (_absent.Contains(name) || _elements.Count >= Math.Min(Map.MaxEntries, MostElements) || _world.Dice.OneIn(3)))
        {
            _absent.Add(name);
            return null;
        }
        return Insert(name, key);
    }

    /// <summary>Sets an element; false when the map refuses.</summary>
    /// <param name="key">Key.</param>
    /// <param name="value">Content.</param>
    /// <param name="flags">0 any, 1 only new, 2 only present.</param>
    public bool Update(byte[] key, byte[] value, ulong flags)
    {
        bool present = Lookup(key) is not null;
        if (flags > 2 || (flags == 1 && present) || (flags == 2 && !present) || (IsArray && !present))
            return false;
        if (!present && _elements.Count >= Map.MaxEntries)
            return false;
        Region element = present ? Lookup(key)! : Insert(Convert.ToHexString(key), key);
        element.Write(0, value);
        return true;
    }

    /// <summary>Removes an element; false when it is not there.</summary>
    public bool Delete(byte[] key)
    {
        string name = Convert.ToHexString(key);
        if (IsArray || Lookup(key) is null)
            return false;
        // Its memory stays until the run ends, as the kernel's does until a grace period is over.
        _elements.Remove(name);
        _absent.Add(name);
        return true;
    }

    /// <summary>The elements present, at most 64.</summary>
    public IReadOnlyList<(byte[] Key, Region Value)> Elements()
    {
        if (IsArray)
            for (uint i = 0; i < Math.Min(Map.MaxEntries, MostElements); i++)
                Lookup(BitConverter.GetBytes(i));
        else
            for (int i = 0; i < 3; i++)
                Lookup(_world.Dice.Bytes((int)Map.KeySize));
        return [.. _elements.Values];
    }

    private Region Insert(string name, byte[] key)
    {
        byte[] bytes = _world.ValueBytes(Map);
        bool readOnly = (Map.Flags & ReadOnlyForPrograms) != 0;
        if (!Map.InitialValue.IsEmpty && (Map.Frozen || _world.Dice.OneIn(2)))
            Map.InitialValue.Span[..Math.Min(bytes.Length, Map.InitialValue.Length)].CopyTo(bytes);
        Region element = _world.Add(id => new Region(id, RegionKind.MapValue, bytes) { Map = Map, ReadOnly = readOnly });
        _elements.Add(name, (key, element));
        _absent.Remove(name);
        return element;
    }
}
