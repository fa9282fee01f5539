namespace BpfVerifier;

/// <summary>What a process needs to load a program of a kind; CAP_SYS_ADMIN stands for each.</summary>
public static class ProgramCapabilities
{
    private const LoaderCapabilities Networking = LoaderCapabilities.Bpf | LoaderCapabilities.NetAdmin, Tracing = LoaderCapabilities.Bpf | LoaderCapabilities.PerfMon;

    /// <summary>Capabilities for a program type where unprivileged processes may not load programs at all.</summary>
    public static LoaderCapabilities Needed(ProgramType type) => type switch
    {
        ProgramType.Kprobe or ProgramType.Tracepoint or ProgramType.PerfEvent or ProgramType.RawTracepoint
            or ProgramType.RawTracepointWritable or ProgramType.Tracing or ProgramType.Lsm or ProgramType.StructOps => Tracing,
        // What replaces a program may replace any kind of one.
        ProgramType.Ext => Tracing | Networking,
        ProgramType.SocketFilter or ProgramType.CgroupSkb or ProgramType.SkReusePort or ProgramType.SkLookup or ProgramType.Syscall => LoaderCapabilities.Bpf,
        _ => Networking,
    };

    /// <summary>Capabilities without which a program type is refused even where unprivileged processes may load programs.</summary>
    public static LoaderCapabilities AlwaysNeeded(ProgramType type) =>
        type is ProgramType.SocketFilter or ProgramType.CgroupSkb ? LoaderCapabilities.None : Needed(type);

    /// <summary>True when a process with these capabilities may load programs of that type where unprivileged processes may load any.</summary>
    public static bool Suffice(LoaderCapabilities capabilities, ProgramType type) =>
        (capabilities & LoaderCapabilities.SysAdmin) != 0 || (AlwaysNeeded(type) & ~capabilities) == LoaderCapabilities.None;
}
