using BpfVerifier.Btf;

namespace BpfVerifier.Runtime;

// What the BTF of the program's functions declares of their arguments, and calls against it.
internal sealed partial class Verification
{
    [Flags]
    private enum ArgTags
    {
        None = 0,
        Ctx = 1,
        Trusted = 2,
        Untrusted = 4,
        NonNull = 8,
        Nullable = 16,
        Arena = 32,
    }

    /// <summary>A call of <paramref name="subprog"/> with the registers as they are; an error says that BTF and registers do not agree.</summary>
    public Errno BtfCheckSubprogCall(int subprog, RegState[] regs) => CheckSubprogArgs(subprog, regs, true);

    /// <summary>The main program as its BTF declares it, against the registers it starts with (older releases).</summary>
    public Errno BtfCheckSubprogArgMatch(int subprog, RegState[] regs) => CheckSubprogArgs(subprog, regs, false);

    private Errno CheckSubprogArgs(int subprog, RegState[] regs, bool isCall)
    {
        if (FuncInfos.Count == 0)
            return Errno.EINVAL;
        SubprogInfo function = Subprogs[subprog];
        if (function.BtfFuncId == 0)
            return Errno.EFAULT;
        if (function.Unreliable)
            return Errno.EINVAL;
        Errno error = Changes.SubprogArgumentsDescribed
            ? MatchSubprogArgs(subprog, regs)
            : MatchDeclaredArgs(function, regs, isCall);
        // The compiler may have taken arguments out of static functions; then nothing in their BTF can be relied on.
        if (error != Errno.None)
            function.Unreliable = true;
        return error;
    }

    private Errno MatchSubprogArgs(int subprog, RegState[] regs)
    {
        Errno error = BtfPrepareFuncArgs(subprog);
        SubprogInfo function = Subprogs[subprog];
        for (int i = 0; i < function.ArgCount && error == Errno.None; i++)
            error = MatchSubprogArg(ref function.Args[i], i, ref regs[i + 1]);
        return error;
    }

    private Errno MatchSubprogArg(ref SubprogArg arg, int index, ref RegState reg)
    {
        int regno = index + 1;
        ArgType type = arg.Type;
        if (type == ArgKind.Anything)
        {
            if (reg.Type == RegKind.Scalar)
                return Errno.None;
            Log.Write($"R{regno} is not a scalar\n");
            return Errno.EINVAL;
        }
        // Untrusted memory is only probed, so anything may be passed.
        if (type.Has(TypeFlags.Untrusted))
            return Errno.None;
        Errno error;
        switch (type.Kind)
        {
            case ArgKind.PtrToCtx:
                error = CheckFuncArgRegOff(ref reg, regno, ArgKind.DontCare);
                if (error != Errno.None || reg.Type == RegKind.Ctx)
                    return error;
                Log.Write($"arg#{index} expects pointer to ctx\n");
                return Errno.EINVAL;
            case ArgKind.PtrToMem:
                error = CheckFuncArgRegOff(ref reg, regno, ArgKind.DontCare);
                if (error != Errno.None)
                    return error;
                if (CheckMemReg(ref reg, regno, arg.MemSize) != Errno.None)
                    return Errno.EINVAL;
                if (type.MaybeNull || !reg.Type.MaybeNull)
                    return Errno.None;
                Log.Write($"arg#{index} is expected to be non-NULL\n");
                return Errno.EINVAL;
            case ArgKind.PtrToArena:
                if (reg.Type == RegKind.Arena || reg.Type == RegKind.Scalar)
                    return Errno.None;
                Log.Write($"R{regno} is not a pointer to arena or scalar.\n");
                return Errno.EINVAL;
            case ArgKind.PtrToDynptr:
                error = CheckFuncArgRegOff(ref reg, regno, ArgKind.PtrToDynptr);
                return error != Errno.None ? error : ProcessDynptr(regno, -1, type, 0);
            case ArgKind.PtrToBtfId:
                if (reg.IsNull && type.MaybeNull)
                    return Errno.None;
                _subprogMeta.Reset();
                error = CheckRegType(regno, type, arg.BtfId, _subprogMeta);
                return error != Errno.None ? error : CheckFuncArgRegOff(ref reg, regno, type);
            default:
                throw NotModeled($"argument of a global function: {type.Kind}");
        }
    }

    private readonly CallMeta _subprogMeta = new();

