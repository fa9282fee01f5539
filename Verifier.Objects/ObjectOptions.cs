namespace BpfVerifier.Objects;

/// <summary>How an object is opened and prepared; the defaults are libbpf's.</summary>
public sealed record ObjectOptions
{
    /// <summary>libbpf's defaults.</summary>
    public static ObjectOptions Default { get; } = new();

    /// <summary>As veristat and the command line tool open objects: unknown attributes of maps are ignored and sizes left to the program are filled in.</summary>
    public static ObjectOptions Veristat { get; } = new() { RelaxedMaps = true, FillMaxEntries = true };

    /// <summary>Ignore unknown attributes of maps in <c>.maps</c>; otherwise they make the object unloadable.</summary>
    public bool RelaxedMaps { get; init; }

    /// <summary>Possible CPUs of the machine: the size of perf event arrays that give none. Null: those of the profile a program is prepared for, 1 without a profile.</summary>
    public int? CpuCount { get; init; }

    /// <summary>
    /// Give maps that declare no size one entry (a ring buffer one page), as programs do that set the size before they load
    /// the object, and as veristat does; otherwise the kernel refuses most of them.
    /// </summary>
    public bool FillMaxEntries { get; init; }

    /// <summary>Text of the kernel's configuration (<c>CONFIG_X=y</c> lines) for variables in <c>.kconfig</c>; null when it is not known, which fails as libbpf does without /proc/config.gz.</summary>
    public string? Kconfig { get; init; }

    /// <summary>Address of a kernel symbol as in /proc/kallsyms, or null when there is no such symbol; needed for untyped ksyms. Null: no table is at hand.</summary>
    public Func<string, ulong?>? KernelSymbols { get; init; }

    /// <summary>
    /// The program whose functions freplace programs replace, and fentry, fexit and fmod_ret programs attach to where it has one of that
    /// name; prepared for the same kernel. Other programs, and functions it does not have, stay with the kernel.
    /// </summary>
    public BpfProgram? AttachProgram { get; init; }

    /// <summary>
    /// An object one of whose programs is meant by <see cref="AttachProgram"/>: it is prepared for whichever kernel the attaching
    /// program is prepared for.
    /// </summary>
    public BpfObject? AttachObject { get; init; }

    /// <summary>Which program of <see cref="AttachObject"/>; null for the first that has the function attached to.</summary>
    public string? AttachObjectProgram { get; init; }

    /// <summary>Name of the attach target, in place of what the section name says.</summary>
    public string? AttachTarget { get; init; }
}
