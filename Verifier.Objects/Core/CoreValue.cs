using BpfVerifier.Btf;

namespace BpfVerifier.Objects.Core;

/// <summary>What a relocation comes to for one candidate.</summary>
internal struct CoreValue
{
    /// <summary>What the compiler wrote into the instruction.</summary>
    public ulong Original;
    /// <summary>What the kernel has instead.</summary>
    public ulong New;
    /// <summary>The instruction has no meaning on this kernel and is made invalid.</summary>
    public bool Poison;
    /// <summary>The instruction must hold <see cref="Original"/> before.</summary>
    public bool Validate;
    /// <summary>The field's size differs in a way that a load or store of another size would get wrong.</summary>
    public bool BadMemorySize;
    /// <summary>Size of the field for loads and stores, 0 when it is of no matter.</summary>
    public uint OriginalSize;
    public uint NewSize;

    private struct Field
    {
        public ulong Value;
        public uint Size;
        public int TypeId;
        public bool Validate;
    }

    /// <summary>Works out the value; <paramref name="kernel"/> is null when no candidate matched.</summary>
    /// <returns><see cref="Errno.None"/>, or EINVAL, E2BIG (bitfield too wide) or EOPNOTSUPP (unknown kind).</returns>
    public static Errno Calculate(CoreSpec local, CoreSpec? kernel, out CoreValue value)
    {
        value = new CoreValue { Validate = true };
        CoreKind kind = local.Kind;
        if (kind.IsField())
            return CalculateField(local, kernel, ref value);
        if (kind.IsType())
        {
            Errno errno = TypeValue(local, out value.Original);
            value.Validate = kind != CoreKind.TypeIdTarget;
            return errno != Errno.None || kernel is null ? errno : TypeValue(kernel, out value.New);
        }
        if (!kind.IsEnumerator())
            return Errno.EOPNOTSUPP;
        value.Original = EnumeratorValue(local);
        value.Poison = kernel is null && kind == CoreKind.EnumeratorValue;
        value.New = kernel is null ? 0 : EnumeratorValue(kernel);
        return Errno.None;
    }

    private static Errno CalculateField(CoreSpec local, CoreSpec? kernel, ref CoreValue value)
    {
        Errno errno = FieldValue(local, out Field before);
        value.Original = before.Value;
        value.OriginalSize = before.Size;
        value.Validate = before.Validate;
        if (errno != Errno.None)
            return errno;
        if (kernel is null)
        {
            value.Poison = local.Kind != CoreKind.FieldExists;
            return Errno.None;
        }
        errno = FieldValue(kernel, out Field after);
        value.New = after.Value;
        value.NewSize = after.Size;
        if (errno != Errno.None || before.Size == after.Size)
            return errno;
        // Pointers and unsigned integers survive a change of size by zero extension; nothing else does.
        BtfType was = local.Types[before.TypeId], isNow = kernel.Types[after.TypeId];
        bool safe = was.Kind == BtfKind.Ptr && isNow.Kind == BtfKind.Ptr
            || was.Kind == BtfKind.Int && isNow.Kind == BtfKind.Int
                && was.IntEncoding != BtfIntEncoding.Signed && isNow.IntEncoding != BtfIntEncoding.Signed;
        value.BadMemorySize = !safe;
        return Errno.None;
    }

    private static bool TrySize(CoreSpec spec, int id, out uint size)
    {
        bool ok = spec.Types.TryResolveSize(id, out long bytes);
        size = (uint)bytes;
        return ok;
    }

    // Size of one element, however many dimensions the array has.
    private static bool TryElementSize(CoreSpec spec, int id, out uint size)
    {
        for (int depth = 0; depth < CoreSpec.MaxLength; depth++)
        {
            id = spec.Types.SkipModifiersAndTypedefs(id);
            if (spec.Types[id].Kind != BtfKind.Array)
                return TrySize(spec, id, out size);
            id = spec.Types[id].ElementTypeId;
        }
        size = 0;
        return false;
    }

