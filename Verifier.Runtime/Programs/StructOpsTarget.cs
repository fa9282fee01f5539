using BpfVerifier.Btf;

namespace BpfVerifier.Runtime;

/// <summary>Programs that implement a member of a kernel struct: attach type is the member's index, attach target the struct.</summary>
internal sealed partial class Verification
{
    private const string NullableSuffix = "__nullable", ReferencedSuffix = "__ref";

    // Filled in by CheckStructOpsTarget.
    private StructOps? _structOps;

    private Errno CheckStructOpsTarget()
    {
        if (!GplCompatible)
        {
            Log.Write("struct ops programs must have a GPL compatible license\n");
            return Errno.EINVAL;
        }
        int id = Program.AttachBtfId;
        if (id == 0 && Changes.StructOpsTargetRequired)
            return Errno.ENOTSUPP;
        BtfTypes types = KernelTypes;
        if (!types.IsValid(id) || Kernel.StructOps(types[id].Name) is not { } ops || types.Find(ops.Name, BtfKind.Struct) != id)
        {
            Log.Write($"attach_btf_id {(uint)id} is not a supported struct\n");
            return Errno.ENOTSUPP;
        }
        BtfType type = types[id];
        uint index = (uint)Program.ExpectedAttachType;
        if (index >= (uint)type.VLen)
        {
            Log.Write($"attach to invalid member idx {index} of struct {ops.Name}\n");
            return Errno.EINVAL;
        }
        string name = type.Member((int)index).Name;
        if (!ops.Members.TryGetValue(name, out StructOpsMember member))
        {
            Log.Write($"attach to invalid member {name}(@idx {index}) of struct {ops.Name}\n");
            return Errno.EINVAL;
        }
        int refused = ProgramIsSleepable ? member.RefusedSleepable : member.Refused;
        if (refused != 0)
        {
            Log.Write($"attach to unsupported member {name} of struct {ops.Name}\n");
            return (Errno)refused;
        }
        _structOps = ops;
        // Its helpers are the struct's own.
        _helpers = null;
        _attachOwner = BtfOwner.Kernel;
        _attachName = name;
        _attachProto = types.SkipModifiersAndTypedefs(types[types.SkipModifiersAndTypedefs(type.Member((int)index).TypeId)].TypeId);
        if (member.Stub is { } stub && types.Find(stub, BtfKind.Func) is > 0 and int function)
            DescribeStubArgs(types, types[_attachProto], types[types[function].TypeId]);
        if (Changes.StructOpsReferences && _contextArgs.Exists(a => a.Referenced) && Subprogs.Take(SubprogCount).Any(s => s.HasTailCall))
        {
            Log.Write("program with __ref argument cannot tail call\n");
            return Errno.EINVAL;
        }
        return Errno.None;
    }

    /// <summary>The names of a stub's parameters say which arguments may be null and which come with a reference.</summary>
    private void DescribeStubArgs(BtfTypes types, BtfType proto, BtfType stub)
    {
        long offset = 0;
        for (int i = 0; i < proto.VLen && i < stub.VLen; i++)
        {
            int typeId = proto.Param(i).TypeId;
            string name = stub.Param(i).Name;
            bool nullable = name.EndsWith(NullableSuffix, StringComparison.Ordinal);
            bool referenced = Changes.StructOpsReferences && !nullable && name.EndsWith(ReferencedSuffix, StringComparison.Ordinal);
            if (nullable || referenced)
            {
                TypeFlags flags = TypeFlags.Trusted | (nullable ? TypeFlags.MaybeNull : TypeFlags.None);
                int target = types.SkipModifiersAndTypedefs(types[types.SkipModifiersAndTypedefs(typeId)].TypeId);
                _contextArgs.Add(new ContextArg((int)offset, new RegType(RegKind.BtfId, flags), target, referenced));
            }
            offset += SlotBytes(types, typeId);
        }
    }

    /// <summary>Arguments that come with a reference bring it into the program's first state.</summary>
    private void AcquireArgumentReferences()
    {
        for (int i = 0; i < _contextArgs.Count; i++)
        {
            if (_contextArgs[i].Referenced)
                _contextArgs[i] = _contextArgs[i] with { RefObjId = AcquireReference(0) };
        }
    }

    /// <summary>What some structs make of an argument beyond what its type says; null where the general rule decides.</summary>
    private bool? StructOpsArgument(int off, AccessKind kind, ref ContextField field)
    {
        // The list of packets to be freed is handed on, never looked into.
        if (_structOps is not { Name: "Qdisc_ops" } || _attachName != "enqueue" || kind != AccessKind.Read
            || ArgumentAt(KernelTypes, KernelTypes[_attachProto], off) != 2)
            return null;
        field.Type = new RegType(RegKind.BtfId, TypeFlags.Trusted);
        field.BtfOwner = BtfOwner.Kernel;
        field.BtfId = KernelTypes.Find("bpf_sk_buff_ptr", BtfKind.Struct);
        return true;
    }

    /// <summary>Every socket of a congestion control is a TCP socket.</summary>
    private void PromoteSocket(ref ContextField field)
    {
        if (_structOps is not { Name: "tcp_congestion_ops" } || field.Type.Kind != RegKind.BtfId)
            return;
        bool plain = Changes.TrustedPointers ? (field.Type.Flags & ~(TypeFlags.Trusted | TypeFlags.Alloc)) == 0 : field.Type.Flags == 0;
        if (plain && field.BtfId == KernelTypes.Find("sock", BtfKind.Struct))
            field.BtfId = KernelTypes.Find("tcp_sock", BtfKind.Struct);
    }

    /// <summary>A store into a kernel struct, or a load where the struct guards those too; true when the general walk goes on.</summary>
    private bool StructOpsAllows(StructOps ops, BtfType type, int off, int size, AccessKind kind, out Errno err)
    {
        err = Errno.None;
        if (!ops.Stores.TryGetValue(type.Name, out int[]? runs) || KernelTypes.Find(type.Name, BtfKind.Struct) != type.Id)
            return Refuse(ops.Refusals[0], out err);
        if (kind == AccessKind.Read || runs is null)
            return true;
        for (int i = 0; i < runs.Length; i += 3)
        {
            if (off < runs[i] || off > runs[i + 1])
                continue;
            return off + size <= runs[i + 2] ? false : Refuse(ops.Refusals[2], out err, runs[i + 2]);
        }
        return Refuse(ops.Refusals[1], out err);

        bool Refuse(string format, out Errno error, int end = 0)
        {
            error = Errno.EACCES;
            int[] numbers = [off, size];
            string text = format.Replace("%s", type.Name, StringComparison.Ordinal).Replace("%zu", $"{end}", StringComparison.Ordinal);
            foreach (int number in numbers)
            {
                int at = text.IndexOf("%d", StringComparison.Ordinal);
                text = at < 0 ? text : $"{text.AsSpan(0, at)}{number}{text.AsSpan(at + 2)}";
            }
            if (text.Length > 0)
                Log.Write(text);
            return false;
        }
    }
}
