using BpfVerifier.Host;

namespace BpfVerifier.Drift;

/// <summary>Kernels to compare with, out of those a host can load.</summary>
public static class KernelChoice
{
    /// <summary>The kernel a user named.</summary>
    /// <param name="host">Holds its release.</param>
    /// <param name="selector">The kernel, one that <see cref="KernelSelector.Parse"/> found available.</param>
    /// <exception cref="InvalidDataException">The release's assembly carries no facts.</exception>
    public static KernelView View(VerifierHost host, KernelSelector selector)
    {
        ArgumentNullException.ThrowIfNull(host);
        LoadResult loaded = host.Load(selector.Release);
        if (loaded.Verifier is not { } verifier || host.TryAcquire(selector.Release, out VerifierLease? lease) is not null)
            throw new InvalidDataException($"kernel {selector.Name}: {loaded.Refusal?.Message}");
        using VerifierLease held = lease!;
        KernelProfile profile = verifier.DefaultProfile with { Flavor = selector.Flavor };
        if (selector.Release.Patch is not null)
            profile = profile with { Release = selector.Release };
        // The assembly is behind the lease; what verifies is the host's own, which holds on to nothing.
        return new KernelView(selector.Name, KernelView.ReadFacts(held.Verifier, selector.Name), verifier, profile);
    }
}
