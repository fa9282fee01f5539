using System.Buffers.Binary;

namespace BpfVerifier.Runtime;

/// <summary>Loads and stores in map values, including their special fields.</summary>
internal sealed partial class Verification
{
    public Errno CheckMapAccessType(int regno, int off, int size, AccessKind kind)
    {
        MapInfo map = Map(Regs[regno].MapHandle);
        bool readOnly = (map.Flags & Uapi.BPF_F_RDONLY_PROG) != 0;
        bool writeOnly = !readOnly && (map.Map.Flags & Uapi.BPF_F_WRONLY_PROG) != 0;
        if (kind == AccessKind.Write && readOnly)
        {
            Log.Write($"write into map forbidden, value_size={map.ValueSize} off={off} size={size}\n");
            return Errno.EACCES;
        }
        if (kind == AccessKind.Read && writeOnly)
        {
            Log.Write($"read from map forbidden, value_size={map.ValueSize} off={off} size={size}\n");
            return Errno.EACCES;
        }
        return Errno.None;
    }

    public Errno CheckMapAccess(int regno, int off, int size, bool zeroSizeAllowed, AccessSource source)
    {
        MapInfo map = Map(Regs[regno].MapHandle);
        Errno err = CheckMemRegionAccess(regno, off, size, (int)map.ValueSize, zeroSizeAllowed);
        if (err != Errno.None || map.Record is not { } record)
            return err;
        ref RegState reg = ref Regs[regno];
        foreach (RecordField field in record.Fields)
        {
            // The access must stay clear of the field, wherever in its range the pointer is.
            bool overlaps = reg.SMin + off < field.Offset + field.Size && (ulong)field.Offset < reg.UMax + (ulong)(long)(off + size);
            if (!overlaps)
                continue;
            err = CheckSpecialFieldAccess(field, in reg, off, size, source);
            if (err != Errno.None)
                return err;
        }
        return Errno.None;
    }

    private Errno CheckSpecialFieldAccess(RecordField field, in RegState reg, int off, int size, AccessSource source)
    {
        string name = Changes.SpecialFieldNames ? FieldKindName(field.Kind) : "kptr";
        if ((field.Kind & (FieldKind.Kptr | FieldKind.Uptr)) == 0)
            Log.Write($"{FieldKindName(field.Kind)} cannot be accessed directly by load/store\n");
        else if (source != AccessSource.Direct)
            Log.Write($"{name} cannot be accessed indirectly by helper\n");
        else if (!reg.Var.IsConst)
            Log.Write($"{name} access cannot have variable offset\n");
        else if (field.Offset != off + (long)reg.Var.Value)
            Log.Write($"{name} access misaligned expected={field.Offset} off={(ulong)(off + (long)reg.Var.Value)}\n");
        else if (size != 8)
            Log.Write($"{name} access size must be BPF_DW\n");
        else
            return Errno.None;
        return Errno.EACCES;
    }

    private Errno CheckMapValueAccess(int insnIdx, int regno, int off, int size, AccessKind kind, int valueRegno, bool isLdsx)
    {
        Errno err = CheckMapAccessType(regno, off, size, kind);
        if (err == Errno.None)
            err = CheckMapAccess(regno, off, size, false, AccessSource.Direct);
        if (err != Errno.None)
            return err;
        ref RegState reg = ref Regs[regno];
        MapInfo map = Map(reg.MapHandle);
        if (reg.Var.IsConst && map.Record?.Find(off + (int)reg.Var.Value, FieldKind.Kptr | FieldKind.Uptr) is { } field)
            return CheckMapKptrAccess(field, valueRegno, insnIdx);
        if (kind != AccessKind.Read || valueRegno < 0)
            return Errno.None;
        if (!reg.Var.IsConst || !IsConstantMap(map) || !HasDirectValues(map.Type))
        {
            MarkRegUnknown(Regs, valueRegno);
            return Errno.None;
        }
        err = ReadFrozenValue(map, off + (int)reg.Var.Value, size, isLdsx, out ulong value);
        if (err != Errno.None)
            return err;
        Regs[valueRegno].Type = RegKind.Scalar;
        Regs[valueRegno].SetKnown(value);
        return Errno.None;
    }

    /// <summary>Neither programs nor user space can change it any more.</summary>
    private static bool IsConstantMap(MapInfo map) => (map.Flags & Uapi.BPF_F_RDONLY_PROG) != 0 && map.Map.Frozen;

