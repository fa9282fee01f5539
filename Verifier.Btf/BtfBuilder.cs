using System.Buffers.Binary;
using System.Text;

namespace BpfVerifier.Btf;

/// <summary>Writes BTF: from nothing, or from a copy of other types that is amended and appended to.</summary>
/// <remarks>Methods that add a type return its id. Ids and strings refer to the base's when there is one.</remarks>
public sealed class BtfBuilder
{
    private const int HeaderLength = 24;

    private readonly List<byte> _types = [];
    private readonly List<int> _offsets = [];
    private readonly List<byte> _strings = [];
    private readonly Dictionary<string, uint> _known = new(StringComparer.Ordinal);
    private readonly int _firstId;
    private readonly uint _firstString;
    private readonly BtfTypes? _base;

    /// <summary>Starts without types, or as split BTF on top of <paramref name="baseTypes"/>.</summary>
    public BtfBuilder(BtfTypes? baseTypes = null)
    {
        _base = baseTypes;
        _firstId = baseTypes?.Count ?? 1;
        _firstString = baseTypes?.StringEnd ?? 0;
        _known[""] = 0;
        if (baseTypes is null)
            _strings.Add(0);
    }

    private BtfBuilder(BtfTypes source, bool _)
        : this(source.Base)
    {
        _strings.Clear();
        _strings.AddRange(source.OwnStrings);
        for (int id = source.FirstOwnId; id < source.Count; id++)
        {
            _offsets.Add(_types.Count);
            _types.AddRange(source.RawType(id));
        }
    }

    /// <summary>Starts with a copy of <paramref name="source"/>: same ids, same string offsets.</summary>
    public static BtfBuilder From(BtfTypes source) => new(source, true);

    /// <summary>The id the next type will get.</summary>
    public int NextId => _firstId + _offsets.Count;

    /// <summary>Offset of that string, which is added if it is not yet there.</summary>
    public uint AddString(string text)
    {
        if (_known.TryGetValue(text, out uint offset))
            return offset;
        offset = _firstString + (uint)_strings.Count;
        _strings.AddRange(Encoding.UTF8.GetBytes(text));
        _strings.Add(0);
        _known[text] = offset;
        return offset;
    }

    /// <summary>Adds an integer of <paramref name="size"/> bytes.</summary>
    public int AddInt(string name, int size, BtfIntEncoding encoding = BtfIntEncoding.None) =>
        Add(BtfKind.Int, name, 0, false, (uint)size, (uint)encoding << 24 | (uint)size * 8);

    /// <summary>Adds a pointer, typedef, modifier, type tag or another kind that is a name and a type id.</summary>
    public int AddReference(BtfKind kind, int typeId, string name = "") => Add(kind, name, 0, false, (uint)typeId);

    /// <summary>Adds a pointer.</summary>
    public int AddPtr(int typeId) => AddReference(BtfKind.Ptr, typeId);

    /// <summary>Adds a typedef.</summary>
    public int AddTypedef(string name, int typeId) => AddReference(BtfKind.Typedef, typeId, name);

    /// <summary>Adds an array.</summary>
    public int AddArray(int elementTypeId, int indexTypeId, uint length) =>
        Add(BtfKind.Array, "", 0, false, 0, (uint)elementTypeId, (uint)indexTypeId, length);

    /// <summary>Adds a struct or union. Bit sizes other than 0 make bitfields.</summary>
    public int AddStruct(BtfKind kind, string name, int size, params ReadOnlySpan<BtfNewMember> members)
    {
        bool bitfields = false;
        foreach (BtfNewMember member in members)
            bitfields |= member.BitSize != 0;
        var words = new List<uint>(members.Length * 3);
        foreach (BtfNewMember member in members)
            words.AddRange([AddString(member.Name), (uint)member.TypeId, bitfields ? member.BitOffset | (uint)member.BitSize << 24 : member.BitOffset]);
        return Add(kind, name, members.Length, bitfields, (uint)size, words.ToArray());
    }

    /// <summary>Adds an enumeration with 32-bit values.</summary>
    public int AddEnum(string name, int size, bool signed, params ReadOnlySpan<(string Name, int Value)> values)
    {
        var words = new List<uint>(values.Length * 2);
        foreach ((string value, int number) in values)
            words.AddRange([AddString(value), (uint)number]);
        return Add(BtfKind.Enum, name, values.Length, signed, (uint)size, words.ToArray());
    }

    /// <summary>Adds a forward declaration.</summary>
    public int AddFwd(string name, bool union) => Add(BtfKind.Fwd, name, 0, union, 0);

