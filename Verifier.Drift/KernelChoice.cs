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
        if (!host.TryGet(selector.Release, out IVerifier? verifier))
            throw new InvalidDataException($"kernel {selector.Name} is not at hand");
        KernelProfile profile = verifier.DefaultProfile with { Flavor = selector.Flavor };
        if (selector.Release.Patch is not null)
            profile = profile with { Release = selector.Release };
        return KernelView.Of(verifier, selector.Name, profile);
    }
}
