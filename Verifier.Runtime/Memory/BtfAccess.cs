using BpfVerifier.Btf;

namespace BpfVerifier.Runtime;

/// <summary>Loads through pointers whose target a BTF describes.</summary>
internal sealed partial class Verification
{
    private enum Walked
    {
        /// <summary>Refused; the reason is printed.</summary>
        Error,
        Scalar,
        /// <summary>A pointer to a struct.</summary>
        Pointer,
        /// <summary>A pointer to anything else: memory that may only be probed.</summary>
        UntrustedPointer,
        /// <summary>The start of an embedded struct: walk on inside it.</summary>
        Struct,
    }

    /// <summary>Deepest nesting of structs that is walked.</summary>
    private const int MaxStructDepth = 64;

    private Errno CheckPtrToBtfAccess(int regno, int off, int size, AccessKind kind, int valueRegno)
    {
        ref RegState reg = ref Regs[regno];
        BtfTypes types = Types(reg.BtfOwner);
        int structId = reg.BtfId;
        string Name() => types[structId].Name;
        if (Changes.BtfAccessNeedsPerfMon)
        {
            if (!AllowPtrLeaks)
            {
                Log.Write($"'struct {Name()}' access is allowed only to CAP_PERFMON and CAP_SYS_ADMIN\n");
                return Errno.EPERM;
            }
            if (!GplCompatible && reg.BtfOwner == BtfOwner.Kernel)
            {
                Log.Write($"Cannot access kernel 'struct {Name()}' from non-GPL compatible program\n");
                return Errno.EINVAL;
            }
        }
        if (off < 0)
        {
            Log.Write($"R{regno} is ptr_{Name()} invalid negative access: off={off}\n");
            return Errno.EACCES;
        }
        if (reg.Var != Tnum.Const(0))
        {
            Log.Write($"R{regno} is ptr_{Name()} invalid variable offset: off={off}, var_off={TnumStr(reg.Var)}\n");
            return Errno.EACCES;
        }
        if (reg.Type.Has(TypeFlags.User))
        {
            Log.Write($"R{regno} is ptr_{Name()} access user memory: off={off}\n");
            return Errno.EACCES;
        }
        if (reg.Type.Has(TypeFlags.PerCpu))
        {
            Log.Write($"R{regno} is ptr_{Name()} access percpu memory: off={off}\n");
            return Errno.EACCES;
        }
        if (kind != AccessKind.Read)
        {
            if (Changes.UntrustedWritesRefused && reg.Type.Has(TypeFlags.Untrusted))
                return OnlyReadIsSupported();
            if (WritesBtfStructs && !reg.Type.IsAlloc)
            {
                Errno refused = Errno.None;
                if (_structOps is { } ops ? !StructOpsAllows(ops, types[reg.BtfId], off, size, kind, out refused) : (refused = ConnectionStore(Name())) != Errno.None)
                {
                    if (refused != Errno.None && Changes.BtfStoresNamed)
                        Log.Write($"R{regno} cannot write into ptr_{Name()} at off={off} size={size}\n");
                    return refused;
                }
            }
            else if (!reg.Type.IsPtrToAllocObject)
            {
                return OnlyReadIsSupported();
            }
        }
        else if (!Changes.BtfAccessCallbackForWritesOnly && _structOps is { GuardsReads: true } ops
            && !StructOpsAllows(ops, types[reg.BtfId], off, size, kind, out Errno refused))
        {
            return refused;
        }

        TypeFlags flags = TypeFlags.None;
        Errno err = BtfStructAccess(types, in reg, off, size, out RegKind yields, out int btfId, ref flags, out BtfMember field);
        if (err != Errno.None)
            return err;
        if (!Changes.TrustedPointers)
            flags |= reg.Type.Flags & TypeFlags.Untrusted;
        else if (yields == RegKind.BtfId)
            flags = FlagsOfLoadedPointer(types, in reg, field, btfId, flags);
        if (kind == AccessKind.Read && valueRegno >= 0)
            return MarkBtfLdReg(Regs, valueRegno, yields, reg.BtfOwner, btfId, flags);
        return Errno.None;
    }

    /// <summary>Connection tracking alone lets programs store into its structs; it is a module, and without it the kernel refuses without a word.</summary>
    private static Errno ConnectionStore(string name) => name.StartsWith("nf_conn", StringComparison.Ordinal)
        ? throw NotModeled($"store into struct {name} through a BTF pointer")
        : Errno.EACCES;

    private Errno OnlyReadIsSupported()
    {
        Log.Write("only read is supported\n");
        return Errno.EACCES;
    }

