using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.Loader;

namespace BpfVerifier.Host;

/// <summary>The release assemblies of one directory, each loaded when it is first asked for.</summary>
/// <remarks>Every release lives in a load context of its own: two releases have types of the same names. Safe for concurrent use.</remarks>
public sealed class VerifierHost
{
    private const string Prefix = "BpfVerifier.Linux.";

    private readonly SortedDictionary<KernelRelease, string> _files = [];
    private readonly ConcurrentDictionary<KernelRelease, Lazy<IVerifier>> _verifiers = new();

    /// <summary>Looks for <c>BpfVerifier.Linux.*.dll</c>.</summary>
    /// <param name="directory">Where to look; next to this assembly by default. A directory that does not exist has no releases.</param>
    public VerifierHost(string? directory = null)
    {
        directory ??= AppContext.BaseDirectory;
        if (!Directory.Exists(directory))
            return;
        foreach (string file in Directory.EnumerateFiles(directory, Prefix + "*.dll"))
            if (KernelRelease.TryParse(Path.GetFileNameWithoutExtension(file)[Prefix.Length..], out KernelRelease release))
                _files[release.Branch] = file;
    }

    /// <summary>Releases found, oldest first, without patch levels.</summary>
    public IReadOnlyCollection<KernelRelease> Releases => _files.Keys;

    /// <summary>The verifier of a release; its patch level is ignored.</summary>
    /// <returns>False when the release is not there.</returns>
    /// <exception cref="BadImageFormatException">The file is not a release assembly.</exception>
    public bool TryGet(KernelRelease release, [NotNullWhen(true)] out IVerifier? verifier)
    {
        verifier = null;
        if (!_files.TryGetValue(release.Branch, out string? file))
            return false;
        verifier = _verifiers.GetOrAdd(release.Branch, _ => new Lazy<IVerifier>(() => Load(file))).Value;
        return true;
    }

    private static IVerifier Load(string file)
    {
        Assembly assembly = new ReleaseContext(file).LoadFromAssemblyPath(Path.GetFullPath(file));
        VerifierReleaseAttribute identity = assembly.GetCustomAttribute<VerifierReleaseAttribute>()
            ?? throw new BadImageFormatException("not a release assembly: it names no verifier", file);
        return Activator.CreateInstance(identity.Verifier) as IVerifier
            ?? throw new BadImageFormatException($"{identity.Verifier} does not implement {nameof(IVerifier)} of this façade", file);
    }

    /// <summary>Resolves nothing itself, so that the façade's types are the host's own.</summary>
    private sealed class ReleaseContext(string file) : AssemblyLoadContext(Path.GetFileNameWithoutExtension(file), isCollectible: true);
}
