using BpfVerifier.Host;

namespace BpfVerifier.Cli.Backports;

/// <summary>The ledger as a release's modular flavour sees it.</summary>
/// <param name="Release">The release, with patch level.</param>
/// <param name="Changes">Every change, ordered by name.</param>
internal sealed record ReleaseChanges(KernelRelease Release, IReadOnlyList<VerifierChange> Changes)
{
    /// <summary>Asks releases.</summary>
    /// <param name="host">Those at hand.</param>
    /// <param name="names">Releases as the command line names them.</param>
    /// <param name="releases">The answers, in that order.</param>
    /// <returns>Null, or why they cannot be asked.</returns>
    public static string? Read(VerifierHost host, string names, out IReadOnlyList<ReleaseChanges> releases)
    {
        var answers = new List<ReleaseChanges>();
        releases = answers;
        if (KernelSelector.Parse(names, host.Releases, out IReadOnlyList<KernelSelector> kernels) is { } mistake)
            return mistake;
        foreach (KernelSelector kernel in kernels)
        {
            LoadResult loaded = host.Load(kernel.Release);
            if (loaded.Verifier is not { } verifier)
                return loaded.Refusal?.Message ?? $"{kernel.Release} cannot be loaded";
            KernelProfile profile = verifier.DefaultProfile with { Flavor = KernelFlavor.Modular };
            if (kernel.Release.Patch is not null)
                profile = profile with { Release = kernel.Release };
            answers.Add(new ReleaseChanges(profile.Release, verifier.GetChanges(profile)));
        }
        return null;
    }

    public int Count(ChangeState state, string? kind = null) => Changes.Count(change => change.State == state && (kind is null || change.Kind == kind));
}
