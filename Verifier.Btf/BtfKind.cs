namespace BpfVerifier.Btf;

/// <summary>Kind of a type; the numbers are the kernel's (<c>BTF_KIND_*</c> in uapi <c>linux/btf.h</c>).</summary>
public enum BtfKind : byte
{
    /// <summary>Void, or a kind this reader does not know.</summary>
    Unknown = 0,
    /// <summary>An integer.</summary>
    Int = 1,
    /// <summary>A pointer.</summary>
    Ptr = 2,
    /// <summary>An array.</summary>
    Array = 3,
    /// <summary>A struct.</summary>
    Struct = 4,
    /// <summary>A union.</summary>
    Union = 5,
    /// <summary>An enumeration with values of up to 32 bits.</summary>
    Enum = 6,
    /// <summary>A struct or union that is only declared.</summary>
    Fwd = 7,
    /// <summary>A typedef.</summary>
    Typedef = 8,
    /// <summary>The <c>volatile</c> modifier.</summary>
    Volatile = 9,
    /// <summary>The <c>const</c> modifier.</summary>
    Const = 10,
    /// <summary>The <c>restrict</c> modifier.</summary>
    Restrict = 11,
    /// <summary>A function.</summary>
    Func = 12,
    /// <summary>A function's prototype.</summary>
    FuncProto = 13,
    /// <summary>A global variable.</summary>
    Var = 14,
    /// <summary>A data section: where its variables lie.</summary>
    DataSec = 15,
    /// <summary>A floating point number.</summary>
    Float = 16,
    /// <summary>A tag on a declaration.</summary>
    DeclTag = 17,
    /// <summary>A tag on a type.</summary>
    TypeTag = 18,
    /// <summary>An enumeration with values of 64 bits.</summary>
    Enum64 = 19,
}
