using BpfVerifier.Generator.Model;

namespace BpfVerifier.Generator.Input;

/// <summary>
/// Program types that share a registration hook: what is registered for one may be called by all. Neither BTF nor image
/// tables tell which do, so the groups and the release a type joined its group with stand here. Where the first release
/// is not known more closely it is the first one looked at that has it.
/// </summary>
internal static class KfuncHooks
{
    private static readonly ReleaseNumber s_always = default;

    private static readonly (string Type, string Hook, ReleaseNumber Since)[] s_members =
    [
        ("LSM", "TRACING", s_always),
        ("TRACEPOINT", "TRACING", new(6, 12)),
        ("PERF_EVENT", "TRACING", new(6, 12)),
        ("RAW_TRACEPOINT", "TRACING", new(7, 0)),
        ("CGROUP_SOCK", "CGROUP_SKB", new(6, 12)),
        ("CGROUP_DEVICE", "CGROUP_SKB", new(6, 12)),
        ("CGROUP_SOCK_ADDR", "CGROUP_SKB", new(6, 12)),
        ("CGROUP_SOCKOPT", "CGROUP_SKB", new(6, 12)),
        ("CGROUP_SYSCTL", "CGROUP_SKB", new(6, 12)),
        ("SOCK_OPS", "CGROUP_SKB", new(6, 18)),
        ("LWT_IN", "LWT_OUT", s_always),
        ("LWT_XMIT", "LWT_OUT", s_always),
        ("LWT_SEG6LOCAL", "LWT_OUT", s_always),
    ];

    /// <summary>The type whose name stands for the hook of <paramref name="type"/>; itself if it shares none.</summary>
    public static string Of(string type, ReleaseNumber release)
    {
        foreach ((string member, string hook, ReleaseNumber since) in s_members)
        {
            if (member == type && since.CompareTo(release) <= 0)
                return hook;
        }
        return type;
    }
}
