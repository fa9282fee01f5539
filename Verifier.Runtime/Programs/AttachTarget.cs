using BpfVerifier.Btf;

namespace BpfVerifier.Runtime;

/// <summary>Program types that attach to a function, tracepoint or hook: the target must exist and suit the program.</summary>
internal sealed partial class Verification
{
    private const string RawTracepointPrefix = "btf_trace_", IteratorPrefix = "bpf_iter_";

    /// <summary>The attach type as the kernel takes it: two program types have a default other than 0, freplace has its target's.</summary>
    public AttachType ExpectedAttachType => _extendedAttachType ?? (Program.Type, Program.ExpectedAttachType) switch
    {
        (ProgramType.CgroupSock, 0) => AttachType.CgroupInetSockCreate,
        (ProgramType.SkReusePort, 0) => AttachType.SkReuseportSelect,
        _ => Program.ExpectedAttachType,
    };

    public Errno CheckAttachBtfId()
    {
        bool sleepable = ProgramIsSleepable;
        if (ProgType == ProgramType.Syscall)
        {
            if (sleepable)
                return Errno.None;
            Log.Write("Syscall programs can only be sleepable\n");
            return Errno.EINVAL;
        }
        if (sleepable && !CanBeSleepable())
            return Errno.EINVAL;
        switch (Program.Type)
        {
            case ProgramType.StructOps:
                return CheckStructOpsTarget();
            case ProgramType.Tracing or ProgramType.Lsm or ProgramType.Ext:
                break;
            default:
                return Errno.None;
        }

        Errno err = CheckAttachTarget(sleepable);
        if (err != Errno.None)
            return err;
        if (Program.Type == ProgramType.Ext)
        {
            // From here on it is checked as the program whose function it replaces.
            ProgType = _target!.ProgType;
            _extendedAttachType = _target.ExpectedAttachType;
            _helpers = null;
        }
        if (ExpectedAttachType == AttachType.TraceRawTp)
        {
            _attachSkipsFirstArg = true;
            return Errno.None;
        }
        if (ExpectedAttachType == AttachType.TraceIter)
            return DescribeIteratorArgs();
        if (Program.Type == ProgramType.Lsm)
            return CheckLsmHook();
        return CheckTraceable();
    }

    /// <summary>Runs before and after the function.</summary>
    private bool IsFsession => ProgType == ProgramType.Tracing && ExpectedAttachType == AttachType.TraceFsession && Changes.FsessionPrograms;

    private bool CanBeSleepable()
    {
        bool traced = ExpectedAttachType is AttachType.TraceFentry or AttachType.TraceFexit or AttachType.ModifyReturn or AttachType.TraceIter || IsFsession;
        if (!Changes.SleepableByAttachType)
        {
            if (Program.Type is not (ProgramType.Tracing or ProgramType.Lsm or ProgramType.Kprobe))
            {
                Log.Write("Only fentry/fexit/fmod_ret, lsm, and kprobe/uprobe programs can be sleepable\n");
                return false;
            }
            if (Program.Type == ProgramType.Lsm && ExpectedAttachType == AttachType.LsmCgroup && Changes.LsmCgroupNeverSleeps)
            {
                Log.Write("BPF_LSM_CGROUP programs cannot be sleepable\n");
                return false;
            }
            return true;
        }
        bool can = Program.Type switch
        {
            ProgramType.Tracing => traced,
            ProgramType.Lsm => ExpectedAttachType != AttachType.LsmCgroup || !Changes.LsmCgroupNeverSleeps,
            ProgramType.Kprobe or ProgramType.StructOps => true,
            _ => false,
        };
        if (!can)
            Log.Write(Changes.SleeperTypesUnnamed
                ? "Program of this type cannot be sleepable\n"
                : "Only fentry/fexit/fmod_ret, lsm, iter, uprobe, and struct_ops programs can be sleepable\n");
        return can;
    }

