using System.Text;
using BpfVerifier.Btf;
using BpfVerifier.Objects.Sections;

namespace BpfVerifier.Objects.Programs;

/// <summary>The BTF id of what a tracing, LSM, iterator or replacement program attaches to.</summary>
/// <param name="BtfId">The id, 0 when the program needs none.</param>
/// <param name="Name">The name in the section, null when there is none.</param>
/// <param name="Program">The program whose types the id is of, null when it is of the kernel's.</param>
internal readonly record struct AttachTarget(int BtfId, string? Name, BpfProgram? Program = null)
{
    // libbpf puts prefix and name together in a buffer of this size, final zero included.
    private const int MaxName = 128;

    /// <summary>What stands after the first slash of a section's name, null when there is none.</summary>
    public static string? NameIn(string sectionName)
    {
        int slash = sectionName.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? null : sectionName[(slash + 1)..];
    }

    public static ObjectFailure? Find(CodeFunction program, BtfTypes kernel, KernelRelease release, ObjectOptions options, out AttachTarget target)
    {
        string? name = options.AttachTarget ?? NameIn(program.SectionName);
        target = new AttachTarget(0, name);
        string prog = $"prog '{program.Name}'";
        if (program.Rule is not { } rule || !rule.Flags.HasFlag(SectionFlags.AttachBtf))
            return null;
        if (name is null)
            return Fail(Errno.EINVAL, $"{prog}: no BTF-based attach target is specified, use bpf_program__set_attach_target()");
        bool replaces = program.Type == ProgramType.Ext;
        bool traces = rule.AttachType is AttachType.TraceFentry or AttachType.TraceFexit or AttachType.ModifyReturn;
        if (replaces || (traces && MeansProgram(options, name)))
        {
            ObjectFailure? failure = FindProgram(kernel, release, options, name, out BpfProgram? attached);
            if (failure is not null)
                return failure;
            if (attached is null)
                return Fail(Errno.EINVAL, $"{prog}: attach program FD is not set");
            if (attached.Btf is null)
                return Fail(Errno.EINVAL, "The target program doesn't have BTF");
            int function = attached.Btf.Find(name, BtfKind.Func);
            target = new AttachTarget(function, name, attached);
            return function < 0 ? Fail(Errno.ENOENT, $"{name} is not found in prog's BTF") : null;
        }
        Errno errno = FindInKernel(kernel, name, rule.AttachType, out int id);
        if (errno != Errno.None)
            return Fail(errno, $"{prog}: failed to find kernel BTF type ID of '{name}': {LibbpfErrno.Text(errno)}");
        target = new AttachTarget(id, name);
        return null;
    }

    /// <summary>True when the function is one of the BPF program that was named, so that the kernel's is not meant.</summary>
    private static bool MeansProgram(ObjectOptions options, string name) =>
        (options.AttachProgram?.Btf ?? options.AttachObject?.Btf)?.Find(name, BtfKind.Func) > 0;

    private static ObjectFailure? FindProgram(BtfTypes kernel, KernelRelease release, ObjectOptions options, string function, out BpfProgram? program)
    {
        program = options.AttachProgram;
        if (program is not null || options.AttachObject is not { } target)
            return null;
        if (target.Failure is { } unreadable)
            return Fail(unreadable.Errno, $"attach target {target.Name}: {unreadable.Message}");
        ObjectFailure? failure = null;
        foreach (string name in options.AttachObjectProgram is { } named ? [named] : target.Programs.Select(p => p.Name))
        {
            PrepareResult prepared = target.PrepareTarget(name, kernel, release, options);
            failure ??= prepared.Failure;
            // The first stands for all when none has the function: what is wrong is then said of that one.
            program ??= prepared.Program;
            if (!prepared.Succeeded || !HasFunction(prepared.Program, function))
                continue;
            program = prepared.Program;
            break;
        }
        return program is null ? Fail(failure?.Errno ?? Errno.EINVAL, $"attach target {target.Name}: {failure?.Message ?? "it has no program"}") : null;
    }

    private static bool HasFunction(BpfProgram program, string name) =>
        program.Btf is { } types && types.Find(name, BtfKind.Func) is > 0 and int id && program.FuncInfos.Any(f => f.TypeId == id);

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
