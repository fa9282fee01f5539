using System.Buffers.Binary;
using System.Text;

namespace BpfVerifier.Btf;

/// <summary>A view of one type. It holds no copy and allocates only for <see cref="Name"/>.</summary>
/// <remarks>Members that a kind does not have read as zero or as an empty record; nothing throws.</remarks>
public readonly struct BtfType
{
    internal const int HeaderSize = 12;

    private readonly byte[] _bytes;
    private readonly int _offset;

    internal BtfType(BtfTypes owner, int id, byte[] bytes, int offset)
    {
        Owner = owner;
        Id = id;
        _bytes = bytes;
        _offset = offset;
    }

    /// <summary>The set of types the ids of this view belong to.</summary>
    public BtfTypes Owner { get; }

    /// <summary>The type's id, 0 for void.</summary>
    public int Id { get; }

    private uint Info => Word(4);

    /// <summary>The kind; <see cref="BtfKind.Unknown"/> for void.</summary>
    public BtfKind Kind => (Info >> 24 & 0x7f) is var kind and <= (uint)BtfKind.Enum64 ? (BtfKind)kind : BtfKind.Unknown;

    /// <summary>Number of members, values, parameters or variables.</summary>
    public int VLen => (int)(Info & 0xffffff);

    /// <summary>The <c>kind_flag</c> bit: bitfield layout of structs, signedness of enums, union of forward declarations.</summary>
    public bool KindFlag => Info >> 31 != 0;

    /// <summary>String offset of the name.</summary>
    public uint NameOffset => Word(0);

    /// <summary>The name as it stands in the string section, without its final zero.</summary>
    public ReadOnlySpan<byte> NameBytes => Owner is null ? default : Owner.StringBytes(NameOffset);

    /// <summary>The name, empty when the type has none.</summary>
    public string Name => Encoding.UTF8.GetString(NameBytes);

    /// <summary>The word that is a size or a type id, by kind.</summary>
    public uint SizeOrType => Word(8);

    /// <summary>Bytes in an integer, struct, union, enumeration, data section or float; 0 for other kinds.</summary>
    public int Size => Kind is BtfKind.Int or BtfKind.Struct or BtfKind.Union or BtfKind.Enum or BtfKind.Enum64 or BtfKind.DataSec or BtfKind.Float
        ? (int)Math.Min(SizeOrType, int.MaxValue)
        : 0;

    /// <summary>The type referred to by a pointer, typedef, modifier, tag, function or variable; 0 for other kinds.</summary>
    public int TypeId => Kind is BtfKind.Ptr or BtfKind.Typedef or BtfKind.Volatile or BtfKind.Const or BtfKind.Restrict or BtfKind.Func
        or BtfKind.FuncProto or BtfKind.Var or BtfKind.DeclTag or BtfKind.TypeTag
        ? (int)SizeOrType
        : 0;

    /// <summary>True for id 0 and for ids that do not exist.</summary>
    public bool IsVoid => Id == 0;

    /// <summary>True for const, volatile, restrict and type tags.</summary>
    public bool IsModifier => Kind is BtfKind.Const or BtfKind.Volatile or BtfKind.Restrict or BtfKind.TypeTag;

    /// <summary>True for structs and unions.</summary>
    public bool IsStruct => Kind is BtfKind.Struct or BtfKind.Union;

    /// <summary>True for both kinds of enumeration.</summary>
    public bool IsEnum => Kind is BtfKind.Enum or BtfKind.Enum64;

    /// <summary>True for a forward declaration of a union, false for one of a struct.</summary>
    public bool IsForwardUnion => Kind == BtfKind.Fwd && KindFlag;

    /// <summary>Bits in an integer.</summary>
    public int IntBits => Kind == BtfKind.Int ? (int)(Word(12) & 0xff) : 0;

    /// <summary>Bit offset of an integer in its storage.</summary>
    public int IntOffset => Kind == BtfKind.Int ? (int)(Word(12) >> 16 & 0xff) : 0;

    /// <summary>How an integer is to be read.</summary>
    public BtfIntEncoding IntEncoding => Kind == BtfKind.Int ? (BtfIntEncoding)(Word(12) >> 24 & 0xf) : BtfIntEncoding.None;

    /// <summary>Type of an array's elements.</summary>
    public int ElementTypeId => Kind == BtfKind.Array ? (int)Word(12) : 0;

    /// <summary>Type of an array's index.</summary>
    public int IndexTypeId => Kind == BtfKind.Array ? (int)Word(16) : 0;

    /// <summary>Elements in an array.</summary>
    public uint Length => Kind == BtfKind.Array ? Word(20) : 0;

    /// <summary>Return type of a prototype.</summary>
    public int ReturnTypeId => Kind == BtfKind.FuncProto ? (int)SizeOrType : 0;

    /// <summary>Linkage of a function or variable.</summary>
    public BtfLinkage Linkage => Kind switch
    {
        BtfKind.Func => (BtfLinkage)VLen,
        BtfKind.Var => (BtfLinkage)Word(12),
        _ => BtfLinkage.Static,
    };

    /// <summary>The member or parameter a declaration tag is on, -1 for the declaration itself.</summary>
    public int ComponentIndex => Kind == BtfKind.DeclTag ? (int)Word(12) : -1;

    /// <summary>Member <paramref name="index"/> of a struct or union, from 0.</summary>
    public BtfMember Member(int index)
    {
        if (!IsStruct || (uint)index >= (uint)VLen)
            return default;
        int at = HeaderSize + index * 12;
        uint offset = Word(at + 8);
        return KindFlag
            ? new BtfMember(Owner, Word(at), (int)Word(at + 4), offset & 0xffffff, (int)(offset >> 24))
            : new BtfMember(Owner, Word(at), (int)Word(at + 4), offset, 0);
    }

    /// <summary>Value <paramref name="index"/> of an enumeration, from 0.</summary>
    public BtfEnumerator Enumerator(int index)
    {
        if ((uint)index >= (uint)VLen)
            return default;
        switch (Kind)
        {
            case BtfKind.Enum:
                int at = HeaderSize + index * 8;
                uint raw = Word(at + 4);
                // Compilers before kind_flag's use on enums left it clear; user space reads such values as unsigned.
                return new BtfEnumerator(Owner, Word(at), KindFlag ? (int)raw : raw, raw);
            case BtfKind.Enum64:
                at = HeaderSize + index * 12;
                ulong wide = Word(at + 4) | (ulong)Word(at + 8) << 32;
                return new BtfEnumerator(Owner, Word(at), (long)wide, wide);
            default:
                return default;
        }
    }

    /// <summary>Parameter <paramref name="index"/> of a prototype, from 0.</summary>
    public BtfParam Param(int index)
    {
        if (Kind != BtfKind.FuncProto || (uint)index >= (uint)VLen)
            return default;
        int at = HeaderSize + index * 8;
        return new BtfParam(Owner, Word(at), (int)Word(at + 4));
    }

    /// <summary>Variable <paramref name="index"/> of a data section, from 0.</summary>
    public BtfSectionVariable Variable(int index)
    {
        if (Kind != BtfKind.DataSec || (uint)index >= (uint)VLen)
            return default;
        int at = HeaderSize + index * 12;
        return new BtfSectionVariable((int)Word(at), Word(at + 4), Word(at + 8));
    }

    /// <inheritdoc/>
    public override string ToString() => $"[{Id}] {Kind} {Name}";

    // The parser has checked that the type lies whole within the bytes, and a view's accessors stay within its kind's length.
    private uint Word(int at) => _bytes is null ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(_bytes.AsSpan(_offset + at, 4));
}
