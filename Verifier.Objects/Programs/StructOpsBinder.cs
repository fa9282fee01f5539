using BpfVerifier.Btf;
using BpfVerifier.Objects.Maps;
using BpfVerifier.Objects.Sections;

namespace BpfVerifier.Objects.Programs;

/// <summary>What a kernel makes of a struct_ops map.</summary>
/// <param name="TypeName">The struct's name in the kernel.</param>
/// <param name="ValueSize">Bytes in the kernel's value around it.</param>
internal sealed record StructOpsBinding(string TypeName, uint ValueSize);

/// <summary>Fits the struct_ops maps that refer to a program to the kernel's struct, and finds the member the program implements.</summary>
internal sealed class StructOpsBinder(ObjectImage image, BtfTypes kernel, CodeFunction entry)
{
    public Dictionary<MapSpec, StructOpsBinding> Maps { get; } = [];
    /// <summary>Id of the kernel's struct, 0 when no map refers to the program.</summary>
    public int AttachBtfId { get; private set; }
    public int MemberIndex { get; private set; }
    public string? MemberName { get; private set; }

    /// <summary>True for maps that are created: struct_ops maps are left out when the program is none of theirs, as loaders of single programs do.</summary>
    public bool IsCreated(MapSpec map) => map.StructOps is null || map.AutoCreate && entry.Type == ProgramType.StructOps;

    public ObjectFailure? Bind()
    {
        foreach (MapSpec map in image.Maps)
        {
            if (map.StructOps is { } ops && IsCreated(map) && Bind(map, ops) is { } failure)
                return failure;
        }
        return null;
    }

    private ObjectFailure? Bind(MapSpec map, StructOpsSpec ops)
    {
        BtfTypes local = image.Btf!;
        BtfType type = local[ops.TypeId];
        string name = BtfNames.Essential(type.Name);
        string valueName = "bpf_struct_ops_" + name;
        int valueId = kernel.Find(valueName, BtfKind.Struct);
        if (valueId < 0)
            return Fail(Errno.ESRCH, $"struct_ops init_kern: struct {valueName} is not found in kernel BTF");
        int kernelId = kernel.Find(name, BtfKind.Struct);
        if (kernelId < 0)
            return Fail(Errno.ENOENT, $"struct_ops init_kern: struct {name} is not found in kernel BTF");
        BtfType value = kernel[valueId];
        bool holds = false;
        for (int i = 0; i < value.VLen; i++)
            holds |= value.Member(i).TypeId == kernelId;
        if (!holds)
            return Fail(Errno.EINVAL, $"struct_ops init_kern: struct {name} data is not found in struct {valueName}");
        for (int i = 0; i < type.VLen; i++)
        {
            if (BindMember(map, ops, type.Member(i), i, kernel[kernelId]) is { } failure)
                return failure;
        }
        Maps[map] = new StructOpsBinding(name, (uint)value.Size);
        return null;
    }

    private static ObjectFailure Fail(Errno errno, string message) => ObjectFailure.LoadFailed(errno, message);

    private ObjectFailure? BindMember(MapSpec map, StructOpsSpec ops, BtfMember member, int index, BtfType kernelType)
    {
        BtfTypes local = image.Btf!;
        string prefix = $"struct_ops init_kern {map.Name}";
        string name = member.Name;
        if (!local.TryResolveSize(member.TypeId, out long size))
            return Fail(Errno.EINVAL, $"{prefix}: failed to resolve the size of member {name}");
        ReadOnlySpan<byte> content = map.Content.Span;
        int start = (int)Math.Min(member.BitOffset / 8, (uint)content.Length);
        content = content.Slice(start, (int)Math.Min(size, content.Length - start));
        CodeFunction? program = ops.Programs.GetValueOrDefault(index);
        int found = 0;
        while (found < kernelType.VLen && !kernelType.Member(found).NameBytes.SequenceEqual(member.NameBytes))
            found++;
        if (found == kernelType.VLen)
        {
            // A kernel without the member does as well when the object does not set it.
            return program is not null || content.ContainsAnyExcept((byte)0)
                ? Fail(Errno.EOPNOTSUPP, $"{prefix}: Cannot find member {name} in kernel BTF")
                : null;
        }
        BtfMember target = kernelType.Member(found);
        if (member.BitSize != 0 || target.BitSize != 0)
            return Fail(Errno.EOPNOTSUPP, $"{prefix}: bitfield {name} is not supported");
        BtfType localType = local[local.SkipModifiersAndTypedefs(member.TypeId)];
        BtfType targetType = kernel[kernel.SkipModifiersAndTypedefs(target.TypeId)];
        if (localType.Kind != targetType.Kind)
            return Fail(Errno.EOPNOTSUPP, $"{prefix}: Unmatched member type {name} {(int)localType.Kind} != {(int)targetType.Kind}(kernel)");
        if (localType.Kind != BtfKind.Ptr)
        {
            bool sized = kernel.TryResolveSize(targetType.Id, out long targetSize);
            return sized && size == targetSize
                ? null
                : Fail(Errno.EOPNOTSUPP, $"{prefix}: Error in size of member {name}: {size} != {(sized ? targetSize : -(long)Errno.EINVAL)}(kernel)");
        }
        if (program is null)
            return content.ContainsAnyExcept((byte)0) ? Fail(Errno.EOPNOTSUPP, $"{prefix}: member {name} is not a struct_ops program") : null;
        if (kernel[kernel.SkipModifiersAndTypedefs(targetType.TypeId)].Kind != BtfKind.FuncProto)
            return Fail(Errno.EOPNOTSUPP, $"{prefix}: kernel member {name} is not a func ptr");
        return program == entry ? BindEntry(prefix, name, kernelType.Id, found, kernelType.Name) : null;
    }

    private ObjectFailure? BindEntry(string prefix, string name, int kernelId, int member, string kernelName)
    {
        if (AttachBtfId == 0)
        {
            (AttachBtfId, MemberIndex, MemberName) = (kernelId, member, $"{kernelName}.{name}");
            return null;
        }
        string reuse = $"{prefix} func ptr {name}: invalid reuse of prog {entry.Name} in sec {entry.SectionName} with type {(uint)entry.Type}";
        if (AttachBtfId != kernelId)
            return Fail(Errno.EINVAL, $"{reuse}: attach_btf_id {AttachBtfId} != kern_type_id {kernelId}");
        return MemberIndex != member
            ? Fail(Errno.EINVAL, $"{reuse}: expected_attach_type {MemberIndex} != kern_member_idx {member}")
            : null;
    }
}
