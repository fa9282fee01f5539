using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace BpfVerifier.Btf;

/// <summary>A set of BPF Type Format types: an object's, a kernel's, or a module's on top of its kernel's.</summary>
/// <remarks>
/// Everything is checked once by <see cref="TryParse"/>: bounds, kinds, string offsets, type ids. Reading afterwards does not
/// fail. Instances never change and may be used by any number of threads.
/// </remarks>
public sealed class BtfTypes
{
    // Longest chain of modifiers or typedefs followed; C has no use for more and hostile input may hold cycles. libbpf's bound.
    private const int MaxChain = 32;

    private static readonly byte[] s_void = new byte[24];

    private readonly BtfTypes? _base;
    private readonly byte[] _bytes;
    private readonly int[] _offsets;
    private readonly int _typesEnd;
    private readonly int _firstId;
    private readonly int _stringStart;
    private readonly int _stringLength;
    private readonly uint _firstString;
    private readonly Lazy<BtfNameIndex> _names;

    internal BtfTypes(BtfTypes? baseTypes, byte[] bytes, int[] offsets, int typesEnd, int stringStart, int stringLength)
    {
        _base = baseTypes;
        _bytes = bytes;
        _offsets = offsets;
        _typesEnd = typesEnd;
        _firstId = baseTypes?.Count ?? 1;
        _stringStart = stringStart;
        _stringLength = stringLength;
        _firstString = baseTypes?.StringEnd ?? 0;
        _names = new Lazy<BtfNameIndex>(() => new BtfNameIndex(this, _firstId, Count));
    }

    /// <summary>Reads types out of the raw bytes of a <c>.BTF</c> section.</summary>
    /// <param name="data">The bytes; kept, not copied, when they are a whole array.</param>
    /// <param name="baseTypes">The kernel's types when <paramref name="data"/> is split BTF, else null.</param>
    /// <param name="types">The types.</param>
    /// <param name="error">What is wrong, in libbpf's words where it has some; empty on success.</param>
    public static bool TryParse(ReadOnlyMemory<byte> data, BtfTypes? baseTypes, [NotNullWhen(true)] out BtfTypes? types, out string error) =>
        BtfParser.TryParse(data, baseTypes, out types, out error);

    /// <summary>A set that holds nothing but void.</summary>
    public static BtfTypes Empty { get; } = new BtfBuilder().Build();

    /// <summary>Ids are 0 (void) to Count-1; those of split BTF continue its base's.</summary>
    public int Count => _firstId + _offsets.Length;

    /// <summary>First id that is not the base's; 1 when there is no base.</summary>
    public int FirstOwnId => _firstId;

    /// <summary>The base of split BTF, else null.</summary>
    public BtfTypes? Base => _base;

    /// <summary>The raw section.</summary>
    public ReadOnlyMemory<byte> Data => _bytes;

    internal uint StringEnd => _firstString + (uint)_stringLength;

    internal ReadOnlySpan<byte> OwnStrings => _bytes.AsSpan(_stringStart, _stringLength);

    /// <summary>The type with that id; void when there is none.</summary>
    public BtfType this[int id]
    {
        get
        {
            if (id >= _firstId)
            {
                int index = id - _firstId;
                if (index < _offsets.Length)
                    return new BtfType(this, id, _bytes, _offsets[index]);
            }
            else if (id > 0 && _base is not null)
            {
                return _base.ViewFor(this, id);
            }
            return new BtfType(this, 0, s_void, 0);
        }
    }

    private BtfType ViewFor(BtfTypes owner, int id) => id >= _firstId
        ? new BtfType(owner, id, _bytes, _offsets[id - _firstId])
        : _base!.ViewFor(owner, id);

    // All bytes of one of our own types.
    internal ReadOnlySpan<byte> RawType(int id)
    {
        int index = id - _firstId;
        int end = index + 1 < _offsets.Length ? _offsets[index + 1] : _typesEnd;
        return _bytes.AsSpan(_offsets[index], end - _offsets[index]);
    }

    /// <summary>True for 0 and for every id that exists.</summary>
    public bool IsValid(int id) => (uint)id < (uint)Count;

    /// <summary>The string at that offset; empty when there is none.</summary>
    public string String(uint offset) => Encoding.UTF8.GetString(StringBytes(offset));

