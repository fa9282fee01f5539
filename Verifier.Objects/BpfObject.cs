using BpfVerifier.Btf;
using BpfVerifier.Objects.Elf;
using BpfVerifier.Objects.Maps;
using BpfVerifier.Objects.Programs;
using BpfVerifier.Objects.Requirements;
using BpfVerifier.Objects.Sections;

namespace BpfVerifier.Objects;

/// <summary>An entry program of an object.</summary>
/// <param name="Name">Name of its function.</param>
/// <param name="SectionName">Its section, without a leading question mark.</param>
/// <param name="Type">Program type the section's name stands for; <see cref="ProgramType.Unspec"/> when libbpf does not know the name.</param>
/// <param name="ExpectedAttachType">The <c>expected_attach_type</c> that goes with it.</param>
/// <param name="AttachTarget">What stands after the slash, null when nothing does.</param>
/// <param name="AutoLoad">False when the section's name begins with a question mark: libbpf loads it only when told to.</param>
public sealed record ObjectProgram(string Name, string SectionName, ProgramType Type, AttachType ExpectedAttachType, string? AttachTarget, bool AutoLoad)
{
    /// <summary>The section's name says that the program may sleep.</summary>
    public bool IsSleepable => SectionRule.Find(SectionName)?.Flags.HasFlag(SectionFlags.Sleepable) == true;
}

/// <summary>A map of an object, as declared.</summary>
/// <param name="Name">Name.</param>
/// <param name="Type">Kind of map.</param>
/// <param name="KeySize">Bytes in a key.</param>
/// <param name="ValueSize">Bytes in a value.</param>
/// <param name="MaxEntries">Entries; 0 where the loader decides.</param>
/// <param name="Flags"><c>BPF_F_*</c> creation flags.</param>
public sealed record ObjectMap(string Name, MapType Type, uint KeySize, uint ValueSize, uint MaxEntries, uint Flags);

/// <summary>A BPF object file as clang writes it, opened as libbpf 1.7 opens it.</summary>
/// <remarks>Nothing throws for bad input: see <see cref="Failure"/>. An opened object never changes; programs may be prepared from any number of threads.</remarks>
public sealed class BpfObject
{
    // Larger files are not BPF objects; the bound keeps offsets in 32 bits.
    private const long MaxFile = 1 << 30;

    // No kernel takes a chain of this length.
    private const int LongestAttachChain = 8;

    private readonly ObjectImage? _image;
    private readonly ObjectOptions _options;
    private readonly Lazy<IReadOnlyList<ObjectRequirement>> _requirements;

    private BpfObject(string name, ObjectImage? image, ObjectFailure? failure, ObjectOptions options)
    {
        Name = name;
        _image = image;
        _options = options;
        Failure = failure;
        Programs = image is null
            ? []
            : [.. image.Functions.Where(f => !f.IsSubprogram).Select(f =>
                new ObjectProgram(f.Name, f.SectionName, f.Type, f.AttachType, AttachTarget.NameIn(f.SectionName), f.AutoLoad))];
        Maps = image is null
            ? []
            : [.. image.Maps.Select(m => new ObjectMap(m.Name, m.Type, m.KeySize, m.ValueSize, m.MaxEntries, m.Flags))];
        _requirements = new Lazy<IReadOnlyList<ObjectRequirement>>(() => image is null ? [] : RequirementReader.Read(image, Programs, Maps));
    }

    /// <summary>File name as given.</summary>
    public string Name { get; }

    /// <summary>Why the object cannot be opened, null when it could. None of its programs can be prepared then.</summary>
    public ObjectFailure? Failure { get; }

    /// <summary>Entry programs in the order of their sections; also those found before a failure.</summary>
    public IReadOnlyList<ObjectProgram> Programs { get; }

    /// <summary>Maps in libbpf's order: declared ones, data sections, configuration variables, struct_ops.</summary>
    public IReadOnlyList<ObjectMap> Maps { get; }

    /// <summary>What the object asks of a kernel, found in its code when it is first asked for: programs, maps, struct_ops, helpers, symbols, configuration, CO-RE.</summary>
    public IReadOnlyList<ObjectRequirement> Requirements => _requirements.Value;

    /// <summary>License string, empty when there is none.</summary>
    public string License => _image?.License ?? "";

    /// <summary>The object's types with libbpf's completions, null when it has none.</summary>
    public BtfTypes? Btf => _image?.Btf;

