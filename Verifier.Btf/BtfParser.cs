using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace BpfVerifier.Btf;

/// <summary>Reads and checks a <c>.BTF</c> section: one pass that notes where each type begins, one that checks what types refer to.</summary>
internal static class BtfParser
{
    private const ushort Magic = 0xeb9f;
    private const int MinHeader = 24;
    // Header length from which the kind-layout section (Linux 7.0) is described.
    private const int LayoutHeader = 32;

    private readonly record struct Sections(int Types, int TypesLength, int Strings, int StringsLength, int Layout, int LayoutLength);

    public static bool TryParse(ReadOnlyMemory<byte> data, BtfTypes? baseTypes, [NotNullWhen(true)] out BtfTypes? types, out string error)
    {
        types = null;
        byte[] bytes = MemoryMarshal.TryGetArray(data, out ArraySegment<byte> segment) && segment.Offset == 0 && segment.Count == segment.Array!.Length
            ? segment.Array
            : data.ToArray();
        if (!TryReadHeader(bytes, baseTypes is not null, out Sections sections, out error)
            || !TryFindTypes(bytes, sections, baseTypes?.Count ?? 1, out List<int> offsets, out error))
            return false;
        var result = new BtfTypes(baseTypes, bytes, offsets.ToArray(), sections.Types + sections.TypesLength, sections.Strings, sections.StringsLength);
        if (!AllReferencesHold(bytes, CollectionsMarshal.AsSpan(offsets), result.FirstOwnId, (uint)result.Count, result.StringEnd))
        {
            for (int id = result.FirstOwnId; id < result.Count; id++)
            {
                error = Check(result, result[id]);
                if (error.Length > 0)
                    return false;
            }
        }
        types = result;
        return true;
    }

    private static bool TryReadHeader(byte[] bytes, bool split, out Sections sections, out string error)
    {
        sections = default;
        error = "";
        if (bytes.Length < MinHeader)
            return Fail("BTF header not found", out error);
        ushort magic = BinaryPrimitives.ReadUInt16LittleEndian(bytes);
        if (magic == BinaryPrimitives.ReverseEndianness(Magic))
            return Fail("BTF is big-endian", out error);
        if (magic != Magic)
            return Fail($"Invalid BTF magic: {magic:x}", out error);
        if (bytes[2] != 1)
            return Fail($"Unsupported BTF version: {bytes[2]}", out error);
        uint headerLength = Word(bytes, 4);
        if (headerLength < MinHeader)
            return Fail($"BTF header len {headerLength} is too small", out error);
        if (headerLength > bytes.Length)
            return Fail($"BTF header len {headerLength} larger than data size {bytes.Length}", out error);
        (long typeOffset, long typeLength, long stringOffset, long stringLength) = (Word(bytes, 8), Word(bytes, 12), Word(bytes, 16), Word(bytes, 20));
        long left = bytes.Length - headerLength;
        if (left < stringOffset + stringLength)
            return Fail($"Invalid BTF total size: {bytes.Length}", out error);
        if (typeOffset + typeLength > stringOffset)
            return Fail($"Invalid BTF data sections layout: type data at {typeOffset} + {typeLength}, strings data at {stringOffset} + {stringLength}", out error);
        if (typeOffset % 4 != 0)
            return Fail("BTF type section is not aligned to 4 bytes", out error);

        long layoutOffset = 0, layoutLength = 0;
        if (headerLength >= LayoutHeader)
        {
            (layoutOffset, layoutLength) = (Word(bytes, 24), Word(bytes, 28));
            if (layoutLength != 0 && (layoutOffset % 4 != 0 || layoutOffset < typeOffset + typeLength || layoutOffset + layoutLength > stringOffset || layoutLength % 4 != 0))
                return Fail("Invalid BTF kind layout section", out error);
        }

        int start = (int)headerLength;
        var strings = bytes.AsSpan(start + (int)stringOffset, (int)stringLength);
        if (!(split && strings.IsEmpty))
        {
            if (strings.IsEmpty || strings[^1] != 0)
                return Fail("Invalid BTF string section", out error);
            if (!split && strings[0] != 0)
                return Fail("Malformed BTF string section, did you forget to provide base BTF?", out error);
        }
        sections = new Sections(
            start + (int)typeOffset, (int)typeLength, start + (int)stringOffset, (int)stringLength, start + (int)layoutOffset, (int)layoutLength);
        return true;
    }

