using System.Globalization;
using BpfVerifier.Btf;

namespace BpfVerifier.Live;

/// <summary>The kernel this process runs on, as far as an ordinary process can read it.</summary>
public sealed class RunningKernel
{
    private RunningKernel(string name, KernelProfile profile, string? kconfig, IReadOnlyList<string> notices)
    {
        Name = name;
        Profile = profile;
        Kconfig = kconfig;
        Notices = notices;
    }

    /// <summary>The kernel's own name of its release, as <c>uname -r</c> prints it.</summary>
    public string Name { get; }

    /// <summary>Release, types, symbols, the process's capabilities, the machine's possible CPUs and gates. Prepare objects for this profile.</summary>
    public KernelProfile Profile { get; }

    /// <summary>The kernel's configuration, null when it is not to be had.</summary>
    public string? Kconfig { get; }

    /// <summary>What could not be read and what follows from it.</summary>
    public IReadOnlyList<string> Notices { get; }

    /// <summary>Reads /proc, /sys and /boot.</summary>
    /// <param name="kernel">The kernel, null when there is a problem.</param>
    /// <param name="root">Where to find those folders.</param>
    /// <returns>Null, or why the running kernel cannot be described.</returns>
    public static string? Read(out RunningKernel? kernel, string root = "/")
    {
        kernel = null;
        if (root == "/" && !OperatingSystem.IsLinux())
            return "this machine does not run Linux";
        string name = KernelFolders.Text(root, KernelFolders.OsRelease).Trim();
        if (!KernelVersionText.TryParse(name, KernelFolders.Text(root, KernelFolders.Version), KernelFolders.Text(root, KernelFolders.Signature), out KernelRelease release))
            return $"cannot tell the running kernel's release from '{name}' (/proc/sys/kernel/osrelease)";
        if (KernelFolders.Bytes(root, KernelFolders.Types) is not { Length: > 0 } data)
            return $"the running kernel {name} does not show its types (/{KernelFolders.Types}): it was built without CONFIG_DEBUG_INFO_BTF";
        if (!BtfTypes.TryParse(data, null, out BtfTypes? types, out string error))
            return $"the running kernel's types (/{KernelFolders.Types}) cannot be read: {error}";

        var notices = new List<string>();
        KernelSymbols? symbols = Kallsyms.Read(KernelFolders.Text(root, KernelFolders.Kallsyms));
        if (symbols is null)
            notices.Add("/proc/kallsyms shows no addresses to this process: symbols are taken as unknown");
        string? kconfig = Configuration(root, name);
        LoaderCapabilities capabilities = Capabilities(KernelFolders.Text(root, "proc/self/status"), KernelFolders.Text(root, "proc/self/uid_map"), notices);
        kernel = new RunningKernel(
            name,
            new KernelProfile
            {
                Release = release,
                Types = types,
                Symbols = symbols,
                Capabilities = capabilities,
                PossibleCpus = CountCpus(KernelFolders.Text(root, "sys/devices/system/cpu/possible")),
                Gates = Gates(KernelFolders.Text(root, "proc/sys/net/core/bpf_jit_enable").Trim(), kconfig),
            },
            kconfig,
            notices);
        return null;
    }

    /// <summary>The release assembly to answer for this kernel: its own, else the newest older one, else the oldest.</summary>
    /// <param name="available">Releases that can be loaded.</param>
    /// <param name="notice">What to tell the user when it is not its own; empty when it is.</param>
    /// <returns>The release, null when none is available.</returns>
    public KernelRelease? Nearest(IReadOnlyCollection<KernelRelease> available, out string notice)
    {
        notice = "";
        KernelRelease own = Profile.Release.Branch;
        if (available.Count == 0)
            return null;
        if (available.Contains(own))
            return own;
        KernelRelease nearest = available.Any(r => r < own) ? available.Where(r => r < own).Max() : available.Min();
        notice = $"no verifier for Linux {own} is at hand: {nearest} answers in its place, with the running kernel's types";
        return nearest;
    }

    /// <summary>The profile to verify with: <see cref="Profile"/>, with the verifier's release where it stands in for another.</summary>
    public KernelProfile ProfileFor(IVerifier verifier)
    {
        ArgumentNullException.ThrowIfNull(verifier);
        return verifier.Release.Branch == Profile.Release.Branch ? Profile : Profile with { Release = verifier.Release };
    }

    /// <summary>Capabilities count for bpf() only in the first user namespace.</summary>
    private static LoaderCapabilities Capabilities(string status, string uidMap, List<string> notices)
    {
        string? line = status.Split('\n').FirstOrDefault(l => l.StartsWith("CapEff:", StringComparison.Ordinal));
        if (line is null || !ulong.TryParse(line.AsSpan("CapEff:".Length).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong mask))
        {
            notices.Add("/proc/self/status names no capabilities: none are assumed");
            return LoaderCapabilities.None;
        }
        LoaderCapabilities capabilities = ProcessCapabilities.FromMask(mask);
        string[] map = uidMap.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (capabilities == LoaderCapabilities.None || map is [] or ["0", "0", "4294967295"])
            return capabilities;
        notices.Add("this process is in a user namespace of its own, where its capabilities do not count for bpf()");
        return LoaderCapabilities.None;
    }

    /// <summary>What the machine tells of gates. What its compiler to machine code can do, no file says: there the release's own image answers.</summary>
    private static Dictionary<KernelGate, bool> Gates(string jit, string? kconfig)
    {
        var gates = new Dictionary<KernelGate, bool>();
        if (jit.Length > 0)
            gates[KernelGate.Jit] = jit != "0";
        if (kconfig is not null)
            gates[KernelGate.PreemptRt] = kconfig.Split('\n').Contains("CONFIG_PREEMPT_RT=y");
        return gates;
    }

    /// <summary>CPUs in a list such as 0-3,8; 1 when there is none to read.</summary>
    private static int CountCpus(string list)
    {
        int count = 0;
        foreach (string part in list.Trim().Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] ends = part.Split('-');
            if (!int.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out int first)
                || !int.TryParse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture, out int last) || last < first || last > 1 << 16)
                return 1;
            count += last - first + 1;
        }
        return Math.Max(count, 1);
    }

    private static string? Configuration(string root, string name) =>
        KernelFolders.ConfigurationFile(root, name) is { } file && KernelFolders.Bytes(root, file) is { Length: > 0 } data ? KernelFolders.ConfigurationText(data) : null;
}
