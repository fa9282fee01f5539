using BpfVerifier.Generator.Input;
using BpfVerifier.Generator.Model;

namespace BpfVerifier.Facts;

/// <summary>What a release's facts say to a program of a certain type.</summary>
public static class ProgramRules
{
    /// <summary>Prefix of the enumerators of <c>enum bpf_attach_type</c>.</summary>
    public const string AttachPrefix = "BPF_";
    private const string AttachEnum = "bpf_attach_type";

    /// <summary>Name of the program type with that number, null when the release has none.</summary>
    public static string? ProgramType(this AbiDocument release, int id) => Named(release, "bpf_prog_type", "BPF_PROG_TYPE_", id);

    /// <summary>Name of the attach type with that number without <c>BPF_</c>, null when the release has none.</summary>
    public static string? AttachType(this AbiDocument release, int number) => Named(release, AttachEnum, AttachPrefix, number);

    /// <summary>Name of the map type with that number without prefix, null when the release has none.</summary>
    public static string? MapType(this AbiDocument release, int number) => Named(release, "bpf_map_type", "BPF_MAP_TYPE_", number);

    private static string? Named(AbiDocument release, string type, string prefix, int number)
    {
        foreach ((string name, Int128 value) in release.Enums[type].Values)
        {
            // Ends of a list are called __MAX_….
            if (value == number && name.StartsWith(prefix, StringComparison.Ordinal))
                return name[prefix.Length..];
        }
        return null;
    }

    /// <summary>The prototype a helper has for a program, loaded with all capabilities.</summary>
    /// <param name="release">The release.</param>
    /// <param name="programType">Name of the type; one the release has.</param>
    /// <param name="attachType">Name of the expected attach type, null for 0.</param>
    /// <param name="sleepable">The program may sleep.</param>
    /// <param name="helper">The helper's name without <c>bpf_</c>.</param>
    /// <param name="proto">Name of its prototype; null where the program may not call it.</param>
    /// <returns>False where the facts do not decide (EXT, STRUCT_OPS, a condition nobody could evaluate, a kernel whose image nobody read).</returns>
    public static bool TryHelper(this AbiDocument release, string programType, string? attachType, bool sleepable, string helper, out string? proto)
    {
        proto = null;
        if (release.ProgramTypes?[programType] is not { Helpers: not null } info)
            return false;
        proto = info.Helpers.GetValueOrDefault(helper);
        foreach (ProgramTypeVariation variation in info.Varies ?? [])
        {
            bool applies = attachType is not null && variation.When.Contains("attach " + attachType) || sleepable && variation.When.Contains("sleepable");
            if (!applies)
                continue;
            if (variation.Helpers is null)
                return false;
            if (variation.Helpers.TryGetValue(helper, out string? other))
                proto = other;
        }
        return true;
    }

    /// <summary>Flags (without <c>KF_</c>) of a kfunc for a program type; null where the type may not call it, or the release's kfuncs are not known. Filters of sets
    /// are not asked.</summary>
    public static IReadOnlyList<string>? KfuncFlags(this AbiDocument release, string programType, string kfunc)
    {
        string hook = ReleaseNumber.TryParse(release.Release, out ReleaseNumber number) ? KfuncHooks.Of(programType, number) : programType;
        foreach (string type in (string[])["UNSPEC", hook])
        {
            foreach (KfuncSet set in release.Kfuncs?.GetValueOrDefault(type) ?? [])
            {
                if (set.Kfuncs.TryGetValue(kfunc, out List<string>? flags))
                    return flags;
            }
        }
        return null;
    }
}