    private static bool TryFindTypes(byte[] bytes, in Sections sections, int firstId, out List<int> offsets, out string error)
    {
        error = "";
        int end = sections.Types + sections.TypesLength;
        // 25 bytes is what a type takes on average in a kernel.
        offsets = new List<int>(sections.TypesLength / 25);
        int at = sections.Types;
        while (at + BtfType.HeaderSize <= end)
        {
            uint info = Word(bytes, at + 4);
            long size = SizeOf(bytes, sections, info >> 24 & 0x7f, info & 0xffffff);
            if (size < 0)
                return Fail($"btf: type [{firstId + offsets.Count}]: unrecognized kind {info >> 24 & 0x7f}", out error);
            if (at + size > end)
                return Fail($"BTF type [{firstId + offsets.Count}] is malformed", out error);
            offsets.Add(at);
            at += (int)size;
        }
        return at == end || Fail("BTF types data is malformed", out error);
    }

    private static long SizeOf(byte[] bytes, in Sections sections, uint kind, long vlen)
    {
        switch ((BtfKind)kind)
        {
            case BtfKind.Ptr or BtfKind.Fwd or BtfKind.Typedef or BtfKind.Volatile or BtfKind.Const or BtfKind.Restrict
                or BtfKind.Func or BtfKind.Float or BtfKind.TypeTag:
                return BtfType.HeaderSize;
            case BtfKind.Int or BtfKind.Var or BtfKind.DeclTag:
                return BtfType.HeaderSize + 4;
            case BtfKind.Array:
                return BtfType.HeaderSize + 12;
            case BtfKind.Enum or BtfKind.FuncProto:
                return BtfType.HeaderSize + vlen * 8;
            case BtfKind.Struct or BtfKind.Union or BtfKind.DataSec or BtfKind.Enum64:
                return BtfType.HeaderSize + vlen * 12;
            default:
                // Linux 7.0's layout section tells how long a type of a kind unknown here is, so that it can be stepped over.
                if (kind >= sections.LayoutLength / 4)
                    return -1;
                (int info, int element) = (bytes[sections.Layout + (int)kind * 4], bytes[sections.Layout + (int)kind * 4 + 1]);
                return info % 4 == 0 && element % 4 == 0 ? BtfType.HeaderSize + info + vlen * element : -1;
        }
    }

