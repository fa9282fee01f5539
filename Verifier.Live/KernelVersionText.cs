using System.Text.RegularExpressions;

namespace BpfVerifier.Live;

/// <summary>Finds the mainline release with its stable patch level in what a kernel says of itself.</summary>
/// <remarks>
/// Distributions number their kernels for themselves: Debian's 6.1.0-56-amd64 is 6.1.192 and Ubuntu's 6.8.0-45-generic
/// is 6.8.12. Both say so in another file, which is where libbpf looks too.
/// </remarks>
internal static partial class KernelVersionText
{
    /// <param name="osRelease">/proc/sys/kernel/osrelease.</param>
    /// <param name="version">/proc/version, empty when it is not there.</param>
    /// <param name="signature">/proc/version_signature, empty when it is not there.</param>
    /// <param name="release">The release.</param>
    public static bool TryParse(string osRelease, string version, string signature, out KernelRelease release)
    {
        if (Signature().Match(signature) is { Success: true } ubuntu && KernelRelease.TryParse(ubuntu.Groups[1].Value, out release))
            return true;
        if (DebianVersion().Match(version) is { Success: true } debian && KernelRelease.TryParse(debian.Groups[1].Value, out release))
            return true;
        return KernelRelease.TryParse(Number().Match(osRelease).Value, out release);
    }

    [GeneratedRegex(@"^\d+\.\d+(?:\.\d+)?")]
    private static partial Regex Number();

    [GeneratedRegex(@" Debian (\d+\.\d+(?:\.\d+)?)[-~+ ]")]
    private static partial Regex DebianVersion();

    [GeneratedRegex(@"^\S+ \S+ (\d+\.\d+(?:\.\d+)?)\s*$")]
    private static partial Regex Signature();
}
