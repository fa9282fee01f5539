namespace BpfVerifier.Host;

/// <summary>A build that was unloaded or replaced, on its way out of memory.</summary>
public sealed class RetiredBuild
{
    private readonly LoadedBuild _build;

    internal RetiredBuild(LoadedBuild build) => _build = build;

    /// <summary>Which build it is.</summary>
    public VerifierIdentity Identity => _build.Identity;

    /// <summary>Verifications and leases that still use it.</summary>
    public int Users => _build.Users;

    /// <summary>
    /// True when nothing of it is in memory any more, which takes a garbage collection after the last user has left. A
    /// <see cref="KernelProfile"/> of it whose symbols were never read keeps it.
    /// </summary>
    public bool IsCollected => _build.IsCollected;
}