    /// <summary>
    /// The same as <see cref="Check"/> of every type, without saying what is wrong: a kernel's hundred thousand types are read each
    /// time a tool starts. True when all is well; false also when it cannot tell.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool AllReferencesHold(ReadOnlySpan<byte> bytes, ReadOnlySpan<int> offsets, int firstId, uint idLimit, uint stringLimit)
    {
        bool good = true;
        foreach (int offset in offsets)
        {
            uint info = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(offset + 4)..]);
            uint word = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(offset + 8)..]);
            good &= BinaryPrimitives.ReadUInt32LittleEndian(bytes[offset..]) < stringLimit;
            // Where the list after the type begins, how long its records are, and where in them a string offset and a type id lie.
            int record = 0, name = -1, type = -1;
            switch ((BtfKind)(info >> 24 & 0x7f))
            {
                case BtfKind.Func:
                    good &= word < idLimit && word >= (uint)firstId
                        && (BtfKind)(BinaryPrimitives.ReadUInt32LittleEndian(bytes[(offsets[(int)word - firstId] + 4)..]) >> 24 & 0x7f) == BtfKind.FuncProto;
                    break;
                case BtfKind.Ptr or BtfKind.Typedef or BtfKind.Volatile or BtfKind.Const or BtfKind.Restrict or BtfKind.Var or BtfKind.DeclTag or BtfKind.TypeTag:
                    good &= word < idLimit;
                    break;
                case BtfKind.Array:
                    good &= BinaryPrimitives.ReadUInt32LittleEndian(bytes[(offset + 12)..]) < idLimit
                        && BinaryPrimitives.ReadUInt32LittleEndian(bytes[(offset + 16)..]) < idLimit;
                    break;
                case BtfKind.Struct or BtfKind.Union:
                    (record, name, type) = (12, 0, 4);
                    break;
                case BtfKind.Enum:
                    (record, name) = (8, 0);
                    break;
                case BtfKind.Enum64:
                    (record, name) = (12, 0);
                    break;
                case BtfKind.FuncProto:
                    good &= word < idLimit;
                    (record, name, type) = (8, 0, 4);
                    break;
                case BtfKind.DataSec:
                    (record, type) = (12, 0);
                    break;
            }
            if (record != 0)
            {
                ReadOnlySpan<byte> list = bytes.Slice(offset + BtfType.HeaderSize, (int)(info & 0xffffff) * record);
                for (int at = 0; at < list.Length; at += record)
                {
                    if (name >= 0)
                        good &= BinaryPrimitives.ReadUInt32LittleEndian(list[(at + name)..]) < stringLimit;
                    if (type >= 0)
                        good &= BinaryPrimitives.ReadUInt32LittleEndian(list[(at + type)..]) < idLimit;
                }
            }
            if (!good)
                return false;
        }
        return true;
    }

    private static string Check(BtfTypes types, BtfType type)
    {
        if (!types.IsValidString(type.NameOffset))
            return BadString(type, "type name", type.NameOffset);
        switch (type.Kind)
        {
            case BtfKind.Ptr or BtfKind.Typedef or BtfKind.Volatile or BtfKind.Const or BtfKind.Restrict or BtfKind.Var or BtfKind.DeclTag or BtfKind.TypeTag:
                return CheckId(types, type, type.SizeOrType);
            case BtfKind.Func:
                if (types.IsValid((int)type.SizeOrType) && types[(int)type.SizeOrType].Kind != BtfKind.FuncProto)
                    return $"btf: type [{type.Id}]: referenced type [{type.SizeOrType}] is not FUNC_PROTO";
                return CheckId(types, type, type.SizeOrType);
            case BtfKind.Array:
                return CheckId(types, type, (uint)type.ElementTypeId) is { Length: > 0 } element ? element : CheckId(types, type, (uint)type.IndexTypeId);
            case BtfKind.Struct or BtfKind.Union:
                for (int i = 0; i < type.VLen; i++)
                {
                    BtfMember member = type.Member(i);
                    if (!types.IsValidString(member.NameOffset))
                        return BadString(type, "field name", member.NameOffset);
                    if (!types.IsValid(member.TypeId))
                        return CheckId(types, type, (uint)member.TypeId);
                }
                return "";
            case BtfKind.Enum or BtfKind.Enum64:
                for (int i = 0; i < type.VLen; i++)
                {
                    BtfEnumerator enumerator = type.Enumerator(i);
                    if (!types.IsValidString(enumerator.NameOffset))
                        return BadString(type, "enum name", enumerator.NameOffset);
                }
                return "";
            case BtfKind.FuncProto:
                for (int i = 0; i < type.VLen; i++)
                {
                    BtfParam param = type.Param(i);
                    if (!types.IsValidString(param.NameOffset))
                        return BadString(type, "param name", param.NameOffset);
                    if (!types.IsValid(param.TypeId))
                        return CheckId(types, type, (uint)param.TypeId);
                }
                return CheckId(types, type, type.SizeOrType);
            case BtfKind.DataSec:
                for (int i = 0; i < type.VLen; i++)
                {
                    BtfSectionVariable variable = type.Variable(i);
                    if (!types.IsValid(variable.TypeId))
                        return CheckId(types, type, (uint)variable.TypeId);
                }
                return "";
            default:
                return "";
        }
    }

    private static string CheckId(BtfTypes types, BtfType type, uint id) =>
        id < (uint)types.Count ? "" : $"btf: type [{type.Id}]: invalid referenced type ID {id}";

    private static string BadString(BtfType type, string what, uint offset) =>
        $"btf: type [{type.Id}]: invalid {what} (string offset {offset})";

    private static bool Fail(string message, out string error)
    {
        error = message;
        return false;
    }

    private static uint Word(byte[] bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at, 4));
}
