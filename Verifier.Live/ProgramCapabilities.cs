namespace BpfVerifier.Live;

/// <summary>What a process needs to load a program of a kind; CAP_SYS_ADMIN stands for each.</summary>
internal static class ProgramCapabilities
{
    private const LoaderCapabilities Networking = LoaderCapabilities.Bpf | LoaderCapabilities.NetAdmin, Tracing = LoaderCapabilities.Bpf | LoaderCapabilities.PerfMon;

    public static LoaderCapabilities Needed(ProgramType type) => type switch
    {
        ProgramType.Kprobe or ProgramType.Tracepoint or ProgramType.PerfEvent or ProgramType.RawTracepoint
            or ProgramType.RawTracepointWritable or ProgramType.Tracing or ProgramType.Lsm or ProgramType.StructOps => Tracing,
        // What replaces a program may replace any kind of one.
        ProgramType.Ext => Tracing | Networking,
        ProgramType.SocketFilter or ProgramType.CgroupSkb or ProgramType.SkReusePort or ProgramType.SkLookup or ProgramType.Syscall => LoaderCapabilities.Bpf,
        _ => Networking,
    };

    public static string Names(LoaderCapabilities capabilities) => string.Join(" and ",
        new[] { (LoaderCapabilities.Bpf, "CAP_BPF"), (LoaderCapabilities.PerfMon, "CAP_PERFMON"), (LoaderCapabilities.NetAdmin, "CAP_NET_ADMIN") }
            .Where(c => capabilities.HasFlag(c.Item1)).Select(c => c.Item2));

    /// <summary>The capabilities of a process, from the mask in its status file.</summary>
    public static LoaderCapabilities FromMask(ulong effective)
    {
        const int NetAdmin = 12, SysAdmin = 21, PerfMon = 38, Bpf = 39;
        if (Has(SysAdmin))
            return LoaderCapabilities.Root;
        return (Has(Bpf) ? LoaderCapabilities.Bpf : 0) | (Has(PerfMon) ? LoaderCapabilities.PerfMon : 0) | (Has(NetAdmin) ? LoaderCapabilities.NetAdmin : 0);

        bool Has(int bit) => (effective >> bit & 1) != 0;
    }
}
