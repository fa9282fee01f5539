using System.Text;
using BpfVerifier.Btf;
using BpfVerifier.Objects.Sections;

namespace BpfVerifier.Objects.Programs;

/// <summary>The BTF id of what a tracing, LSM, iterator or replacement program attaches to.</summary>
/// <param name="BtfId">The id, 0 when the program needs none.</param>
/// <param name="Name">The name in the section, null when there is none.</param>
internal readonly record struct AttachTarget(int BtfId, string? Name)
{
    // libbpf puts prefix and name together in a buffer of this size, final zero included.
    private const int MaxName = 128;

    /// <summary>What stands after the first slash of a section's name, null when there is none.</summary>
    public static string? NameIn(string sectionName)
    {
        int slash = sectionName.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? null : sectionName[(slash + 1)..];
    }

    public static ObjectFailure? Find(CodeFunction program, BtfTypes kernel, ObjectOptions options, out AttachTarget target)
    {
        string? name = options.AttachTarget ?? NameIn(program.SectionName);
        target = new AttachTarget(0, name);
        string prog = $"prog '{program.Name}'";
        if (program.Rule is not { } rule || !rule.Flags.HasFlag(SectionFlags.AttachBtf))
            return null;
        if (name is null)
            return Fail(Errno.EINVAL, $"{prog}: no BTF-based attach target is specified, use bpf_program__set_attach_target()");
        int id;
        if (program.Type == ProgramType.Ext || options.AttachProgram is not null)
        {
            if (options.AttachProgram is not { } attached)
                return Fail(Errno.EINVAL, $"{prog}: attach program FD is not set");
            if (attached.Btf is null)
                return Fail(Errno.EINVAL, "The target program doesn't have BTF");
            id = attached.Btf.Find(name, BtfKind.Func);
            if (id < 0)
                return Fail(Errno.ENOENT, $"{name} is not found in prog's BTF");
        }
        else
        {
            Errno errno = FindInKernel(kernel, name, rule.AttachType, out id);
            if (errno != Errno.None)
                return Fail(errno, $"{prog}: failed to find kernel BTF type ID of '{name}': {LibbpfErrno.Text(errno)}");
        }
        target = new AttachTarget(id, name);
        return null;
    }

    private static ObjectFailure Fail(Errno errno, string message) => ObjectFailure.LoadFailed(errno, message);

    private static Errno FindInKernel(BtfTypes kernel, string name, AttachType type, out int id)
    {
        id = 0;
        // "module:function"; a prefix of "vmlinux" means the kernel itself. Modules are not part of a profile.
        int colon = name.IndexOf(':', StringComparison.Ordinal);
        if (colon >= 0 && !"vmlinux".StartsWith(name[..colon], StringComparison.Ordinal))
            return Errno.ESRCH;
        (string prefix, BtfKind kind) = type switch
        {
            AttachType.TraceRawTp => ("btf_trace_", BtfKind.Typedef),
            AttachType.LsmMac or AttachType.LsmCgroup => ("bpf_lsm_", BtfKind.Func),
            AttachType.TraceIter => ("bpf_iter_", BtfKind.Func),
            _ => ("", BtfKind.Func),
        };
        string full = prefix + name[(colon + 1)..];
        if (Encoding.UTF8.GetByteCount(full) >= MaxName)
            return Errno.ENAMETOOLONG;
        id = kernel.Find(full, kind);
        return id > 0 ? Errno.None : Errno.ESRCH;
    }
}
