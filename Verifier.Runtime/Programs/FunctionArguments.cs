using BpfVerifier.Btf;

namespace BpfVerifier.Runtime;

/// <summary>
/// Programs attached to a function or tracepoint find its arguments in the context, 8 bytes each, typed by BTF.
/// </summary>
internal sealed partial class Verification
{
    private const int MaxFunctionArgs = 12;
    private const int MaxRegisterArgs = 5;

    // Filled in by CheckAttachBtfId.
    private BtfOwner _attachOwner;
    /// <summary>FUNC_PROTO of the target, 0 when it is unknown and arguments are plain numbers.</summary>
    private int _attachProto;
    private string _attachName;
    /// <summary>The target is a raw tracepoint: its first C argument is the tracepoint's own data.</summary>
    private bool _attachSkipsFirstArg;
    private readonly List<ContextArg> _contextArgs = [];

    /// <summary>An argument whose meaning the attach point declares, beyond what its C type says.</summary>
    private readonly record struct ContextArg(int Offset, RegType Type, int BtfId, bool Referenced = false, uint RefObjId = 0);

    private bool ReadsFunctionArguments => ProgType is ProgramType.Tracing or ProgramType.Lsm or ProgramType.StructOps;

    private bool IsValidArgumentAccess(int off, int size, AccessKind kind, ref ContextField field)
    {
        // LSM hooks skip the general rule and fall through to the argument's own.
        if (ProgType != ProgramType.Lsm && (off < 0 || off >= 8 * MaxFunctionArgs || kind != AccessKind.Read || off % size != 0))
            return false;
        if (StructOpsArgument(off, kind, ref field) is { } decided)
            return decided;
        BtfTypes types = Types(_attachOwner);
        if (off % 8 != 0)
        {
            Log.Write($"func '{_attachName}' offset {off} is not multiple of 8\n");
            return false;
        }
        bool hasProto = _attachProto != 0;
        BtfType proto = types[_attachProto];
        int skip = _attachSkipsFirstArg ? 1 : 0;
        int count = (hasProto ? proto.VLen : MaxRegisterArgs) - skip;
        int arg = hasProto ? ArgumentAt(types, proto, off) : off / 8;
        if (arg > count)
            return MissingArgument(arg);

        int typeId;
        if (arg == count)
        {
            if (ReturnTypeInContext(types, hasProto, proto, arg, ref field, out typeId) is { } result)
                return result;
        }
        else
        {
            if (!hasProto)
                return true;
            typeId = proto.Param(arg + skip).TypeId;
        }

        typeId = types.SkipModifiersAndTypedefs(typeId);
        BtfType type = types[typeId];
        bool number = (type.Kind == BtfKind.Int && type.Size is 1 or 2 or 4 or 8) || type.Kind is BtfKind.Enum or BtfKind.Enum64;
        if (number || (type.Kind == BtfKind.Struct || (type.Kind == BtfKind.Union && Changes.UnionArguments)))
            return true;
        if (type.Kind != BtfKind.Ptr)
        {
            Log.Write($"func '{_attachName}' arg{arg} '{type.Name}' has type {BtfKindStr(type)}. Only pointer access is allowed\n");
            return false;
        }
        if (size != 8 && Changes.PointerArgumentsReadWhole)
        {
            Log.Write($"func '{_attachName}' size {size} must be 8\n");
            return false;
        }
        if (!PointerArgument(types, type, arg, off, arg < count ? proto.Param(arg + skip).Name : "", ref field))
            return false;
        PromoteSocket(ref field);
        return true;
    }

    private bool MissingArgument(int arg)
    {
        Log.Write($"func '{_attachName}' doesn't have {arg + 1}-th argument\n");
        return false;
    }

    /// <summary>The slot after the last argument is the return value, where the attach type sees it.</summary>
    private bool? ReturnTypeInContext(BtfTypes types, bool hasProto, BtfType proto, int arg, ref ContextField field, out int typeId)
    {
        typeId = 0;
        switch (ExpectedAttachType)
        {
            case AttachType.LsmMac or AttachType.LsmCgroup or AttachType.TraceFexit:
            case AttachType.TraceFsession when Changes.FsessionPrograms:
                field.IsReturnValue = ExpectedAttachType == AttachType.LsmMac;
                if (!hasProto)
                    return true;
                typeId = proto.ReturnTypeId;
                return null;
            case AttachType.ModifyReturn:
                if (!hasProto)
                    return false;
                typeId = types.SkipModifiersAndTypedefs(proto.ReturnTypeId);
                if (types[typeId].Kind == BtfKind.Int)
                    return null;
                Log.Write($"ret type {BtfKindStr(types[typeId])} not allowed for fmod_ret\n");
                return false;
            default:
                return MissingArgument(arg);
        }
    }