    private Errno CheckAttachTarget(bool sleepable)
    {
        int id = Program.AttachBtfId;
        if (id == 0)
        {
            Log.Write("Tracing programs must provide btf_id\n");
            return Errno.EINVAL;
        }
        _attachOwner = _target is null ? BtfOwner.Kernel : BtfOwner.AttachProgram;
        if ((_target is null ? KernelTypes : _target.ProgramTypes) is not { } types)
            return RefuseTarget($"{(Changes.TracingTargetsNamed ? "Tracing" : "FENTRY/FEXIT")} program can only be attached to another program annotated with BTF\n");
        if (!types.IsValid(id))
        {
            Log.Write($"attach_btf_id {id} is invalid\n");
            return Errno.EINVAL;
        }
        BtfType type = types[id];
        string name = type.Name;
        if (name.Length == 0)
        {
            Log.Write($"attach_btf_id {id} doesn't have a name\n");
            return Errno.EINVAL;
        }
        bool conservative = false;
        Errno err = _target is not null ? CheckTargetFunction(_target, type, out conservative)
            : Program.Type == ProgramType.Ext ? RefuseTarget("Cannot replace kernel functions\n")
            : Errno.None;
        if (err != Errno.None)
            return err;
        _attachName = name;
        switch (ExpectedAttachType)
        {
            case AttachType.TraceRawTp when _target is not null:
                return RefuseTarget($"Only FENTRY/FEXIT{(Changes.TracingTargetsNamed ? "/FSESSION" : "")} progs are attachable to another BPF prog\n");
            case AttachType.TraceRawTp:
                return CheckRawTracepoint(type, name, id);
            case AttachType.TraceIter or AttachType.ModifyReturn or AttachType.LsmMac or AttachType.LsmCgroup
                or AttachType.TraceFentry or AttachType.TraceFexit:
            case AttachType.TraceFsession when Changes.FsessionPrograms:
                break;
            default:
                if (Program.Type != ProgramType.Ext)
                    return Errno.EINVAL;
                break;
        }
        if (type.Kind != BtfKind.Func)
        {
            Log.Write($"attach_btf_id {id} is not a function\n");
            return Errno.EINVAL;
        }
        if (Program.Type == ProgramType.Ext)
        {
            err = CheckReplacementType(types, type);
            if (err != Errno.None)
                return err;
        }
        if (types[type.TypeId].Kind != BtfKind.FuncProto)
            return Errno.EINVAL;
        // Arguments that are not what the type says are read as plain numbers.
        _attachProto = conservative ? 0 : type.TypeId;
        err = conservative ? Errno.None : CheckFunctionModel(types, types[_attachProto], name);
        if (err != Errno.None || ExpectedAttachType == AttachType.TraceIter)
            return err;
        if (_target is not null)
            return CheckTracedProgram(sleepable, name);
        if (!Kernel.MayHaveSymbol(name))
        {
            Log.Write($"The address of function {name} cannot be found\n");
            return Errno.ENOENT;
        }
        if (sleepable)
        {
            // Without function error injection, which no kernel known here is built with, few functions are known to tolerate sleep.
            if (Program.Type == ProgramType.Lsm ? Kernel.IsIn(KernelSet.SleepableLsmHooks, name) : Kernel.MayModifyReturnAsleep(name))
                return Errno.None;
            Log.Write($"{name} is not sleepable\n");
            return Errno.EINVAL;
        }
        if (ExpectedAttachType == AttachType.ModifyReturn && !name.StartsWith("security_", StringComparison.Ordinal) && !Kernel.MayModifyReturn(name))
        {
            Log.Write($"{name}() is not modifiable\n");
            return Errno.EINVAL;
        }
        return Errno.None;
    }

    /// <summary>What only functions of the kernel allow.</summary>
    private Errno CheckTracedProgram(bool sleepable, string name)
    {
        if (sleepable)
            return RefuseTarget($"{name} is not sleepable\n");
        return Program.ExpectedAttachType == AttachType.ModifyReturn ? RefuseTarget("can't modify return codes of BPF programs\n") : Errno.None;
    }

