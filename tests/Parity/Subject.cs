using System.Diagnostics.CodeAnalysis;
using BpfVerifier.Host;

namespace BpfVerifier.Parity;

/// <summary>Who answers for a kernel: the verifier of its release, and the kernel it answers for.</summary>
internal sealed record Subject(IVerifier Verifier, KernelProfile Profile)
{
    /// <summary>
    /// The verifier of the release a golden's kernel is of. For the host the profile is that of the release's own image at the
    /// host's patch level: its types are not recorded.
    /// </summary>
    /// <returns>False when no verifier is of that release.</returns>
    public static bool TryFind(VerifierHost host, string kernel, string goldenFile, [NotNullWhen(true)] out Subject? subject)
    {
        subject = null;
        IReadOnlyDictionary<string, string> header = Golden.Header(goldenFile);
        string name = kernel == "host" && header.TryGetValue("release", out string? running) ? running.Split('-')[0] : kernel;
        if (!KernelRelease.TryParse(name, out KernelRelease release) || !host.TryGet(release, out IVerifier? verifier))
            return false;
        KernelProfile profile = verifier.DefaultProfile;
        if (header.GetValueOrDefault("capabilities") == "none")
            profile = profile with { Capabilities = LoaderCapabilities.None };
        subject = new Subject(verifier, kernel == "host" ? profile with { Release = release } : profile);
        return true;
    }
}