    /// <summary>
    /// Index of the argument whose slots hold <paramref name="off"/>: arguments passed by value take as many slots as
    /// they are long. The number of arguments means the return value, one more means nothing is there.
    /// </summary>
    private static int ArgumentAt(BtfTypes types, BtfType proto, int off)
    {
        long end = 0;
        for (int i = 0; i < proto.VLen; i++)
        {
            end += SlotBytes(types, proto.Param(i).TypeId);
            if (off < end)
                return i;
        }
        return off < end + SlotBytes(types, proto.ReturnTypeId) ? proto.VLen : proto.VLen + 1;
    }

    private static long SlotBytes(BtfTypes types, int typeId)
    {
        BtfType type = types[types.SkipModifiersAndTypedefs(typeId)];
        return type.Kind == BtfKind.Ptr ? 8 : (type.Size + 7L) / 8 * 8;
    }

    private bool PointerArgument(BtfTypes types, BtfType pointer, int arg, int off, string paramName, ref ContextField field)
    {
        foreach (ContextArg declared in _contextArgs)
        {
            if (declared.Offset == off && declared.Type.Kind == RegKind.Buf && declared.Type.MaybeNull)
            {
                field.Type = declared.Type;
                return true;
            }
        }
        int target = types.SkipModifiersAndTypedefs(pointer.TypeId);
        if (target == 0 || types[target].Kind == BtfKind.Int)
            return true;
        foreach (ContextArg declared in _contextArgs)
        {
            if (declared.Offset != off)
                continue;
            field.Type = declared.Type;
            field.BtfOwner = BtfOwner.Kernel;
            field.BtfId = declared.BtfId;
            field.RefObjId = declared.RefObjId;
            return true;
        }

        TypeFlags flags = TypeFlags.None;
        bool mayBeError = false;
        if (Changes.TrustedPointers && ArgumentsAreTrusted)
            flags |= TypeFlags.Trusted;
        if (Changes.TrustedPointers && paramName.EndsWith(NullableSuffix, StringComparison.Ordinal))
            flags |= TypeFlags.MaybeNull;
        if (Changes.RawTracepointNullArgs && ExpectedAttachType == AttachType.TraceRawTp)
        {
            ulong mask = Kernel.TracepointNullArguments(_attachName);
            if ((mask >> (arg * 4) & 1) != 0)
                flags |= TypeFlags.MaybeNull;
            mayBeError = (mask >> (arg * 4) & 2) != 0;
        }
        field.Type = new RegType(RegKind.BtfId, flags);

        if (_attachOwner == BtfOwner.AttachProgram)
            return TracedProgramArgument(types, pointer, ref field);

        field.BtfOwner = _attachOwner;
        BtfType tag = types[pointer.TypeId];
        if (tag.Kind == BtfKind.TypeTag && !tag.KindFlag)
        {
            if (tag.NameBytes.SequenceEqual("user"u8))
                field.Type |= TypeFlags.User;
            else if (tag.NameBytes.SequenceEqual("percpu"u8))
                field.Type |= TypeFlags.PerCpu;
        }
        field.BtfId = types.SkipModifiersAndTypedefs(pointer.TypeId);
        BtfType pointee = types[field.BtfId];
        if (!pointee.IsStruct)
        {
            Log.Write($"func '{_attachName}' arg{arg} type {BtfKindStr(pointee)} is not a struct\n");
            return false;
        }
        if (Log.Level != 0)
            Log.Write($"func '{_attachName}' arg{arg} has btf_id {field.BtfId} type {BtfKindStr(pointee)} '{pointee.Name}'\n");
        if (mayBeError)
        {
            Log.Write($"marking pointer arg{arg} as scalar as it may encode error");
            field.Type = RegKind.Scalar;
        }
        return true;
    }

    private bool ArgumentsAreTrusted => ProgType switch
    {
        ProgramType.Tracing => ExpectedAttachType is AttachType.TraceRawTp or AttachType.TraceIter,
        // Hooks that see an object before it is whole or while it is taken apart hand out pointers that must not be kept.
        ProgramType.Lsm => !Kernel.IsIn(KernelSet.UntrustedLsmHooks, _attachName),
        ProgramType.StructOps => true,
        _ => false,
    };

    private static string BtfKindStr(BtfType type) => type.Kind switch
    {
        BtfKind.Unknown => "UNKNOWN",
        BtfKind.FuncProto => "FUNC_PROTO",
        BtfKind.DataSec => "DATASEC",
        BtfKind.DeclTag => "DECL_TAG",
        BtfKind.TypeTag => "TYPE_TAG",
        _ => type.Kind.ToString().ToUpperInvariant(),
    };
}