    private const TypeFlags TrustedFlags = TypeFlags.Trusted | TypeFlags.Rcu;

    /// <summary>The kernel's lists of trustworthy fields of a struct: ids of structs with those fields, -1 where there is none.</summary>
    private readonly record struct SafeLists(int Trusted, int TrustedOrNull, int Rcu, int RcuOrNull);

    private readonly Dictionary<(BtfOwner, int), SafeLists> _safeLists = [];

    /// <summary>The kernel lists trustworthy fields as members of structs named like the type with a suffix.</summary>
    private SafeLists SafeListsOf(BtfTypes types, BtfOwner owner, int id)
    {
        if (_safeLists.TryGetValue((owner, id), out SafeLists known))
            return known;
        BtfType type = types[id];
        string name = type.Name;
        var lists = new SafeLists(
            types.Find(name + "__safe_trusted", type.Kind),
            types.Find(name + "__safe_trusted_or_null", type.Kind),
            types.Find(name + "__safe_rcu", type.Kind),
            types.Find(name + "__safe_rcu_or_null", type.Kind));
        _safeLists.Add((owner, id), lists);
        return lists;
    }

    /// <summary>How far a pointer read out of a kernel object can be trusted.</summary>
    private TypeFlags FlagsOfLoadedPointer(BtfTypes types, in RegState reg, BtfMember field, int btfId, TypeFlags flags)
    {
        // What is reached through an untrusted pointer is untrusted, whatever its field promises.
        if (reg.Type.Has(TypeFlags.Untrusted))
            return TypeFlags.Untrusted;
        if (!IsTrustedReg(in reg) && !IsRcuReg(in reg))
            return flags & ~TrustedFlags;
        SafeLists lists = SafeListsOf(types, reg.BtfOwner, reg.BtfId);
        if (IsListed(types, lists.Trusted, field, btfId))
            return flags | TypeFlags.Trusted;
        if (IsListed(types, lists.TrustedOrNull, field, btfId))
            return flags | TypeFlags.Trusted | TypeFlags.MaybeNull;
        if (!InRcuCs || reg.Type.MaybeNull)
            return TypeFlags.Untrusted;
        if (IsListed(types, lists.Rcu, field, btfId))
            return flags | TypeFlags.Rcu;
        bool rcuOrNull = IsListed(types, lists.RcuOrNull, field, btfId);
        if ((flags & TypeFlags.Rcu) != 0 || rcuOrNull)
        {
            flags |= TypeFlags.Rcu | TypeFlags.MaybeNull;
            // The fields on that list are trusted although they lie in a union.
            return rcuOrNull ? flags & ~TypeFlags.Untrusted : flags;
        }
        return (flags & (TypeFlags.PerCpu | TypeFlags.User)) != 0 ? flags : flags & ~TrustedFlags;
    }

    private static bool IsListed(BtfTypes types, int safe, BtfMember field, int btfId)
    {
        if (safe < 0)
            return false;
        BtfType list = types[safe];
        for (int i = 0; i < list.VLen; i++)
        {
            BtfMember member = list.Member(i);
            BtfType type = types[member.TypeId];
            if (type.Kind == BtfKind.Ptr && types.SkipModifiersAndTypedefs(type.TypeId) == btfId && member.NameBytes.SequenceEqual(field.NameBytes))
                return true;
        }
        return false;
    }

    /// <summary>What lies at <paramref name="off"/> in the struct <paramref name="reg"/> points to.</summary>
    private Errno BtfStructAccess(BtfTypes types, in RegState reg, int off, int size, out RegKind yields, out int btfId, ref TypeFlags flags, out BtfMember field)
    {
        yields = RegKind.Scalar;
        field = default;
        btfId = 0;
        if (reg.Type.IsAlloc && reg.BtfOwner == BtfOwner.Program)
        {
            Errno err = CheckAllocObjectFields(reg.BtfId, off, size);
            if (err != Errno.None)
                return err;
        }
        int id = reg.BtfId;
        // An embedded struct at the offset is entered; each step goes strictly inwards.
        for (int depth = 0; depth < MaxStructDepth; depth++)
        {
            Errno err = BtfStructWalk(types, id, off, size, !reg.Type.IsAlloc || !Changes.AllocObjectsHaveNoFlexArrays, out Walked walked, ref id, ref flags, ref field);
            switch (walked)
            {
                case Walked.Error:
                    return err;
                case Walked.Pointer when reg.Type.IsAlloc:
                case Walked.Scalar:
                    flags = TypeFlags.None;
                    return Errno.None;
                case Walked.Pointer:
                    yields = RegKind.BtfId;
                    btfId = id;
                    return Errno.None;
                case Walked.UntrustedPointer:
                    yields = RegKind.Mem;
                    flags = TypeFlags.ReadOnly | TypeFlags.Untrusted;
                    return Errno.None;
                case Walked.Struct:
                    off = 0;
                    break;
            }
        }
        return Errno.EINVAL;
    }

