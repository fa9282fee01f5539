namespace BpfVerifier.Btf;

/// <summary>A hash table from names to type ids in two int arrays: a kernel has too many types for a string each.</summary>
internal sealed class BtfNameIndex
{
    private const int HashedBytes = 128;

    private readonly BtfTypes _types;
    private readonly int _firstId;
    private readonly int[] _buckets;
    private readonly int[] _next;

    public BtfNameIndex(BtfTypes types, int firstId, int count)
    {
        _types = types;
        _firstId = firstId;
        int size = 16;
        while (size < count - firstId)
            size *= 2;
        _buckets = new int[size];
        _next = new int[count - firstId];
        // Backwards, so that each chain is in ascending order of ids.
        for (int id = count - 1; id >= firstId; id--)
        {
            ReadOnlySpan<byte> name = types[id].NameBytes;
            if (name.IsEmpty)
                continue;
            ref int bucket = ref _buckets[Bucket(name)];
            _next[id - firstId] = bucket;
            bucket = id;
        }
    }

    public int Find(ReadOnlySpan<byte> name, BtfKind? kind)
    {
        for (int id = _buckets[Bucket(name)]; id != 0; id = _next[id - _firstId])
        {
            BtfType type = _types[id];
            if ((kind is null || type.Kind == kind) && type.NameBytes.SequenceEqual(name))
                return id;
        }
        return -1;
    }

    /// <summary>The next id in the same bucket, whatever its name; -1 at the end.</summary>
    public int Next(int id) => _next[id - _firstId] is var next and not 0 ? next : -1;

    private int Bucket(ReadOnlySpan<byte> name)
    {
        // FNV-1a of the beginning: names may share one long string, and all of it for each type would take quadratic time.
        uint hash = 2166136261;
        foreach (byte b in name[..Math.Min(name.Length, HashedBytes)])
            hash = (hash ^ b) * 16777619;
        return (int)((hash ^ hash >> 15) & (uint)(_buckets.Length - 1));
    }
}
