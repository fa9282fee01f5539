using System.Collections.Concurrent;
using BpfVerifier.Host;
using BpfVerifier.Objects;

namespace BpfVerifier.Drift.Tests;

/// <summary>Every release that was built, and the sample objects.</summary>
internal static class Kernels
{
    private static readonly Lazy<KernelView[]> s_all = new(() =>
    {
        var host = new VerifierHost();
        return [.. host.Releases.Select(r => KernelChoice.View(host, new KernelSelector(r.ToString(), r, KernelFlavor.Stock)))];
    });

    private static readonly ConcurrentDictionary<string, ObjectDrift> s_compared = new(StringComparer.Ordinal);

    public static KernelView[] All => s_all.Value;

    public static string Samples { get; } = Path.Combine(Root(), "samples");

    public static BpfObject Open(string sample) => BpfObject.Open(Path.Combine(Samples, sample), ObjectOptions.Veristat);

    public static ObjectDrift Compare(string sample, DriftVerdicts verdicts = DriftVerdicts.WhereNeeded) =>
        DriftComparer.Compare(Open(sample), All, new DriftOptions { Verdicts = verdicts });

    /// <summary>With all verdicts, which several tests ask about.</summary>
    public static ObjectDrift CompareWithVerdicts(string sample) => s_compared.GetOrAdd(sample, s => Compare(s, DriftVerdicts.All));

    private static string Root()
    {
        string directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "Directory.Packages.props")))
            directory = Path.GetDirectoryName(directory) ?? throw new DirectoryNotFoundException("the repository's root");
        return directory;
    }
}
