using System.Collections.ObjectModel;
using BpfVerifier.Btf;

namespace BpfVerifier;

/// <summary>Which later verifier changes a release answers with.</summary>
public enum KernelFlavor
{
    /// <summary>As the shipped kernel does.</summary>
    Stock,
    /// <summary>With every later verifier change whose symbols this release has.</summary>
    Modular,
}

/// <summary>What the loading process may do; the kernel's capability checks reduced to what the verifier asks.</summary>
[Flags]
public enum LoaderCapabilities
{
    /// <summary>An unprivileged process.</summary>
    None = 0,
    /// <summary>CAP_BPF.</summary>
    Bpf = 1,
    /// <summary>CAP_PERFMON: pointer leaks, no Spectre sanitation, loops.</summary>
    PerfMon = 2,
    /// <summary>CAP_NET_ADMIN.</summary>
    NetAdmin = 4,
    /// <summary>CAP_SYS_ADMIN.</summary>
    SysAdmin = 8,
    /// <summary>What root has.</summary>
    Root = Bpf | PerfMon | NetAdmin | SysAdmin,
}

/// <summary>The kernel a verification answers for.</summary>
public sealed record KernelProfile
{
    /// <summary>Release with patch level, for instance 6.12.117.</summary>
    public required KernelRelease Release { get; init; }
    /// <summary>Stock or modular.</summary>
    public KernelFlavor Flavor { get; init; }
    /// <summary>The kernel's own types (<c>/sys/kernel/btf/vmlinux</c>).</summary>
    public required BtfTypes Types { get; init; }
    /// <summary>The kernel's symbols; null when they are not known.</summary>
    public KernelSymbols? Symbols { get; init; }
    /// <summary>Capabilities of the loading process.</summary>
    public LoaderCapabilities Capabilities { get; init; } = LoaderCapabilities.Root;
    /// <summary>CPUs the machine can have (<c>/sys/devices/system/cpu/possible</c>), at least 1; bounds what <c>bpf_get_smp_processor_id</c> returns.</summary>
    public int PossibleCpus { get; init; } = 1;
    /// <summary>Gates that are known to be open (true) or closed on this kernel; the others are as in the image the release's facts were read from.</summary>
    public IReadOnlyDictionary<KernelGate, bool> Gates { get; init; } = ReadOnlyDictionary<KernelGate, bool>.Empty;
}
