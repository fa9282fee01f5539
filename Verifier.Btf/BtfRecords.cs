using System.Text;

namespace BpfVerifier.Btf;

/// <summary>How an integer is to be read; <c>BTF_INT_*</c>.</summary>
[Flags]
public enum BtfIntEncoding
{
    /// <summary>Unsigned.</summary>
    None = 0,
    /// <summary>Signed.</summary>
    Signed = 1,
    /// <summary>A character.</summary>
    Char = 2,
    /// <summary>A truth value.</summary>
    Bool = 4,
}

/// <summary>Linkage of a function or variable; <c>BTF_FUNC_*</c> and <c>BTF_VAR_*</c>.</summary>
public enum BtfLinkage
{
    /// <summary>Static.</summary>
    Static = 0,
    /// <summary>Global.</summary>
    Global = 1,
    /// <summary>Declared here, defined elsewhere.</summary>
    Extern = 2,
}

/// <summary>A member of a struct or union.</summary>
public readonly struct BtfMember
{
    private readonly BtfTypes _owner;

    internal BtfMember(BtfTypes owner, uint nameOffset, int typeId, uint bitOffset, int bitSize)
    {
        _owner = owner;
        NameOffset = nameOffset;
        TypeId = typeId;
        BitOffset = bitOffset;
        BitSize = bitSize;
    }

    /// <summary>String offset of the name.</summary>
    public uint NameOffset { get; }
    /// <summary>The member's type.</summary>
    public int TypeId { get; }
    /// <summary>Bits from the start of the struct.</summary>
    public uint BitOffset { get; }
    /// <summary>Bits in a bitfield, 0 when the member is not one.</summary>
    public int BitSize { get; }
    /// <summary>The name, empty for an anonymous member.</summary>
    public string Name => Encoding.UTF8.GetString(NameBytes);
    /// <summary>The name as it stands in the string section, without its final zero.</summary>
    public ReadOnlySpan<byte> NameBytes => _owner is null ? default : _owner.StringBytes(NameOffset);
}

/// <summary>A value of an enumeration.</summary>
public readonly struct BtfEnumerator
{
    private readonly BtfTypes _owner;

    internal BtfEnumerator(BtfTypes owner, uint nameOffset, long value, ulong raw)
    {
        _owner = owner;
        NameOffset = nameOffset;
        Value = value;
        Raw = raw;
    }

    /// <summary>String offset of the name.</summary>
    public uint NameOffset { get; }
    /// <summary>The value, sign-extended when the enumeration is signed.</summary>
    public long Value { get; }
    /// <summary>The stored bits: 32 for <see cref="BtfKind.Enum"/>, 64 for <see cref="BtfKind.Enum64"/>.</summary>
    public ulong Raw { get; }
    /// <summary>The name.</summary>
    public string Name => Encoding.UTF8.GetString(NameBytes);
    /// <summary>The name as it stands in the string section, without its final zero.</summary>
    public ReadOnlySpan<byte> NameBytes => _owner is null ? default : _owner.StringBytes(NameOffset);
}

/// <summary>A parameter of a function prototype.</summary>
public readonly struct BtfParam
{
    private readonly BtfTypes _owner;

    internal BtfParam(BtfTypes owner, uint nameOffset, int typeId)
    {
        _owner = owner;
        NameOffset = nameOffset;
        TypeId = typeId;
    }

    /// <summary>String offset of the name.</summary>
    public uint NameOffset { get; }
    /// <summary>The parameter's type; 0 in the last place means a variable number of arguments.</summary>
    public int TypeId { get; }
    /// <summary>The name.</summary>
    public string Name => Encoding.UTF8.GetString(NameBytes);
    /// <summary>The name as it stands in the string section, without its final zero.</summary>
    public ReadOnlySpan<byte> NameBytes => _owner is null ? default : _owner.StringBytes(NameOffset);
}

/// <summary>Where a variable lies in a data section.</summary>
/// <param name="TypeId">The variable, a <see cref="BtfKind.Var"/>; for extern functions a <see cref="BtfKind.Func"/>.</param>
/// <param name="Offset">Bytes from the start of the section.</param>
/// <param name="Size">Bytes the variable takes.</param>
public readonly record struct BtfSectionVariable(int TypeId, uint Offset, uint Size);

/// <summary>A member to be written by <see cref="BtfBuilder"/>.</summary>
/// <param name="Name">The name, empty for an anonymous struct or union.</param>
/// <param name="TypeId">The member's type.</param>
/// <param name="BitOffset">Bits from the start of the struct.</param>
/// <param name="BitSize">Bits in a bitfield, 0 when the member is not one.</param>
public readonly record struct BtfNewMember(string Name, int TypeId, uint BitOffset, int BitSize = 0);