    /// <summary>Adds a prototype.</summary>
    public int AddFuncProto(int returnTypeId, params ReadOnlySpan<(string Name, int TypeId)> parameters)
    {
        var words = new List<uint>(parameters.Length * 2);
        foreach ((string parameter, int typeId) in parameters)
            words.AddRange([AddString(parameter), (uint)typeId]);
        return Add(BtfKind.FuncProto, "", parameters.Length, false, (uint)returnTypeId, words.ToArray());
    }

    /// <summary>Adds a function.</summary>
    public int AddFunc(string name, int protoTypeId, BtfLinkage linkage) => Add(BtfKind.Func, name, (int)linkage, false, (uint)protoTypeId);

    /// <summary>Adds a variable.</summary>
    public int AddVar(string name, int typeId, BtfLinkage linkage) => Add(BtfKind.Var, name, 0, false, (uint)typeId, (uint)linkage);

    /// <summary>Adds a data section.</summary>
    public int AddDataSec(string name, uint size, params ReadOnlySpan<BtfSectionVariable> variables)
    {
        var words = new List<uint>(variables.Length * 3);
        foreach (BtfSectionVariable variable in variables)
            words.AddRange([(uint)variable.TypeId, variable.Offset, variable.Size]);
        return Add(BtfKind.DataSec, name, variables.Length, false, size, words.ToArray());
    }

    /// <summary>Adds a declaration tag; component -1 is the declaration itself.</summary>
    public int AddDeclTag(string value, int typeId, int componentIndex) =>
        Add(BtfKind.DeclTag, value, 0, false, (uint)typeId, (uint)componentIndex);

    /// <summary>Adds a type by its raw words: kind, name, number of elements, flag, the size or type word, and what follows.</summary>
    public int Add(BtfKind kind, string name, int vlen, bool kindFlag, uint sizeOrType, params ReadOnlySpan<uint> rest)
    {
        int id = NextId;
        uint nameOffset = AddString(name);
        _offsets.Add(_types.Count);
        Append(nameOffset);
        Append((uint)kind << 24 | (uint)vlen & 0xffffff | (kindFlag ? 1u << 31 : 0));
        Append(sizeOrType);
        foreach (uint word in rest)
            Append(word);
        return id;
    }

    /// <summary>Overwrites word <paramref name="index"/> (0 name, 1 info, 2 size or type, 3 … what follows) of a type that was added or copied.</summary>
    public void SetWord(int typeId, int index, uint value)
    {
        int own = typeId - _firstId;
        ArgumentOutOfRangeException.ThrowIfNegative(own, nameof(typeId));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(own, _offsets.Count, nameof(typeId));
        int at = _offsets[own] + index * 4;
        int end = own + 1 < _offsets.Count ? _offsets[own + 1] : _types.Count;
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(at + 4, end, nameof(index));
        for (int i = 0; i < 4; i++)
            _types[at + i] = (byte)(value >> 8 * i);
    }

    /// <summary>Overwrites one character of a string of one's own, in place: every type that shares the string sees it.</summary>
    public void SetStringByte(uint offset, byte value)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(offset, _firstString);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(offset - _firstString, (uint)_strings.Count, nameof(offset));
        _strings[(int)(offset - _firstString)] = value;
    }

    /// <summary>The section's bytes.</summary>
    public byte[] ToArray()
    {
        // Types and strings follow the header directly; types are multiples of four bytes long, so nothing needs padding.
        byte[] data = new byte[HeaderLength + _types.Count + _strings.Count];
        BinaryPrimitives.WriteUInt16LittleEndian(data, 0xeb9f);
        data[2] = 1;
        BinaryPrimitives.WriteUInt32LittleEndian(data.AsSpan(4), HeaderLength);
        BinaryPrimitives.WriteUInt32LittleEndian(data.AsSpan(8), 0);
        BinaryPrimitives.WriteUInt32LittleEndian(data.AsSpan(12), (uint)_types.Count);
        BinaryPrimitives.WriteUInt32LittleEndian(data.AsSpan(16), (uint)_types.Count);
        BinaryPrimitives.WriteUInt32LittleEndian(data.AsSpan(20), (uint)_strings.Count);
        _types.CopyTo(data, HeaderLength);
        _strings.CopyTo(data, HeaderLength + _types.Count);
        return data;
    }

    /// <summary>The types as a reader sees them.</summary>
    /// <exception cref="InvalidOperationException">A type refers to an id that was never added.</exception>
    public BtfTypes Build() =>
        BtfTypes.TryParse(ToArray(), _base, out BtfTypes? types, out string error) ? types : throw new InvalidOperationException(error);

    private void Append(uint word)
    {
        for (int i = 0; i < 4; i++)
            _types.Add((byte)(word >> 8 * i));
    }
}
