using System.Collections.Concurrent;
using BpfVerifier.Drift;
using BpfVerifier.Host;

namespace BpfVerifier.MSBuild.Checker;

/// <summary>The kernels of one run, each loaded once.</summary>
internal sealed class KernelSet(VerifierHost host)
{
    private readonly ConcurrentDictionary<KernelSelector, Lazy<KernelView>> _views = new();

    /// <summary>The kernels a user named.</summary>
    /// <returns>Null, or what is wrong with the text.</returns>
    public string? Find(string text, out IReadOnlyList<KernelView> kernels)
    {
        kernels = [];
        if (KernelSelector.Parse(text, host.Releases, out IReadOnlyList<KernelSelector> selected) is { } problem)
            return problem;
        var found = new KernelView[selected.Count];
        Parallel.For(0, found.Length, i => found[i] = _views.GetOrAdd(selected[i], s => new Lazy<KernelView>(() => KernelChoice.View(host, s))).Value);
        kernels = found;
        return null;
    }
}