    /// <summary>Works out the arguments of a function from its BTF, once; prints why that is not possible for global ones.</summary>
    public Errno BtfPrepareFuncArgs(int subprog)
    {
        SubprogInfo function = Subprogs[subprog];
        if (function.ArgsCached)
            return Errno.None;
        bool global = function.IsGlobal;
        if (FuncInfos.Count == 0 || ProgramTypes is not { } types)
            throw NotModeled("arguments of a function without BTF");
        if (function.BtfFuncId == 0)
        {
            if (!global)
                return Errno.EINVAL;
            Log.Write("Global functions need valid BTF\n");
            return Errno.EFAULT;
        }
        BtfType func = types[function.BtfFuncId];
        if (func.Kind != BtfKind.Func)
        {
            Log.Write($"BTF of func#{subprog} doesn't point to KIND_FUNC\n");
            return Errno.EFAULT;
        }
        string name = func.Name;
        if (!Changes.SubprogArgumentsDescribed && Log.Verbose)
            Log.Write($"Validating {name}() func#{subprog}...\n");
        if (function.Unreliable)
        {
            Log.Write($"Verifier bug in function {name}()\n");
            return Errno.EFAULT;
        }
        BtfType proto = types[func.TypeId];
        if (proto.Kind != BtfKind.FuncProto)
        {
            Log.Write($"Invalid type of function {name}()\n");
            return Errno.EFAULT;
        }
        if (proto.VLen > ArgCount)
        {
            if (global)
                Log.Write($"Global function {name}() with {proto.VLen} > {ArgCount} args. Buggy compiler.\n");
            return Errno.EINVAL;
        }
        if (!IsScalarType(Underlying(types, proto.ReturnTypeId)))
        {
            if (global)
                Log.Write($"Global function {name}() doesn't return scalar. Only those are supported.\n");
            return Errno.EINVAL;
        }
        for (int i = 0; i < proto.VLen; i++)
        {
            Errno error = PrepareFuncArg(types, function, proto.Param(i).TypeId, i, name);
            if (error != Errno.None)
                return error;
        }
        function.ArgCount = proto.VLen;
        function.ArgsCached = Changes.SubprogArgumentsDescribed;
        return Errno.None;
    }

    private Errno PrepareFuncArg(BtfTypes types, SubprogInfo function, int typeId, int index, string name)
    {
        bool global = function.IsGlobal;
        ref SubprogArg arg = ref function.Args[index];
        arg = default;
        ArgTags tags = ArgTags.None;
        if (Changes.SubprogArgTags)
        {
            Errno error = ReadArgTags(types, function, index, out tags);
            if (error != Errno.None)
                return error;
        }

        BtfType type = Underlying(types, typeId);
        if (type.Kind == BtfKind.Ptr)
        {
            Errno? decided = PreparePointerArg(types, type, ref arg, index, tags, global);
            if (decided is { } result)
                return result;
        }
        if (tags != ArgTags.None)
        {
            Log.Write($"arg#{index} has pointer tag, but is not a pointer type\n");
            return Errno.EINVAL;
        }
        if (IsScalarType(type))
        {
            arg.Type = ArgKind.Anything;
            return Errno.None;
        }
        if (global)
            Log.Write($"Arg#{index} type {BtfKindStr(type)} in {name}() is not supported yet.\n");
        return Errno.EINVAL;
    }

    /// <summary>Null where the general rule for non-pointers applies: static functions take no memory.</summary>
    private Errno? PreparePointerArg(BtfTypes types, BtfType pointer, ref SubprogArg arg, int index, ArgTags tags, bool global)
    {
        ProgramType type = Program.Type == ProgramType.Ext ? ProgType : Program.Type;
        if ((tags & ArgTags.Ctx) != 0 || IsProgCtxType(types, pointer, type))
        {
            if ((tags & ~ArgTags.Ctx) != 0)
                return InvalidTags(index);
            if (tags != ArgTags.None && !ValidateProgCtxType(types, pointer, index, type))
                return Errno.EINVAL;
            arg.Type = ArgKind.PtrToCtx;
            return Errno.None;
        }
        if (!Changes.GlobalFunctionMemory)
            return null;
        if (Changes.SubprogArgTags && IsDynptrPointer(types, pointer))
        {
            if (tags != ArgTags.None)
                return InvalidTags(index);
            arg.Type = new ArgType(ArgKind.PtrToDynptr, TypeFlags.ReadOnly);
            return Errno.None;
        }
        if ((tags & ArgTags.Trusted) != 0)
        {
            if ((tags & ArgTags.NonNull) != 0)
                return InvalidTags(index);
            Errno error = FindKernelPointee(types, pointer, index, out arg.BtfId);
            if (error != Errno.None)
                return error;
            TypeFlags flags = (tags & ArgTags.Nullable) != 0 ? TypeFlags.Trusted | TypeFlags.MaybeNull : TypeFlags.Trusted;
            arg.Type = new ArgType(ArgKind.PtrToBtfId, flags);
            return Errno.None;
        }
        if ((tags & ArgTags.Untrusted) != 0)
            return PrepareUntrustedArg(types, pointer, ref arg, index, tags);
        if ((tags & ArgTags.Arena) != 0)
        {
            if ((tags & ~ArgTags.Arena) != 0)
            {
                Log.Write($"arg#{index} arena cannot be combined with any other tags\n");
                return Errno.EINVAL;
            }
            arg.Type = ArgKind.PtrToArena;
            return Errno.None;
        }
        return global ? PrepareMemoryArg(types, pointer, ref arg, index, tags) : null;
    }

