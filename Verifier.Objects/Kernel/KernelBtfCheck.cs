using BpfVerifier.Btf;

namespace BpfVerifier.Objects.Kernel;

/// <summary>
/// The kernel's own check of an object's types at BPF_BTF_LOAD. It is stricter than libbpf's; when it refuses, libbpf goes on
/// without types, and programs lose func_info, line_info and typed maps.
/// </summary>
internal sealed class KernelBtfCheck
{
    private const int MaxName = 512, MaxBits = 128, MaxDepth = 32, MaxSize = 16 << 20;

    private readonly BtfTypes _btf;
    private readonly KernelFacts _kernel;
    // Structs whose members have been found sound, and those being looked at: a struct may not hold itself.
    private readonly byte[] _state;

    private KernelBtfCheck(BtfTypes btf, KernelFacts kernel)
    {
        _btf = btf;
        _kernel = kernel;
        _state = new byte[btf.Count];
    }

    /// <summary>Empty when the kernel takes the types, else what it says of them.</summary>
    public static string Check(BtfTypes btf, KernelFacts kernel)
    {
        if (btf.Data.Length > MaxSize)
            return "BTF is larger than 16 MiB";
        var check = new KernelBtfCheck(btf, kernel);
        for (int id = 1; id < btf.Count; id++)
        {
            string complaint = check.CheckForm(btf[id]);
            if (complaint.Length > 0)
                return $"[{id}] {complaint}";
        }
        for (int id = 1; id < btf.Count; id++)
        {
            string complaint = check.CheckReferences(btf[id]);
            if (complaint.Length > 0)
                return $"[{id}] {complaint}";
        }
        return "";
    }

    private bool IsNameCharacter(byte c, bool first) =>
        char.IsAsciiLetter((char)c) || c == '_' || !first && char.IsAsciiDigit((char)c) || c == '.' && _kernel.DotsInNames;

