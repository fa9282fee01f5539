using BpfVerifier.Facts;

namespace BpfVerifier.Oracle;

/// <summary>A way to load a program of some type: what <c>abi.json</c> says of it can be compared with the kernel's answer.</summary>
/// <param name="Type">Program type.</param>
/// <param name="Attach">Expected attach type without <c>BPF_</c>; null is number 0.</param>
/// <param name="Sleepable">Loaded with BPF_F_SLEEPABLE.</param>
internal sealed record LoadState(string Type, string? Attach, bool Sleepable)
{
    private const uint SleepableFlag = 1 << 4;

    // What a load turns attach type 0 into.
    private static readonly Dictionary<string, string> s_instead = new(StringComparer.Ordinal)
    {
        ["CGROUP_SOCK"] = "CGROUP_INET_SOCK_CREATE", ["SK_REUSEPORT"] = "SK_REUSEPORT_SELECT",
    };

    // Something of every kernel to attach to, for types that need it.
    private static readonly Dictionary<string, string> s_targets = new(StringComparer.Ordinal)
    {
        ["TRACING TRACE_RAW_TP"] = "typedef:btf_trace_sched_switch", ["TRACING TRACE_FENTRY"] = "func:vfs_read", ["TRACING TRACE_FEXIT"] = "func:vfs_read",
        ["TRACING MODIFY_RETURN"] = "func:security_file_open", ["LSM LSM_MAC"] = "func:bpf_lsm_file_open",
    };

    /// <summary>Every state of a type, of a release whose types are known, whose answers <c>abi.json</c> tells: each attach type not sleeping, and attach type 0 sleeping.</summary>
    public static IEnumerable<LoadState> Of(AbiDocument abi, string type)
    {
        foreach (string attach in AttachTypes(abi).Skip(1))
            yield return new LoadState(type, attach, false);
        yield return new LoadState(type, null, false);
        yield return new LoadState(type, null, true);
    }

    /// <summary>Lines of a load script for this state.</summary>
    public string Case(AbiDocument abi, string name, string instructions)
    {
        long attach = Attach is null ? 0 : (long)abi.Enums["bpf_attach_type"].Values["BPF_" + Attach];
        string target = s_targets.TryGetValue($"{Type} {Attach}", out string? known) ? $" attach={known}" : "";
        return $"case {name}\nprog type={abi.ProgramTypes![Type].Id} attach_type={attach} flags={(Sleepable ? SleepableFlag : 0)} license=GPL{target}\ninsns {instructions}\nend\n";
    }

    /// <summary>Helpers the file says such a program may call; null where it does not know.</summary>
    public HashSet<string>? Helpers(AbiDocument abi)
    {
        if (abi.ProgramTypes![Type].Helpers is not { } offered)
            return null;
        var helpers = new HashSet<string>(offered.Keys, StringComparer.Ordinal);
        foreach (ProgramTypeVariation variation in Variations(abi))
        {
            if (variation.Helpers is null)
                return null;
            foreach ((string helper, string? proto) in variation.Helpers)
            {
                if (proto is null)
                    helpers.Remove(helper);
                else
                    helpers.Add(helper);
            }
        }
        return helpers;
    }

    /// <summary>Context accesses the file says such a program may make; null where the kernel's types decide.</summary>
    public HashSet<(char, int, int)>? Context(AbiDocument abi)
    {
        List<ContextRun>? runs = Variations(abi).Select(v => v.Ctx).FirstOrDefault(c => c is not null) ?? abi.ProgramTypes![Type].Ctx;
        return runs is null ? null : [.. ContextRuns.Unfold(runs).Select(a => (a.Access, a.Offset, a.Size))];
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Type}{(Attach is null ? "" : "/" + Attach)}{(Sleepable ? "/sleepable" : "")}";

    private IEnumerable<ProgramTypeVariation> Variations(AbiDocument abi)
    {
        string? attach = Attach ?? s_instead.GetValueOrDefault(Type);
        return (abi.ProgramTypes![Type].Varies ?? []).Where(v => attach is not null && v.When.Contains("attach " + attach) || Sleepable && v.When.Contains("sleepable"));
    }

    private static IEnumerable<string> AttachTypes(AbiDocument abi) =>
        abi.Enums["bpf_attach_type"].Values.Where(v => !v.Key.StartsWith("__", StringComparison.Ordinal)).OrderBy(v => v.Value).Select(v => v.Key["BPF_".Length..]);
}