    private Errno CheckRawTracepoint(BtfType type, string name, int id)
    {
        if (type.Kind != BtfKind.Typedef)
        {
            Log.Write($"attach_btf_id {id} is not a typedef\n");
            return Errno.EINVAL;
        }
        if (!name.StartsWith(RawTracepointPrefix, StringComparison.Ordinal))
        {
            Log.Write($"attach_btf_id {id} points to wrong type name {name}\n");
            return Errno.EINVAL;
        }
        _attachName = name[RawTracepointPrefix.Length..];
        int proto = 0;
        // Newer releases take the argument names from the tracepoint's template function.
        if (Changes.RawTracepointTemplates)
        {
            if (Kernel.TracepointTemplate(_attachName) is not { } template)
                return Errno.EINVAL;
            if (KernelTypes.Find("__bpf_trace_" + template, BtfKind.Func) is > 0 and int function)
                proto = KernelTypes[function].TypeId;
        }
        if (proto == 0)
        {
            if (Changes.RawTracepointTemplates)
                Log.Write($"Cannot find btf of tracepoint template, fall back to {RawTracepointPrefix}{_attachName}.\n");
            BtfType pointer = KernelTypes[type.TypeId];
            if (pointer.Kind != BtfKind.Ptr)
                return Errno.EINVAL;
            proto = pointer.TypeId;
        }
        if (KernelTypes[proto].Kind != BtfKind.FuncProto)
            return Errno.EINVAL;
        _attachProto = proto;
        return Errno.None;
    }

    /// <summary>A trampoline passes at most twelve arguments of known size, structs up to 16 bytes, and no struct as result.</summary>
    private Errno CheckFunctionModel(BtfTypes types, BtfType proto, string name)
    {
        if (proto.VLen > MaxFunctionArgs)
        {
            Log.Write($"The function {name} has {proto.VLen} arguments. Too many.\n");
            return Errno.EINVAL;
        }
        int size = PassedSize(types, proto.ReturnTypeId, out BtfType type);
        if (size < 0 || type.IsStruct)
        {
            Log.Write($"The function {name} return type {BtfKindStr(type)} is unsupported.\n");
            return Errno.EINVAL;
        }
        for (int i = 0; i < proto.VLen; i++)
        {
            int typeId = proto.Param(i).TypeId;
            if (typeId == 0 && i == proto.VLen - 1)
            {
                Log.Write($"The function {name} with variable args is unsupported.\n");
                return Errno.EINVAL;
            }
            size = PassedSize(types, typeId, out type);
            if (size is > 0 and <= 16)
                continue;
            Log.Write(size == 0
                ? $"The function {name} has malformed void argument.\n"
                : $"The function {name} arg{i} type {BtfKindStr(type)} is unsupported.\n");
            return Errno.EINVAL;
        }
        return Errno.None;
    }

    /// <summary>Bytes of an argument or result, 0 for none at all; negative for types that are not passed.</summary>
    private int PassedSize(BtfTypes types, int typeId, out BtfType type)
    {
        type = types[types.SkipModifiersAndTypedefs(typeId)];
        return typeId == 0 ? 0 : type.Kind switch
        {
            BtfKind.Ptr => 8,
            BtfKind.Int or BtfKind.Enum or BtfKind.Enum64 or BtfKind.Struct => type.Size,
            BtfKind.Union when Changes.UnionArguments => type.Size,
            _ => -1,
        };
    }