    private Errno BtfStructWalk(BtfTypes types, int typeId, int off, int size, bool walkFlexArrays, out Walked walked, ref int nextId, ref TypeFlags flags, ref BtfMember field)
    {
        walked = Walked.Error;
        int id = typeId;
        for (int depth = 0; depth < MaxStructDepth; depth++)
        {
            id = types.SkipModifiersAndTypedefs(id);
            BtfType type = types[id];
            if (!type.IsStruct)
            {
                Log.Write($"Type '{NameOrAnon(type)}' is not a struct\n");
                return Errno.EINVAL;
            }
            if (Changes.TrustedPointers && type.Kind == BtfKind.Union && type.VLen != 1)
                flags |= TypeFlags.Untrusted;

            if (off + size > type.Size)
            {
                // Beyond the end: only a flexible array can lie there.
                if (!walkFlexArrays || !TryFlexArray(types, type, off, out int element, out int arrayOff))
                {
                    Log.Write($"access beyond struct {NameOrAnon(type)} at off {(uint)off} size {(uint)size}\n");
                    return Errno.EACCES;
                }
                BtfType elementType = types[element];
                if (elementType.Kind == BtfKind.Int)
                {
                    walked = Walked.Scalar;
                    return Errno.None;
                }
                if (!elementType.IsStruct || elementType.Size == 0)
                {
                    Log.Write($"access beyond struct {NameOrAnon(type)} at off {(uint)off} size {(uint)size}\n");
                    return Errno.EACCES;
                }
                off = (off - arrayOff) % elementType.Size;
                id = element;
                continue;
            }

            Errno err = WalkMembers(types, type, ref off, size, out walked, out int inner, ref nextId, ref flags, ref field);
            if (inner == 0)
                return err;
            id = inner;
        }
        return Errno.EINVAL;
    }

    private static bool TryFlexArray(BtfTypes types, BtfType type, int off, out int element, out int arrayOff)
    {
        element = arrayOff = 0;
        if (type.VLen == 0)
            return false;
        BtfMember last = type.Member(type.VLen - 1);
        BtfType array = types[types.SkipModifiersAndTypedefs(last.TypeId)];
        arrayOff = (int)(last.BitOffset / 8);
        if (array.Kind != BtfKind.Array || array.Length != 0 || off < arrayOff)
            return false;
        element = types.SkipModifiersAndTypedefs(array.ElementTypeId);
        return true;
    }

    private static string NameOrAnon(BtfType type) => type.NameOffset == 0 ? "(anon)" : type.Name;

    /// <summary>Finds the member at <paramref name="off"/>; <paramref name="inner"/> is a struct to go on in, with the offset made relative to it.</summary>
    private Errno WalkMembers(BtfTypes types, BtfType type, ref int off, int size, out Walked walked, out int inner, ref int nextId, ref TypeFlags flags, ref BtfMember field)
    {
        walked = Walked.Error;
        inner = 0;
        for (int i = 0; i < type.VLen; i++)
        {
            BtfMember member = type.Member(i);
            int memberOff = (int)(member.BitOffset / 8);
            // Members come in order: nothing further can lie here.
            if (off + size <= memberOff)
                break;
            if (member.BitSize != 0)
            {
                int endBit = (int)member.BitOffset + member.BitSize;
                if (off <= memberOff && (endBit + 7) / 8 <= off + size)
                {
                    walked = Walked.Scalar;
                    return Errno.None;
                }
                continue;
            }
            if (off < memberOff)
                break;
            if (!TryResolveMember(types, member.TypeId, out int memberType, out long memberSize, out long elements))
            {
                Log.Write($"field {member.Name} doesn't have size\n");
                return Errno.EFAULT;
            }
            long end = memberOff + memberSize;
            if (off >= end)
                continue;
            if (elements > 0)
            {
                memberSize /= elements;
                memberOff += (int)((off - memberOff) / memberSize * memberSize);
            }
            BtfType target = types[memberType];
            if (target.IsStruct)
            {
                if (off == memberOff)
                {
                    nextId = memberType;
                    walked = Walked.Struct;
                    return Errno.None;
                }
                off -= memberOff;
                inner = memberType;
                return Errno.None;
            }
            if (target.Kind == BtfKind.Ptr)
            {
                if (memberSize != size || off != memberOff)
                {
                    Log.Write($"cannot access ptr member {member.Name} with moff {(uint)memberOff} in struct {NameOrAnon(type)} with off {(uint)off} size {(uint)size}\n");
                    return Errno.EACCES;
                }
                walked = WalkPointer(types, target, member, ref nextId, ref flags, ref field);
                return Errno.None;
            }
            if (off + size > end && !((flags & TypeFlags.Untrusted) != 0 && Changes.TrustedPointers))
            {
                Log.Write($"access beyond the end of member {member.Name} (mend:{(uint)end}) in struct {NameOrAnon(type)} with off {(uint)off} size {(uint)size}\n");
                return Errno.EACCES;
            }
            walked = Walked.Scalar;
            return Errno.None;
        }
        Log.Write($"struct {NameOrAnon(type)} doesn't have field at offset {off}\n");
        return Errno.EINVAL;
    }