    private static Errno FieldValue(CoreSpec spec, out Field field)
    {
        field = new Field { Validate = true };
        CoreStep last = spec.Steps[^1];
        if (spec.Kind == CoreKind.FieldExists)
        {
            field.Value = 1;
            return Errno.None;
        }
        if (!last.IsNamed)
            return ElementValue(spec, last, ref field);

        BtfMember member = spec.Types[last.TypeId].Member(last.Index);
        int typeId = spec.Types.SkipModifiersAndTypedefs(member.TypeId);
        BtfType type = spec.Types[typeId];
        uint bitOffset = spec.BitOffset, bitSize = (uint)member.BitSize;
        bool bitfield = bitSize > 0;
        if (!TryPlace(spec, typeId, bitOffset, ref bitSize, out uint byteOffset, out uint byteSize, out Errno errno))
            return errno;
        field.Validate = !bitfield;
        switch (spec.Kind)
        {
            case CoreKind.FieldByteOffset:
                field.Value = byteOffset;
                if (bitfield)
                    return Errno.None;
                field.TypeId = typeId;
                return TryElementSize(spec, typeId, out field.Size) ? Errno.None : Errno.EINVAL;
            case CoreKind.FieldByteSize:
                field.Value = byteSize;
                return Errno.None;
            case CoreKind.FieldSigned:
                field.Value = type.IsEnum && type.KindFlag || type.Kind == BtfKind.Int && type.IntEncoding.HasFlag(BtfIntEncoding.Signed) ? 1u : 0u;
                field.Validate = true;
                return Errno.None;
            case CoreKind.FieldLeftShift:
                field.Value = 64 - (bitOffset + bitSize - byteOffset * 8);
                return Errno.None;
            default:
                field.Value = 64 - bitSize;
                field.Validate = true;
                return Errno.None;
        }
    }

    /// <summary>The bytes to load to get at a field: its own, or for a bitfield the smallest aligned integer that covers it.</summary>
    private static bool TryPlace(CoreSpec spec, int typeId, uint bitOffset, ref uint bitSize, out uint byteOffset, out uint byteSize, out Errno errno)
    {
        errno = Errno.EINVAL;
        byteOffset = bitOffset / 8;
        if (bitSize == 0)
        {
            bool ok = TrySize(spec, typeId, out byteSize);
            bitSize = byteSize * 8;
            return ok;
        }
        byteSize = (uint)spec.Types[typeId].Size;
        if (byteSize == 0)
            return false;
        byteOffset = bitOffset / 8 / byteSize * byteSize;
        while (bitOffset + bitSize - byteOffset * 8 > byteSize * 8)
        {
            if (byteSize >= 8)
            {
                errno = Errno.E2BIG;
                return false;
            }
            byteSize *= 2;
            byteOffset = bitOffset / 8 / byteSize * byteSize;
        }
        return true;
    }

    private static Errno ElementValue(CoreSpec spec, CoreStep step, ref Field field)
    {
        switch (spec.Kind)
        {
            case CoreKind.FieldByteOffset:
                field.Value = spec.BitOffset / 8;
                field.TypeId = step.TypeId;
                return TryElementSize(spec, step.TypeId, out field.Size) ? Errno.None : Errno.EINVAL;
            case CoreKind.FieldByteSize:
                bool ok = TrySize(spec, step.TypeId, out uint size);
                field.Value = size;
                return ok ? Errno.None : Errno.EINVAL;
            default:
                return Errno.EINVAL;
        }
    }

    private static Errno TypeValue(CoreSpec spec, out ulong value)
    {
        value = spec.Kind == CoreKind.TypeIdTarget ? (ulong)spec.RootId : 1;
        if (spec.Kind != CoreKind.TypeSize)
            return Errno.None;
        bool ok = TrySize(spec, spec.RootId, out uint size);
        value = size;
        return ok ? Errno.None : Errno.EINVAL;
    }

    private static ulong EnumeratorValue(CoreSpec spec)
    {
        if (spec.Kind == CoreKind.EnumeratorExists)
            return 1;
        BtfEnumerator enumerator = spec.Types[spec.Steps[0].TypeId].Enumerator(spec.Steps[0].Index);
        // 32-bit enumerators are widened with their sign whatever the enumeration says of it.
        return spec.Types[spec.Steps[0].TypeId].Kind == BtfKind.Enum ? (ulong)(int)enumerator.Raw : enumerator.Raw;
    }
}