    /// <summary>
    /// An iterator's function declares what it shows at each step after its first argument: pointers that are null at
    /// the end, and buffers for keys and values of maps (measured: the ctx_arg_info of every target in 6.1, 6.12, 6.18).
    /// </summary>
    private Errno DescribeIteratorArgs()
    {
        if (_target is not null)
            return _attachName.StartsWith(IteratorPrefix, StringComparison.Ordinal) ? throw NotModeled("iterator that is a BPF function") : Errno.EINVAL;
        BtfType proto = KernelTypes[_attachProto];
        if (!IsIteratorTarget(proto))
            return Errno.EINVAL;
        // Which pointers the targets declare trusted is nowhere in the types (measured likewise).
        bool trusted = Changes.TrustedPointers
            && _attachName[IteratorPrefix.Length..] is "task" or "bpf_map" or "cgroup" or "tcp" or "udp" or "kmem_cache";
        for (int i = 1; i < proto.VLen; i++)
        {
            BtfType type = KernelTypes[KernelTypes.SkipModifiersAndTypedefs(proto.Param(i).TypeId)];
            // Iterators over a map's elements are never without the map.
            if (type.Kind != BtfKind.Ptr || (proto.Param(i).Name == "map" && _attachName != "bpf_iter_bpf_map"))
                continue;
            int target = KernelTypes.SkipModifiersAndTypedefs(type.TypeId);
            if (target == 0)
            {
                TypeFlags readOnly = proto.Param(i).Name == "key" ? TypeFlags.ReadOnly : TypeFlags.None;
                _contextArgs.Add(new ContextArg(8 * i, new RegType(RegKind.Buf, TypeFlags.MaybeNull | readOnly), 0));
            }
            else if (KernelTypes[target].IsStruct)
            {
                TypeFlags trust = trusted ? TypeFlags.Trusted : TypeFlags.None;
                _contextArgs.Add(new ContextArg(8 * i, new RegType(RegKind.BtfId, TypeFlags.MaybeNull | trust), target));
            }
        }
        return Errno.None;
    }

    /// <summary>
    /// Every registered target has a function <c>int bpf_iter_TARGET(struct bpf_iter_meta *, …)</c>; what else is named so
    /// takes no such argument, or returns something else.
    /// </summary>
    private bool IsIteratorTarget(BtfType proto)
    {
        if (!_attachName.StartsWith(IteratorPrefix, StringComparison.Ordinal) || proto.VLen == 0
            || KernelTypes[KernelTypes.SkipModifiersAndTypedefs(proto.ReturnTypeId)].Kind != BtfKind.Int)
            return false;
        BtfType first = KernelTypes[KernelTypes.SkipModifiersAndTypedefs(proto.Param(0).TypeId)];
        return first.Kind == BtfKind.Ptr
            && KernelTypes[KernelTypes.SkipModifiersAndTypedefs(first.TypeId)] is { Kind: BtfKind.Struct, Name: "bpf_iter_meta" };
    }

    private Errno CheckLsmHook()
    {
        if (!GplCompatible)
        {
            Log.Write("LSM programs must have a GPL compatible license\n");
            return Errno.EINVAL;
        }
        if (Kernel.IsIn(KernelSet.BpfLsmDisabledHooks, _attachName))
        {
            Log.Write($"attach_btf_id {Program.AttachBtfId} points to disabled hook {_attachName}\n");
            return Errno.EINVAL;
        }
        if (!Kernel.IsIn(KernelSet.BpfLsmHooks, _attachName))
        {
            Log.Write($"attach_btf_id {Program.AttachBtfId} points to wrong type name {_attachName}\n");
            return Errno.EINVAL;
        }
        return Errno.None;
    }

    /// <summary>Functions the trampoline itself depends on cannot be traced, and from those that never return there is no exit.</summary>
    private Errno CheckTraceable()
    {
        if (_target is not null)
            return Errno.None;
        if (Kernel.IsIn(KernelSet.BtfIdDeny, _attachName))
        {
            if (Changes.DeniedTargetMessage)
                Log.Write($"Attaching tracing programs to function '{_attachName}' is rejected.\n");
            return Errno.EINVAL;
        }
        bool seesReturn = ExpectedAttachType is AttachType.TraceFexit or AttachType.ModifyReturn || IsFsession;
        if (seesReturn && Kernel.IsIn(KernelSet.NoreturnDeny, _attachName))
        {
            Log.Write(Changes.DeniedTargetMessage
                ? $"Attaching fexit{(Changes.FsessionPrograms ? "/fsession" : "")}/fmod_ret to __noreturn function '{_attachName}' is rejected.\n"
                : "Attaching fexit/fmod_ret to __noreturn functions is rejected.\n");
            return Errno.EINVAL;
        }
        return Errno.None;
    }
}