    private Errno InvalidTags(int index)
    {
        Log.Write($"arg#{index} has invalid combination of tags\n");
        return Errno.EINVAL;
    }

    private Errno PrepareUntrustedArg(BtfTypes types, BtfType pointer, ref SubprogArg arg, int index, ArgTags tags)
    {
        if ((tags & ~ArgTags.Untrusted) != 0)
        {
            Log.Write($"arg#{index} untrusted cannot be combined with any other tags\n");
            return Errno.EINVAL;
        }
        BtfType pointee = Underlying(types, pointer.TypeId);
        if (pointee.IsVoid || IsScalarType(pointee) || pointee.Kind == BtfKind.Float)
        {
            arg.Type = new ArgType(ArgKind.PtrToMem, TypeFlags.ReadOnly | TypeFlags.Untrusted);
            return Errno.None;
        }
        Errno error = FindKernelPointee(types, pointer, index, out arg.BtfId);
        if (error != Errno.None)
            return error;
        BtfType found = KernelTypes[arg.BtfId];
        if (!found.IsStruct)
        {
            Log.Write($"arg#{index} has type {BtfKindStr(found)} '(anon)', but only struct or primitive types are allowed\n");
            return Errno.EINVAL;
        }
        arg.Type = new ArgType(ArgKind.PtrToBtfId, TypeFlags.Untrusted);
        return Errno.None;
    }

    private Errno PrepareMemoryArg(BtfTypes types, BtfType pointer, ref SubprogArg arg, int index, ArgTags tags)
    {
        if ((tags & ArgTags.Nullable) != 0)
            return InvalidTags(index);
        BtfType pointee = Underlying(types, pointer.TypeId);
        if (!types.TryResolveSize(pointee.Id, out long size))
            return UnknownArgSize(pointee, index);
        arg.Type = new ArgType(ArgKind.PtrToMem, (tags & ArgTags.NonNull) != 0 ? TypeFlags.None : TypeFlags.MaybeNull);
        arg.MemSize = (int)size;
        // Older releases number the argument here and once more where the walk begins.
        if (!Changes.SubprogArgumentsDescribed)
            NewId();
        return Errno.None;
    }

    private Errno UnknownArgSize(BtfType pointee, int index)
    {
        Log.Write($"arg#{index} reference type('{BtfKindStr(pointee)} {pointee.Name}') size cannot be determined: -{(int)Errno.EINVAL}\n");
        return Errno.EINVAL;
    }

    /// <summary>Declaration tags <c>arg:…</c> of one argument.</summary>
    private Errno ReadArgTags(BtfTypes types, SubprogInfo function, int index, out ArgTags tags)
    {
        tags = ArgTags.None;
        for (int id = types.FirstOwnId; id < types.Count; id++)
        {
            CountWork();
            BtfType tag = types[id];
            if (tag.Kind != BtfKind.DeclTag || tag.TypeId != function.BtfFuncId || tag.ComponentIndex != index
                || !tag.NameBytes.StartsWith("arg:"u8))
                continue;
            if (!function.IsGlobal)
            {
                Log.Write($"arg#{index} type tag is not supported in static functions\n");
                return Errno.EOPNOTSUPP;
            }
            ArgTags one = tag.Name switch
            {
                "arg:ctx" => ArgTags.Ctx,
                "arg:trusted" => ArgTags.Trusted,
                "arg:untrusted" when Changes.UntrustedMemArguments => ArgTags.Untrusted,
                "arg:nonnull" => ArgTags.NonNull,
                "arg:nullable" => ArgTags.Nullable,
                "arg:arena" => ArgTags.Arena,
                _ => ArgTags.None,
            };
            if (one == ArgTags.None)
            {
                Log.Write($"arg#{index} has unsupported set of tags\n");
                return Errno.EOPNOTSUPP;
            }
            tags |= one;
        }
        return Errno.None;
    }