    private bool IsIdentifier(ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty || name.Length >= MaxName || !IsNameCharacter(name[0], first: true))
            return false;
        foreach (byte c in name)
        {
            if (!IsNameCharacter(c, first: false))
                return false;
        }
        return true;
    }

    private bool IsSectionName(ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty || name.Length >= MaxName)
            return false;
        for (int i = 0; i < name.Length; i++)
        {
            bool ok = _kernel.BtfQuestionMark ? name[i] is >= 0x20 and < 0x7f : name[i] == '.' || IsNameCharacter(name[i], first: i == 0);
            if (!ok)
                return false;
        }
        return true;
    }

    private string CheckForm(BtfType type)
    {
        bool hasName = type.NameOffset != 0;
        if (type.Kind == BtfKind.Unknown)
            return "Invalid kind";
        if (type.VLen > 0xffff && !_kernel.LongBtfTypes)
            return "Invalid btf_info";
        switch (type.Kind)
        {
            case BtfKind.Int:
                if (type.VLen != 0 || type.KindFlag)
                    return "vlen != 0";
                int bits = type.IntBits + type.IntOffset;
                if (bits > MaxBits || (bits + 7) / 8 > type.SizeOrType)
                    return "nr_bits exceeds type_size";
                return type.IntEncoding is BtfIntEncoding.None or BtfIntEncoding.Signed or BtfIntEncoding.Char or BtfIntEncoding.Bool ? "" : "Unsupported encoding";
            case BtfKind.Ptr or BtfKind.Volatile or BtfKind.Const or BtfKind.Restrict:
                return type.VLen != 0 || type.KindFlag ? "vlen != 0" : hasName ? "Invalid name" : "";
            case BtfKind.Typedef:
                return type.VLen != 0 || type.KindFlag ? "vlen != 0" : IsIdentifier(type.NameBytes) ? "" : "Invalid name";
            case BtfKind.TypeTag:
                return type.VLen != 0 ? "vlen != 0" : type.NameBytes.IsEmpty ? "Invalid name" : "";
            case BtfKind.DeclTag:
                return type.NameBytes.IsEmpty ? "Invalid value" : type.VLen != 0 ? "vlen != 0" : type.ComponentIndex < -1 ? "Invalid component_idx" : "";
            case BtfKind.Array:
                if (hasName || type.VLen != 0 || type.KindFlag || type.SizeOrType != 0)
                    return "Invalid name";
                return type.ElementTypeId == 0 ? "Invalid elem" : type.IndexTypeId == 0 ? "Invalid index" : "";
            case BtfKind.Struct or BtfKind.Union:
                return CheckMembersForm(type, hasName);
            case BtfKind.Enum or BtfKind.Enum64:
                return CheckEnum(type, hasName);
            case BtfKind.Fwd:
                return type.VLen != 0 || type.SizeOrType != 0 ? "type != 0" : IsIdentifier(type.NameBytes) ? "" : "Invalid name";
            case BtfKind.Func:
                return !IsIdentifier(type.NameBytes) ? "Invalid name" : (int)type.Linkage > (int)BtfLinkage.Global ? "Invalid func linkage" : type.KindFlag ? "Invalid btf_info kind_flag" : "";
            case BtfKind.FuncProto:
                return hasName ? "Invalid name" : type.KindFlag ? "Invalid btf_info kind_flag" : "";
            case BtfKind.Var:
                if (type.VLen != 0 || type.KindFlag)
                    return "vlen != 0";
                if (!IsIdentifier(type.NameBytes))
                    return "Invalid name";
                return type.TypeId == 0 ? "Invalid type_id" : type.Linkage is BtfLinkage.Static or BtfLinkage.Global ? "" : "Linkage not supported";
            case BtfKind.DataSec:
                return CheckDataSection(type);
            case BtfKind.Float:
                return type.VLen != 0 || type.KindFlag ? "vlen != 0" : type.Size is 2 or 4 or 8 or 12 or 16 ? "" : "Invalid type_size";
            default:
                return "";
        }
    }

    private string CheckMembersForm(BtfType type, bool hasName)
    {
        if (hasName && !IsIdentifier(type.NameBytes))
            return "Invalid name";
        uint last = 0;
        for (int i = 0; i < type.VLen; i++)
        {
            BtfMember member = type.Member(i);
            if (member.NameOffset != 0 && !IsIdentifier(member.NameBytes))
                return "Invalid name";
            if (member.TypeId == 0)
                return "Invalid type_id";
            if (type.Kind == BtfKind.Union && member.BitOffset != 0 || last > member.BitOffset)
                return "Invalid member bits_offset";
            if ((member.BitOffset + 7ul) / 8 > type.SizeOrType)
                return "Member bits_offset exceeds its struct size";
            last = member.BitOffset;
        }
        return "";
    }

    private string CheckEnum(BtfType type, bool hasName)
    {
        if (type.SizeOrType > 8 || !uint.IsPow2(type.SizeOrType))
            return "Unexpected size";
        if (hasName && !IsIdentifier(type.NameBytes))
            return "Invalid name";
        for (int i = 0; i < type.VLen; i++)
        {
            if (!IsIdentifier(type.Enumerator(i).NameBytes))
                return "Invalid name";
        }
        return "";
    }

    private string CheckDataSection(BtfType type)
    {
        if (type.SizeOrType == 0)
            return "size == 0";
        if (type.KindFlag)
            return "Invalid btf_info kind_flag";
        if (!IsSectionName(type.NameBytes))
            return "Invalid name";
        ulong end = 0;
        for (int i = 0; i < type.VLen; i++)
        {
            BtfSectionVariable place = type.Variable(i);
            if (place.TypeId == 0)
                return "Invalid type_id";
            if (place.Offset < end || place.Offset >= type.SizeOrType)
                return "Invalid offset";
            if (place.Size == 0 || place.Size > type.SizeOrType)
                return "Invalid size";
            end = (ulong)place.Offset + place.Size;
            if (end > type.SizeOrType)
                return "Invalid offset+size";
        }
        return "";
    }

    private static bool IsSourceOnly(BtfType type) => type.Kind is BtfKind.Var or BtfKind.DeclTag or BtfKind.DataSec;

    private static bool HasNoSize(BtfType type) => type.IsVoid || type.Kind is BtfKind.Fwd or BtfKind.Func or BtfKind.FuncProto;

    /// <summary>The type below modifiers and typedefs; null when the chain is a cycle.</summary>
    private BtfType? Resolve(int id)
    {
        for (int depth = 0; depth < MaxDepth; depth++)
        {
            BtfType type = _btf[id];
            if (!type.IsModifier && type.Kind != BtfKind.Typedef)
                return type;
            id = type.TypeId;
        }
        return null;
    }

    private bool IsSized(int id, out BtfType type, out long size)
    {
        size = 0;
        type = default;
        if (Resolve(id) is not { } found || HasNoSize(found) || IsSourceOnly(found) || !_btf.TryResolveSize(found.Id, out size))
            return false;
        type = found;
        return true;
    }

    private static bool IsRegularInt(BtfType type) =>
        type is { Kind: BtfKind.Int, IntOffset: 0, IntBits: 8 or 16 or 32 or 64 or 128 };

    private string CheckReferences(BtfType type)
    {
        switch (type.Kind)
        {
            case BtfKind.Ptr or BtfKind.Typedef or BtfKind.Volatile or BtfKind.Const or BtfKind.Restrict or BtfKind.TypeTag:
                if (IsSourceOnly(_btf[type.TypeId]) || Resolve(type.TypeId) is not { } target || IsSourceOnly(target) || target.Kind == BtfKind.Func)
                    return "Invalid type_id";
                return type.Kind == BtfKind.TypeTag || !type.IsModifier && type.Kind != BtfKind.Typedef || !TagFollows(type) ? "" : "Type tags don't precede modifiers";
            case BtfKind.Array:
                if (!IsSized(type.IndexTypeId, out BtfType index, out _) || !IsRegularInt(index))
                    return "Invalid index";
                if (!IsSized(type.ElementTypeId, out BtfType element, out long size))
                    return "Invalid elem";
                if (element.Kind == BtfKind.Int && !IsRegularInt(element))
                    return "Invalid array of int";
                return type.Length != 0 && size > uint.MaxValue / type.Length ? "Array size overflows U32_MAX" : "";
            case BtfKind.Struct or BtfKind.Union:
                return CheckMembers(type, 0);
            case BtfKind.Var:
                return IsSourceOnly(_btf[type.TypeId]) || !IsSized(type.TypeId, out _, out _) ? "Invalid type_id" : "";
            case BtfKind.DataSec:
                return CheckVariables(type);
            case BtfKind.DeclTag:
                return CheckTag(type);
            case BtfKind.Func:
                return CheckParameterNames(_btf[type.TypeId]);
            case BtfKind.FuncProto:
                return CheckPrototype(type);
            default:
                return "";
        }
    }

    // Modifiers come after type tags, never between or before.
    private bool TagFollows(BtfType modifier)
    {
        BtfType type = modifier;
        for (int depth = 0; depth < MaxDepth && (type.IsModifier || type.Kind == BtfKind.Typedef); depth++)
        {
            if (type.Kind == BtfKind.TypeTag)
                return true;
            type = _btf[type.TypeId];
        }
        return false;
    }

    private string CheckMembers(BtfType type, int depth)
    {
        const byte Open = 1, Done = 2;
        if (_state[type.Id] == Done)
            return "";
        if (_state[type.Id] == Open || depth > MaxDepth)
            return "Loop detected";
        _state[type.Id] = Open;
        for (int i = 0; i < type.VLen; i++)
        {
            BtfMember member = type.Member(i);
            if (IsSourceOnly(_btf[member.TypeId]) || !IsSized(member.TypeId, out BtfType target, out long size))
                return "Invalid member";
            if (!Fits(type, member, target, size))
                return "Member exceeds struct_size";
            BtfType inner = target;
            for (int level = 0; level < MaxDepth && inner.Kind == BtfKind.Array; level++)
                inner = Resolve(inner.ElementTypeId) ?? default;
            if (inner.IsStruct && CheckMembers(inner, depth + 1) is { Length: > 0 } complaint)
                return complaint;
        }
        _state[type.Id] = Done;
        return "";
    }

    private static bool Fits(BtfType type, BtfMember member, BtfType target, long size)
    {
        long bits = member.BitOffset;
        if (target.Kind == BtfKind.Int || target.IsEnum && type.KindFlag)
        {
            long width = member.BitSize != 0 ? member.BitSize : target.Kind == BtfKind.Int ? target.IntBits : 32;
            if (type.KindFlag && (target.Kind == BtfKind.Int && !IsRegularInt(target) || member.BitSize == 0 && bits % 8 != 0))
                return false;
            if (member.BitSize > (target.Kind == BtfKind.Int ? target.IntBits : 32))
                return false;
            bits += target.IntOffset;
            long copied = width + bits % 8;
            return copied <= MaxBits && bits / 8 + (copied + 7) / 8 <= type.SizeOrType;
        }
        if (member.BitSize != 0 || bits % 8 != 0)
            return false;
        return bits / 8 + size <= type.SizeOrType;
    }

    private string CheckVariables(BtfType section)
    {
        for (int i = 0; i < section.VLen; i++)
        {
            BtfSectionVariable place = section.Variable(i);
            BtfType variable = _btf[place.TypeId];
            if (variable.Kind != BtfKind.Var)
                return "Not a VAR kind member";
            if (!IsSized(variable.TypeId, out _, out long size))
                return "Invalid type";
            if (place.Size < size)
                return "Invalid size";
        }
        return "";
    }

    private string CheckTag(BtfType tag)
    {
        BtfType target = _btf[tag.TypeId];
        if (!target.IsStruct && target.Kind is not (BtfKind.Func or BtfKind.Var or BtfKind.Typedef))
            return "Invalid type_id";
        if (tag.ComponentIndex == -1)
            return "";
        if (target.Kind is BtfKind.Var or BtfKind.Typedef)
            return "Invalid component_idx";
        int count = target.IsStruct ? target.VLen : _btf[target.TypeId].VLen;
        return tag.ComponentIndex < count ? "" : "Invalid component_idx";
    }

    private static string CheckParameterNames(BtfType prototype)
    {
        for (int i = 0; i < prototype.VLen; i++)
        {
            if (prototype.Param(i) is { NameOffset: 0, TypeId: not 0 })
                return $"Invalid arg#{i + 1}";
        }
        return "";
    }

    private string CheckPrototype(BtfType prototype)
    {
        if (prototype.ReturnTypeId != 0 && (IsSourceOnly(_btf[prototype.ReturnTypeId]) || !IsSized(prototype.ReturnTypeId, out _, out _)))
            return "Invalid return type";
        int count = prototype.VLen;
        // A last parameter without type and name stands for a variable number of them.
        if (count > 0 && prototype.Param(count - 1) is { TypeId: 0 } last)
        {
            if (last.NameOffset != 0)
                return $"Invalid arg#{count}";
            count--;
        }
        for (int i = 0; i < count; i++)
        {
            BtfParam param = prototype.Param(i);
            if (IsSourceOnly(_btf[param.TypeId]) || param.NameOffset != 0 && !IsIdentifier(param.NameBytes) || !IsSized(param.TypeId, out _, out _))
                return $"Invalid arg#{i + 1}";
        }
        return "";
    }
}
