namespace BpfVerifier.Host;

/// <summary>Which build of a release's verifier this is, as its metadata says before any of its code has run.</summary>
/// <param name="Name">Name of the assembly, <c>BpfVerifier.Linux.6.12</c>.</param>
/// <param name="Release">The release, without a patch level.</param>
/// <param name="FacadeVersion"><see cref="Facade.Version"/> it was compiled against.</param>
/// <param name="Sha256">SHA-256 of the assembly's bytes, 64 lower-case hexadecimal digits.</param>
/// <param name="Origin">The file (and the entry in it) the bytes came from.</param>
public sealed record VerifierIdentity(string Name, KernelRelease Release, int FacadeVersion, string Sha256, string Origin)
{
    /// <summary>What names of release assemblies begin with.</summary>
    public const string NamePrefix = "BpfVerifier.Linux.";

    /// <summary>Name of the assembly that holds a release's verifier; a patch level is ignored.</summary>
    public static string NameOf(KernelRelease release) => NamePrefix + release.Branch;

    /// <summary>The release in the name of an assembly or of its file without extension.</summary>
    internal static bool TryReadRelease(string name, out KernelRelease release)
    {
        release = default;
        return name.StartsWith(NamePrefix, StringComparison.Ordinal) && KernelRelease.TryParse(name[NamePrefix.Length..], out release) && release.Patch is null;
    }
}