    private static bool IsDynptrPointer(BtfTypes types, BtfType pointer)
    {
        BtfType pointee = Underlying(types, pointer.TypeId);
        return (pointee.IsStruct || (pointee.Kind == BtfKind.Fwd && !pointee.KindFlag)) && pointee.NameBytes.SequenceEqual("bpf_dynptr"u8);
    }

    /// <summary>The kernel's type of the same name and kind; flavours (<c>task_struct___x</c>) are the same name.</summary>
    private Errno FindKernelPointee(BtfTypes types, BtfType pointer, int index, out int id)
    {
        BtfType pointee = Underlying(types, pointer.TypeId);
        string name = pointee.Name;
        int flavour = name.IndexOf("___", StringComparison.Ordinal);
        string essential = flavour > 0 ? name[..flavour] : name;
        id = 0;
        int matches = 0;
        foreach (int candidate in KernelTypes.FindAll(essential))
        {
            if (KernelTypes[candidate].Kind != pointee.Kind)
                continue;
            id = candidate;
            matches++;
        }
        if (matches == 1)
            return Errno.None;
        Log.Write($"arg#{index} reference type('{BtfKindStr(pointee)} {name}') {(matches == 0 ? "has no matches" : "is ambiguous")}\n");
        return matches == 0 ? Errno.ENOENT : Errno.ESRCH;
    }

    /// <summary>Older releases: registers against the declared arguments, in one pass.</summary>
    private Errno MatchDeclaredArgs(SubprogInfo function, RegState[] regs, bool isCall)
    {
        BtfTypes types = ProgramTypes!;
        BtfType func = types[function.BtfFuncId];
        string name = func.Name;
        BtfType proto = types[func.TypeId];
        if (func.Kind != BtfKind.Func || proto.Kind != BtfKind.FuncProto)
        {
            Log.Write(func.Kind != BtfKind.Func
                ? $"BTF of func_id {function.BtfFuncId} doesn't point to KIND_FUNC\n"
                : $"Invalid BTF of func {name}\n");
            return Errno.EFAULT;
        }
        if (proto.VLen > ArgCount)
        {
            Log.Write($"Function {name} has {proto.VLen} > {ArgCount} args\n");
            return Errno.EINVAL;
        }
        for (int i = 0; i < proto.VLen; i++)
        {
            ref RegState reg = ref regs[i + 1];
            BtfType type = Underlying(types, proto.Param(i).TypeId);
            if (IsScalarType(type))
            {
                if (reg.Type == RegKind.Scalar)
                    continue;
                Log.Write($"R{i + 1} is not a scalar\n");
                return Errno.EINVAL;
            }
            if (type.Kind != BtfKind.Ptr)
            {
                Log.Write($"Unrecognized arg#{i} type {BtfKindStr(type)}\n");
                return Errno.EINVAL;
            }
            Errno error = CheckFuncArgRegOff(ref reg, i + 1, ArgKind.DontCare);
            if (error == Errno.None)
                error = MatchDeclaredPointer(types, type, function, name, ref reg, i, isCall);
            if (error != Errno.None)
                return error;
        }
        return Errno.None;
    }

    private Errno MatchDeclaredPointer(BtfTypes types, BtfType pointer, SubprogInfo function, string name, ref RegState reg, int index, bool isCall)
    {
        if (IsProgCtxType(types, pointer, ProgType))
        {
            if (reg.Type == RegKind.Ctx)
                return Errno.None;
            Log.Write($"arg#{index} expected pointer to ctx, but got {BtfKindStr(pointer)}\n");
            return Errno.EINVAL;
        }
        if (!function.IsGlobal || !isCall)
        {
            Log.Write($"reg type unsupported for arg#{index} function {name}#{function.BtfFuncId}\n");
            return Errno.EINVAL;
        }
        BtfType pointee = Underlying(types, pointer.TypeId);
        if (!types.TryResolveSize(pointee.Id, out long size))
            return UnknownArgSize(pointee, index);
        return CheckMemReg(ref reg, index + 1, (int)size) != Errno.None ? Errno.EINVAL : Errno.None;
    }
}