    private Walked WalkPointer(BtfTypes types, BtfType pointer, BtfMember member, ref int nextId, ref TypeFlags flags, ref BtfMember field)
    {
        TypeFlags tag = TypeFlags.None;
        BtfType target = types[pointer.TypeId];
        if (target.Kind == BtfKind.TypeTag && !target.KindFlag)
        {
            ReadOnlySpan<byte> name = target.NameBytes;
            if (name.SequenceEqual("user"u8))
                tag = TypeFlags.User;
            else if (name.SequenceEqual("percpu"u8))
                tag = TypeFlags.PerCpu;
            else if (name.SequenceEqual("rcu"u8) && Changes.TrustedPointers)
                tag = TypeFlags.Rcu;
        }
        int pointee = types.SkipModifiersAndTypedefs(pointer.TypeId);
        if (!types[pointee].IsStruct)
            return Changes.MemAndBtfLoadsMix ? Walked.UntrustedPointer : Walked.Scalar;
        nextId = pointee;
        flags = Changes.TrustedPointers ? flags | tag : tag;
        field = member;
        return Walked.Pointer;
    }

    /// <summary>
    /// A member's type with typedefs, modifiers and array dimensions taken off, its whole size and its number of
    /// elements (0 when it is not an array).
    /// </summary>
    private static bool TryResolveMember(BtfTypes types, int typeId, out int resolved, out long size, out long elements)
    {
        elements = 0;
        resolved = types.SkipModifiersAndTypedefs(typeId);
        if (!types.TryResolveSize(typeId, out size))
            return false;
        if (types[resolved].Kind != BtfKind.Array)
            return true;
        elements = 1;
        for (int depth = 0; depth < 32 && types[resolved].Kind == BtfKind.Array; depth++)
        {
            elements *= types[resolved].Length;
            resolved = types.SkipModifiersAndTypedefs(types[resolved].ElementTypeId);
        }
        return true;
    }

    private Errno CheckPtrToMapAccess(int regno, int off, int size, AccessKind kind, int valueRegno)
    {
        ref RegState reg = ref Regs[regno];
        MapInfo map = Map(reg.MapHandle);
        int mapBtfId = map.StructId;
        if (mapBtfId < 0)
        {
            Log.Write($"map_ptr access not supported for map type {(uint)map.Type}\n");
            return Errno.ENOTSUPP;
        }
        if (!AllowPtrLeaks)
        {
            string name = KernelTypes[mapBtfId].Name;
            Log.Write(Changes.BtfAccessNeedsPerfMon
                ? $"'struct {name}' access is allowed only to CAP_PERFMON and CAP_SYS_ADMIN\n"
                : $"{name} access is allowed only to CAP_PERFMON and CAP_SYS_ADMIN\n");
            return Errno.EPERM;
        }
        if (off < 0)
        {
            Log.Write($"R{regno} is {KernelTypes[mapBtfId].Name} invalid negative access: off={off}\n");
            return Errno.EACCES;
        }
        if (kind != AccessKind.Read)
        {
            Log.Write($"only read from {KernelTypes[mapBtfId].Name} is supported\n");
            return Errno.EACCES;
        }
        RegState mapObject = default;
        mapObject.SetKnownZero();
        mapObject.Type = RegKind.BtfId;
        mapObject.BtfOwner = BtfOwner.Kernel;
        mapObject.BtfId = mapBtfId;
        TypeFlags flags = TypeFlags.None;
        Errno err = BtfStructAccess(KernelTypes, in mapObject, off, size, out RegKind yields, out int btfId, ref flags, out _);
        if (err != Errno.None || valueRegno < 0)
            return err;
        return MarkBtfLdReg(Regs, valueRegno, yields, BtfOwner.Kernel, btfId, flags);
    }
}
