namespace BpfVerifier.Objects.Core;

/// <summary>What a CO-RE relocation asks of the kernel's types; <c>enum bpf_core_relo_kind</c> of uapi <c>linux/bpf.h</c>.</summary>
internal enum CoreKind : uint
{
    FieldByteOffset = 0,
    FieldByteSize = 1,
    FieldExists = 2,
    FieldSigned = 3,
    FieldLeftShift = 4,
    FieldRightShift = 5,
    TypeIdLocal = 6,
    TypeIdTarget = 7,
    TypeExists = 8,
    TypeSize = 9,
    EnumeratorExists = 10,
    EnumeratorValue = 11,
    TypeMatches = 12,
}

internal static class CoreKinds
{
    public static bool IsField(this CoreKind kind) => kind <= CoreKind.FieldRightShift;

    public static bool IsType(this CoreKind kind) => kind is >= CoreKind.TypeIdLocal and <= CoreKind.TypeSize or CoreKind.TypeMatches;

    public static bool IsEnumerator(this CoreKind kind) => kind is CoreKind.EnumeratorExists or CoreKind.EnumeratorValue;

    /// <summary>libbpf's name for the kind.</summary>
    public static string Text(this CoreKind kind) => kind switch
    {
        CoreKind.FieldByteOffset => "byte_off",
        CoreKind.FieldByteSize => "byte_sz",
        CoreKind.FieldExists => "field_exists",
        CoreKind.FieldSigned => "signed",
        CoreKind.FieldLeftShift => "lshift_u64",
        CoreKind.FieldRightShift => "rshift_u64",
        CoreKind.TypeIdLocal => "local_type_id",
        CoreKind.TypeIdTarget => "target_type_id",
        CoreKind.TypeExists => "type_exists",
        CoreKind.TypeMatches => "type_matches",
        CoreKind.TypeSize => "type_size",
        CoreKind.EnumeratorExists => "enumval_exists",
        CoreKind.EnumeratorValue => "enumval_value",
        _ => "unknown",
    };
}

/// <summary>One record of <c>.BTF.ext</c>.</summary>
/// <param name="TypeId">Root type in the object's BTF.</param>
/// <param name="AccessOffset">String offset of the access path, <c>0:1:2</c>.</param>
/// <param name="Kind">What is asked.</param>
internal readonly record struct CoreRelocation(int TypeId, uint AccessOffset, CoreKind Kind);

/// <summary>How a search in the kernel's types ended.</summary>
internal enum CoreMatch
{
    No,
    Yes,
    /// <summary>The types are malformed or nested beyond reason (EINVAL).</summary>
    Invalid,
    /// <summary>The access path is too long (E2BIG).</summary>
    TooDeep,
}