    /// <summary>libbpf's warnings while opening that stop nothing.</summary>
    public IReadOnlyList<string> Warnings => _image?.Warnings ?? [];

    /// <summary>Opens a file.</summary>
    public static BpfObject Open(string path, ObjectOptions? options = null)
    {
        try
        {
            var info = new FileInfo(path);
            if (Directory.Exists(path))
                return Unreadable(path, Errno.EINVAL, $"elf: failed to open {path} as ELF file: it is a directory", options);
            if (!info.Exists)
                return Unreadable(path, Errno.ENOENT, $"elf: failed to open {path}: -ENOENT", options);
            if (info.Length > MaxFile)
                return Unreadable(path, Errno.EINVAL, $"elf: failed to open {path} as ELF file: it is larger than 1 GiB", options);
            return Open(File.ReadAllBytes(path), path, options);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return Unreadable(path, e is UnauthorizedAccessException ? Errno.EACCES : Errno.EINVAL, $"elf: failed to open {path}: {e.Message}", options);
        }
    }

    /// <summary>Opens an object in memory. <paramref name="name"/> stands for its file name, from which data maps take theirs.</summary>
    public static BpfObject Open(ReadOnlyMemory<byte> data, string name, ObjectOptions? options = null)
    {
        options ??= ObjectOptions.Default;
        if (data.Length == 0)
            return Unreadable(name, LibbpfErrno.Format, $"elf: '{name}' is not a proper ELF object: it is empty", options);
        if (ElfFile.TryOpen(data, name, out ObjectFailure failure) is not { } elf)
            return new BpfObject(name, null, failure, options);
        var image = new ObjectImage(name, elf);
        return new BpfObject(name, image, ObjectReader.Read(image, options), options);
    }

    private static BpfObject Unreadable(string name, Errno errno, string message, ObjectOptions? options) =>
        new(name, null, new ObjectFailure(Verdict.Unreadable, errno, message), options ?? ObjectOptions.Default);

    /// <summary>
    /// Prepares a program for a profile's kernel; see <see cref="Prepare(string, BtfTypes, KernelRelease, ObjectOptions?)"/>.
    /// Untyped ksyms get the addresses of the profile's symbols unless the options bring a table; the number of CPUs is the profile's unless they bring one.
    /// </summary>
    public PrepareResult Prepare(string programName, KernelProfile profile, ObjectOptions? options = null)
    {
        options ??= _options;
        options = options with { CpuCount = options.CpuCount ?? profile.PossibleCpus };
        if (options.KernelSymbols is null && profile.Symbols is { } symbols)
            options = options with { KernelSymbols = name => symbols.TryGetAddress(name, out ulong address) ? address : null };
        return Prepare(programName, profile.Types, profile.Release, options);
    }

    /// <summary>Does what libbpf does to load that one program into a kernel, up to the call of BPF_PROG_LOAD.</summary>
    /// <param name="programName">An entry program's name.</param>
    /// <param name="kernelTypes">The kernel's types (<c>/sys/kernel/btf/vmlinux</c>).</param>
    /// <param name="release">The kernel's release, with patch level where it matters.</param>
    /// <param name="options">Other options than the object was opened with.</param>
    public PrepareResult Prepare(string programName, BtfTypes kernelTypes, KernelRelease release, ObjectOptions? options = null)
    {
        if (Failure is not null || _image is null)
            return new PrepareResult(Failure!, Warnings);
        if (_image.FindProgram(programName) is not { } program)
            return new PrepareResult(ObjectFailure.LoadFailed(Errno.ENOENT, $"object '{_image.Name}' has no program '{programName}'"), Warnings);
        return Preparation.Prepare(_image, program, kernelTypes, release, options ?? _options);
    }

    /// <summary>Prepares a program that another one attaches to, opened its own way, for the same kernel and machine.</summary>
    internal PrepareResult PrepareTarget(string programName, BtfTypes kernelTypes, KernelRelease release, ObjectOptions attaching)
    {
        int chain = 1;
        for (BpfObject? next = _options.AttachObject; next is not null; next = next._options.AttachObject)
            if (++chain > LongestAttachChain)
                return new PrepareResult(ObjectFailure.LoadFailed(Errno.EINVAL, $"more than {LongestAttachChain} objects attach to one another"), Warnings);
        return Prepare(programName, kernelTypes, release, _options with { CpuCount = attaching.CpuCount, Kconfig = attaching.Kconfig, KernelSymbols = attaching.KernelSymbols });
    }
}