    /// <summary>The string at that offset without its final zero; empty when there is none.</summary>
    public ReadOnlySpan<byte> StringBytes(uint offset)
    {
        BtfTypes holder = this;
        while (offset < holder._firstString && holder._base is not null)
            holder = holder._base;
        uint at = offset - holder._firstString;
        if (at >= (uint)holder._stringLength)
            return default;
        ReadOnlySpan<byte> rest = holder._bytes.AsSpan(holder._stringStart + (int)at, holder._stringLength - (int)at);
        int end = rest.IndexOf((byte)0);
        return end < 0 ? default : rest[..end];
    }

    /// <summary>True when the offset lies in the string section, one's own or the base's.</summary>
    public bool IsValidString(uint offset) => offset < StringEnd;

    /// <summary>First type of that kind with that name, the base's before one's own; -1 when there is none.</summary>
    public int Find(string name, BtfKind kind) => Find(name, (BtfKind?)kind);

    /// <summary>First type with that name, of any kind; -1 when there is none.</summary>
    public int Find(string name) => Find(name, (BtfKind?)null);

    private int Find(string name, BtfKind? kind)
    {
        if (string.IsNullOrEmpty(name))
            return -1;
        int length = Encoding.UTF8.GetMaxByteCount(name.Length);
        Span<byte> buffer = length <= 512 ? stackalloc byte[512] : new byte[length];
        return Find(buffer[..Encoding.UTF8.GetBytes(name, buffer)], kind);
    }

    /// <summary>First type with that name and, unless it is null, of that kind; -1 when there is none.</summary>
    public int Find(ReadOnlySpan<byte> name, BtfKind? kind)
    {
        if (name.IsEmpty)
            return -1;
        int inBase = _base?.Find(name, kind) ?? -1;
        return inBase >= 0 ? inBase : _names.Value.Find(name, kind);
    }

    /// <summary>Every type with that name, the base's first, each part in ascending order.</summary>
    public IEnumerable<int> FindAll(string name)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(name);
        if (bytes.Length == 0)
            yield break;
        if (_base is not null)
        {
            foreach (int id in _base.FindAll(name))
                yield return id;
        }
        for (int id = _names.Value.Find(bytes, null); id >= 0; id = _names.Value.Next(id))
        {
            if (this[id].NameBytes.SequenceEqual(bytes))
                yield return id;
        }
    }

    /// <summary>The type below const, volatile, restrict and type tags. A cycle ends at void.</summary>
    public int SkipModifiers(int id)
    {
        for (int depth = 0; depth < MaxChain; depth++)
        {
            BtfType type = this[id];
            if (!type.IsModifier)
                return type.Id;
            id = type.TypeId;
        }
        return 0;
    }

    /// <summary>The type below modifiers and typedefs. A cycle ends at void.</summary>
    public int SkipModifiersAndTypedefs(int id)
    {
        for (int depth = 0; depth < MaxChain; depth++)
        {
            BtfType type = this[id];
            if (!type.IsModifier && type.Kind != BtfKind.Typedef)
                return type.Id;
            id = type.TypeId;
        }
        return 0;
    }

    /// <summary>Bytes a value of the type takes: arrays multiply, pointers are 8. False for types without a size, cycles, and sizes beyond 32 bits.</summary>
    public bool TryResolveSize(int id, out long size)
    {
        size = 0;
        long elements = 1;
        for (int depth = 0; depth < MaxChain; depth++)
        {
            BtfType type = this[id];
            long one;
            switch (type.Kind)
            {
                case BtfKind.Int or BtfKind.Struct or BtfKind.Union or BtfKind.Enum or BtfKind.Enum64 or BtfKind.DataSec or BtfKind.Float:
                    one = type.SizeOrType;
                    break;
                case BtfKind.Ptr:
                    one = 8;
                    break;
                case BtfKind.Typedef or BtfKind.Volatile or BtfKind.Const or BtfKind.Restrict or BtfKind.Var or BtfKind.DeclTag or BtfKind.TypeTag:
                    id = type.TypeId;
                    continue;
                case BtfKind.Array:
                    elements *= type.Length;
                    if (elements > uint.MaxValue)
                        return false;
                    id = type.ElementTypeId;
                    continue;
                default:
                    return false;
            }
            if (one != 0 && elements > uint.MaxValue / one)
                return false;
            size = one * elements;
            return true;
        }
        return false;
    }
}
