using System.Reflection;

namespace BpfVerifier.Soundness;

/// <summary>The probes of the releases, by name.</summary>
internal static class Probes
{
    private const string Prefix = "BpfVerifier.Soundness.";

    /// <summary>Releases with a probe beside this program, oldest first.</summary>
    public static IReadOnlyList<string> Releases { get; } = [.. Directory.EnumerateFiles(AppContext.BaseDirectory, Prefix + "*.dll")
        .Select(file => Path.GetFileNameWithoutExtension(file)[Prefix.Length..])
        .Where(name => KernelRelease.TryParse(name, out _))
        .OrderBy(name => KernelRelease.TryParse(name, out KernelRelease release) ? release : default)];

    /// <summary>The probe of a release in <see cref="Releases"/>.</summary>
    public static IReleaseProbe Load(string release)
    {
        Type probe = Assembly.Load(Prefix + release).GetTypes().Single(type => type.IsAssignableTo(typeof(IReleaseProbe)));
        return (IReleaseProbe)Activator.CreateInstance(probe)!;
    }
}
