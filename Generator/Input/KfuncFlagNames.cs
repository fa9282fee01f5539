namespace BpfVerifier.Generator.Input;

/// <summary>The flags kfuncs are registered with (<c>KF_*</c>), over all releases; the runtime's <c>KfuncFlags</c> has the same in Pascal case.</summary>
internal static class KfuncFlagNames
{
    public static HashSet<string> Known { get; } = new(StringComparer.Ordinal)
    {
        "ACQUIRE", "RELEASE", "RET_NULL", "KPTR_GET", "TRUSTED_ARGS", "SLEEPABLE", "DESTRUCTIVE", "RCU",
        "ITER_NEW", "ITER_NEXT", "ITER_DESTROY", "RCU_PROTECTED", "FASTCALL", "ARENA_RET", "ARENA_ARG1", "ARENA_ARG2", "IMPLICIT_ARGS",
        "SPINLOCK_SAFE", "PERFMON",
    };
}
