using BpfVerifier.Btf;

namespace BpfVerifier.Runtime;

// Comparing types of the kernel and of the program.
internal sealed partial class Verification
{
    /// <summary>The type below modifiers, typedefs counting as such, as everywhere in the kernel.</summary>
    private static BtfType Underlying(BtfTypes types, int id) => types[types.SkipModifiersAndTypedefs(id)];

    private static bool IsScalarType(BtfType type) => type.Kind is BtfKind.Int || type.IsEnum;

    /// <summary>
    /// True when the object at <paramref name="off"/> within a struct is the one needed: the struct itself, or a struct
    /// nested in it that begins there. With <paramref name="strict"/> only the struct itself.
    /// </summary>
    /// <param name="owner">Whose type <paramref name="id"/> is.</param>
    /// <param name="id">The struct pointed to.</param>
    /// <param name="off">Bytes from its start.</param>
    /// <param name="neededOwner">Whose type <paramref name="neededId"/> is.</param>
    /// <param name="neededId">The struct needed.</param>
    /// <param name="strict">Nested structs do not count.</param>
    /// <param name="walkFlexArrays">What lies beyond the end may be an element of a flexible array; objects of the program have none in newer releases.</param>
    public bool BtfStructIdsMatch(BtfOwner owner, int id, int off, BtfOwner neededOwner, int neededId, bool strict, bool walkFlexArrays)
    {
        if (off == 0 && owner == neededOwner && id == neededId)
            return true;
        if (strict)
            return false;
        BtfTypes types = Types(owner);
        TypeFlags flags = TypeFlags.None;
        BtfMember field = default;
        // Each step enters a nested struct; types that contain themselves are cut off.
        for (int depth = 0; depth < MaxStructDepth; depth++)
        {
            BtfStructWalk(types, id, off, 1, walkFlexArrays || !Changes.AllocObjectsHaveNoFlexArrays, out Walked walked, ref id, ref flags, ref field);
            if (walked != Walked.Struct)
                return false;
            if (owner == neededOwner && id == neededId)
                return true;
            off = 0;
        }
        return false;
    }

    /// <summary>A pointer to be stored in a kptr field must be of the field's type.</summary>
    public Errno MapKptrMatchType(RecordField field, ref RegState reg, int regno)
    {
        string name = "";
        if (HasKptrFlags(field, reg.Type, reg.BtfOwner))
        {
            if (!Changes.TrustedPointers && reg.BtfOwner != BtfOwner.Kernel)
            {
                Log.Write($"R{regno} must point to kernel BTF\n");
                return Errno.EINVAL;
            }
            name = Types(reg.BtfOwner)[reg.BtfId].Name;
            if (CheckPtrOffReg(ref reg, regno, true) != Errno.None)
                return Errno.EACCES;
            bool strict = field.Kind != FieldKind.KptrUnref;
            if (BtfStructIdsMatch(reg.BtfOwner, reg.BtfId, reg.Off, field.PointeeOwner, field.PointeeId, strict, !reg.Type.IsAlloc))
                return Errno.None;
        }

        string target = Types(field.PointeeOwner)[field.PointeeId].Name;
        Log.Write($"invalid kptr access, R{regno} type={RegTypeStr(reg.Type)}{name} ");
        Log.Write($"expected={RegTypeStr(RegKind.BtfId)}{target}");
        if (field.Kind == FieldKind.KptrUnref)
            Log.Write($" or {RegTypeStr(new RegType(RegKind.BtfId, TypeFlags.Untrusted))}{target}\n");
        else
            Log.Write("\n");
        return Errno.EINVAL;
    }

    private bool HasKptrFlags(RecordField field, RegType type, BtfOwner owner)
    {
        if (type.Kind != RegKind.BtfId)
            return false;
        TypeFlags allowed = TypeFlags.MaybeNull;
        if (!Changes.TrustedPointers || owner == BtfOwner.Kernel)
        {
            if (Changes.TrustedPointers)
                allowed |= TypeFlags.Trusted | TypeFlags.Rcu;
            if (field.Kind == FieldKind.KptrUnref)
                allowed |= TypeFlags.Untrusted;
        }
        else
        {
            allowed |= TypeFlags.Alloc;
            if (field.Kind == FieldKind.KptrPerCpu)
                allowed |= TypeFlags.PerCpu;
        }
        if ((type.Flags & ~allowed) != 0)
            return false;
        return !Changes.PerCpuKptrsKeptApart || field.Kind == FieldKind.KptrPerCpu == type.Has(TypeFlags.PerCpu);
    }
}