    private static bool HasDirectValues(MapType type) => type is MapType.Array or MapType.Arena or MapType.InsnArray;

    /// <summary>A load from a constant map is a constant.</summary>
    private static Errno ReadFrozenValue(MapInfo map, int off, int size, bool isLdsx, out ulong value)
    {
        value = 0;
        if (map.Map.MaxEntries != 1)
            return Errno.ENOTSUPP;
        if ((uint)off >= map.ValueSize)
            return Errno.EINVAL;
        Span<byte> bytes = stackalloc byte[8];
        ReadOnlySpan<byte> initial = map.Map.InitialValue.Span;
        if (off < initial.Length)
            initial.Slice(off, Math.Min(size, initial.Length - off)).CopyTo(bytes);
        value = size switch
        {
            1 => isLdsx ? (ulong)(sbyte)bytes[0] : bytes[0],
            2 => isLdsx ? (ulong)BinaryPrimitives.ReadInt16LittleEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes),
            4 => isLdsx ? (ulong)BinaryPrimitives.ReadInt32LittleEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes),
            _ => BinaryPrimitives.ReadUInt64LittleEndian(bytes),
        };
        return Errno.None;
    }

    private Errno CheckMapKptrAccess(RecordField field, int valueRegno, int insnIdx)
    {
        ref Insn insn = ref Insns[insnIdx];
        if (insn.Mode != Opcode.Mem)
        {
            Log.Write("kptr in map can only be accessed using BPF_MEM instruction mode\n");
            return Errno.EACCES;
        }
        if (insn.Class != Opcode.Ldx && field.Kind is FieldKind.KptrRef or FieldKind.KptrPerCpu && insn.Class != Opcode.Ldx)
        {
            Log.Write("store to referenced kptr disallowed\n");
            return Errno.EACCES;
        }
        if (insn.Class != Opcode.Ldx && field.Kind == FieldKind.Uptr)
        {
            Log.Write("store to uptr disallowed\n");
            return Errno.EACCES;
        }
        switch (insn.Class)
        {
            case Opcode.Ldx when field.Kind == FieldKind.Uptr:
                ref RegState loaded = ref Regs[valueRegno];
                loaded.SetKnownZero();
                loaded.Type = new RegType(RegKind.Mem, TypeFlags.MaybeNull);
                loaded.MemSize = Types(field.PointeeOwner)[field.PointeeId].Size;
                loaded.Id = NewId();
                return Errno.None;
            case Opcode.Ldx:
                Errno err = MarkBtfLdReg(Regs, valueRegno, RegKind.BtfId, field.PointeeOwner, field.PointeeId, LoadedKptrFlags(field));
                if (err == Errno.None && !Changes.NullableBtfLoadGetsId)
                    Regs[valueRegno].Id = NewId();
                return err;
            case Opcode.Stx:
                ref RegState stored = ref Regs[valueRegno];
                if (stored.IsNull)
                    return Changes.KptrNullStoreIsPrecise ? MarkChainPrecision(valueRegno) : Errno.None;
                return MapKptrMatchType(field, ref stored, valueRegno) == Errno.None ? Errno.None : Errno.EACCES;
            case Opcode.St when insn.Imm != 0:
                Log.Write($"BPF_ST imm must be 0 when storing to kptr at off={field.Offset}\n");
                return Errno.EACCES;
            case Opcode.St:
                return Errno.None;
            default:
                Log.Write("kptr in map can only be accessed using BPF_LDX/BPF_STX/BPF_ST\n");
                return Errno.EACCES;
        }
    }

    /// <summary>A kptr read from a map may be gone any moment, unless RCU keeps it.</summary>
    private TypeFlags LoadedKptrFlags(RecordField field)
    {
        bool rcuSafe = field.Kind == FieldKind.KptrPerCpu || (field.Kind == FieldKind.KptrRef && IsRcuProtectedObject(field.PointeeOwner, field.PointeeId));
        if (!Changes.TrustedPointers || !rcuSafe || !InRcuCs)
            return TypeFlags.MaybeNull | TypeFlags.Untrusted;
        TypeFlags flags = TypeFlags.MaybeNull | TypeFlags.Rcu;
        if (field.Kind == FieldKind.KptrPerCpu)
            flags |= TypeFlags.PerCpu;
        else if (field.PointeeOwner != BtfOwner.Kernel)
            flags |= TypeFlags.Alloc;
        if (PointeeHasGraphNode(field))
            flags |= TypeFlags.NonOwnRef;
        return flags;
    }
}
