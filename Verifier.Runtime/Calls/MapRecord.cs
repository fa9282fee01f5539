namespace BpfVerifier.Runtime;

/// <summary>Special fields that a map value or an allocated object may hold.</summary>
[Flags]
internal enum FieldKind
{
    None = 0,
    SpinLock = 1 << 0,
    Timer = 1 << 1,
    KptrUnref = 1 << 2,
    KptrRef = 1 << 3,
    KptrPerCpu = 1 << 4,
    ListHead = 1 << 5,
    ListNode = 1 << 6,
    RbRoot = 1 << 7,
    RbNode = 1 << 8,
    Refcount = 1 << 9,
    Workqueue = 1 << 10,
    Uptr = 1 << 11,
    ResSpinLock = 1 << 12,
    TaskWork = 1 << 13,

    Kptr = KptrUnref | KptrRef | KptrPerCpu,
    GraphNode = ListNode | RbNode,
    GraphRoot = ListHead | RbRoot,
}

/// <summary>One special field.</summary>
internal sealed class RecordField
{
    public required FieldKind Kind { get; init; }
    public required int Offset { get; init; }
    public required int Size { get; init; }
    /// <summary>Kptrs and uptrs: what is pointed to. Graph roots: whose types those of the elements are.</summary>
    public BtfOwner PointeeOwner { get; init; }
    public int PointeeId { get; init; }
    /// <summary>Graph roots: type of the elements, and where their node lies.</summary>
    public int ValueTypeId { get; init; }
    public int NodeOffset { get; init; }

    public int End => Offset + Size;
}

/// <summary>The special fields of a map value or of a struct that programs allocate, ascending by offset.</summary>
internal sealed class MapRecord(RecordField[] fields)
{
    public RecordField[] Fields { get; } = fields;

    public FieldKind Mask { get; } = Union(fields);

    /// <summary>Older releases keep only an error for a field that cannot be used; <see cref="Errno.None"/> when there is one, else why there is none.</summary>
    public Errno SpinLockError { get; init; } = Errno.ENOENT;
    public Errno TimerError { get; init; } = Errno.ENOENT;
    public Errno KptrError { get; init; } = Errno.ENOENT;

    public bool Has(FieldKind kinds) => (Mask & kinds) != 0;

    /// <summary>Offset of the only field of that kind, -1 if there is none.</summary>
    public int OffsetOf(FieldKind kind)
    {
        foreach (RecordField field in Fields)
            if (field.Kind == kind)
                return field.Offset;
        return -1;
    }

    /// <summary>The field that begins at <paramref name="offset"/> and is of one of those kinds.</summary>
    public RecordField? Find(int offset, FieldKind kinds)
    {
        foreach (RecordField field in Fields)
            if (field.Offset == offset)
                return (field.Kind & kinds) != 0 ? field : null;
        return null;
    }

    private static FieldKind Union(RecordField[] fields)
    {
        FieldKind mask = FieldKind.None;
        foreach (RecordField field in fields)
            mask |= field.Kind;
        return mask;
    }
}
