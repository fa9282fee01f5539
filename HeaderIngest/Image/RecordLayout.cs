using System.Buffers.Binary;
using BpfVerifier.Btf;

namespace BpfVerifier.HeaderIngest.Image;

/// <summary>Where a member of a kernel structure lies.</summary>
/// <param name="Name">Name.</param>
/// <param name="BitOffset">Bits from the start of the outermost structure.</param>
/// <param name="BitSize">Bits of a bitfield, 0 when it is none.</param>
/// <param name="Size">Bytes of its type.</param>
/// <param name="TypeId">Its type.</param>
public readonly record struct RecordField(string Name, int BitOffset, int BitSize, int Size, int TypeId)
{
    /// <summary>Bytes from the start; that of the first bit for a bitfield.</summary>
    public int Offset => BitOffset / 8;
}

/// <summary>A structure of the kernel as its own BTF lays it out. Members of anonymous members count as its own.</summary>
public sealed class RecordLayout
{
    /// <summary>C nests anonymous types a few levels, and the largest structures have some hundreds of members; hostile BTF nests them in circles.</summary>
    private const int MaxDepth = 16, MaxMembers = 1 << 16;
    private readonly Dictionary<string, RecordField> _fields = new(StringComparer.Ordinal);
    private int _seen;

    private RecordLayout(string name, int typeId, int size)
    {
        Name = name;
        TypeId = typeId;
        Size = size;
    }

    /// <summary>Name of the structure.</summary>
    public string Name { get; }
    /// <summary>Its type.</summary>
    public int TypeId { get; }
    /// <summary>Size in bytes.</summary>
    public int Size { get; }
    /// <summary>Members in no order.</summary>
    public IEnumerable<RecordField> Fields => _fields.Values;

    /// <summary>The layout of <c>struct name</c>, or null when the kernel has none.</summary>
    public static RecordLayout? Find(BtfTypes types, string name)
    {
        int id = types.Find(name, BtfKind.Struct);
        if (id < 0)
            return null;
        var layout = new RecordLayout(name, id, types[id].Size);
        layout.Add(types, types[id], 0, 0);
        return layout;
    }

    /// <summary>The layout of <c>struct name</c>.</summary>
    /// <exception cref="IngestException">The kernel's BTF has none.</exception>
    public static RecordLayout Require(BtfTypes types, string name, string image) =>
        Find(types, name) ?? throw new IngestException($"{image}: the kernel's BTF has no struct {name}");

    /// <summary>Whether there is a member of that name.</summary>
    public bool TryGet(string member, out RecordField field) => _fields.TryGetValue(member, out field);

    /// <summary>The member of that name.</summary>
    /// <exception cref="IngestException">There is none.</exception>
    public RecordField this[string member] => _fields.TryGetValue(member, out RecordField field)
        ? field
        : throw new IngestException($"struct {Name} of the kernel has no member {member}");

    /// <summary>A member's value in the bytes of a structure; 0 when it lies outside them. At most 8 bytes.</summary>
    public static ulong Read(ReadOnlySpan<byte> bytes, RecordField field)
    {
        Span<byte> word = stackalloc byte[sizeof(ulong)];
        int size = Math.Min(field.BitSize > 0 ? sizeof(ulong) : field.Size, sizeof(ulong));
        int available = Math.Min(size, bytes.Length - field.Offset);
        if (available <= 0)
            return 0;
        bytes.Slice(field.Offset, available).CopyTo(word);
        ulong value = BinaryPrimitives.ReadUInt64LittleEndian(word);
        return field.BitSize == 0 ? value : value >> (field.BitOffset % 8) & (1ul << field.BitSize) - 1;
    }

    /// <summary>Sets a member in the bytes of a structure that hold all of it.</summary>
    public static void Write(Span<byte> bytes, RecordField field, ulong value)
    {
        if (field.BitSize == 0)
        {
            Span<byte> word = stackalloc byte[sizeof(ulong)];
            BinaryPrimitives.WriteUInt64LittleEndian(word, value);
            word[..Math.Min(field.Size, sizeof(ulong))].CopyTo(bytes[field.Offset..]);
            return;
        }
        for (int bit = 0; bit < field.BitSize; bit++)
        {
            int at = field.BitOffset + bit;
            byte mask = (byte)(1 << at % 8);
            bytes[at / 8] = (byte)((value >> bit & 1) != 0 ? bytes[at / 8] | mask : bytes[at / 8] & ~mask);
        }
    }

    private void Add(BtfTypes types, BtfType type, int start, int depth)
    {
        if (depth > MaxDepth)
            return;
        for (int i = 0; i < type.VLen; i++)
        {
            if (++_seen > MaxMembers)
                throw new IngestException($"struct {Name} of the kernel's BTF has more than {MaxMembers} members");
            BtfMember member = type.Member(i);
            int offset = start + (int)member.BitOffset;
            if (member.Name.Length == 0)
            {
                BtfType inner = types[types.SkipModifiers(member.TypeId)];
                if (inner.IsStruct)
                    Add(types, inner, offset, depth + 1);
                continue;
            }
            types.TryResolveSize(member.TypeId, out long size);
            _fields.TryAdd(member.Name, new RecordField(member.Name, offset, member.BitSize, (int)Math.Min(size, int.MaxValue), member.TypeId));
        }
    }
}
