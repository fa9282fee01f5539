namespace BpfVerifier.Live;

/// <summary>Capabilities of processes: their names, and the mask the kernel prints.</summary>
internal static class ProcessCapabilities
{
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
