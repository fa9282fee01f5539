namespace BpfVerifier.HeaderIngest.Image;

/// <summary>Names of the flags of kfuncs (<c>KF_…</c>). They are macros, which neither BTF nor the image names; what they are called here is compared
/// with the headers of every release that has some. No bit has had two meanings so far.</summary>
public static class KfuncFlags
{
    private static readonly string[] s_names =
    [
        "ACQUIRE", "RELEASE", "RET_NULL", "KPTR_GET", "TRUSTED_ARGS", "SLEEPABLE", "DESTRUCTIVE", "RCU", "ITER_NEW", "ITER_NEXT", "ITER_DESTROY",
        "RCU_PROTECTED", "FASTCALL", "ARENA_RET", "ARENA_ARG1", "ARENA_ARG2", "IMPLICIT_ARGS", "SPINLOCK_SAFE", "PERFMON",
    ];

    /// <summary>What the macros' names begin with.</summary>
    public const string Prefix = "KF_";

    /// <summary>Every flag by its macro's name.</summary>
    public static IReadOnlyDictionary<string, uint> All { get; } = s_names.Select((name, bit) => (Name: Prefix + name, Value: 1u << bit)).ToDictionary(f => f.Name, f => f.Value, StringComparer.Ordinal);

    /// <summary>Names without <c>KF_</c>, lowest bit first.</summary>
    /// <exception cref="IngestException">A bit has no name.</exception>
    public static List<string> Names(uint flags, string kfunc)
    {
        var names = new List<string>();
        for (int bit = 0; bit < 32; bit++)
        {
            if ((flags >> bit & 1) != 0)
                names.Add(bit < s_names.Length ? s_names[bit] : throw new IngestException($"kfunc {kfunc} has flag bit {bit}, which no known release gives a name"));
        }
        return names;
    }
}
