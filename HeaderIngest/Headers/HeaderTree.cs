using System.Globalization;
using System.Text.RegularExpressions;
using BpfVerifier.HeaderIngest.Image;

namespace BpfVerifier.HeaderIngest.Headers;

/// <summary>Finds out what folders of headers or sources that a user named are.</summary>
public static partial class HeaderTree
{
    private const string Architecture = "arch/x86/include", Generated = "arch/x86/include/generated";

    /// <summary>A kernel source tree, built or not.</summary>
    /// <exception cref="IngestException">It is none.</exception>
    public static KernelHeaders OfSource(string folder)
    {
        RequireTree(folder);
        return IsConfigured(folder) ? new KernelHeaders(folder, folder) : new KernelHeaders(folder, null);
    }

    /// <summary>Headers as packages have them: of a tree that was built, or the common and the configured folder.</summary>
    /// <param name="folders">One or two.</param>
    /// <exception cref="IngestException">They are none, or of another architecture.</exception>
    public static KernelHeaders OfPackages(IReadOnlyList<string> folders)
    {
        RequireTree(folders[0]);
        return IsConfigured(folders[^1])
            ? new KernelHeaders(folders[0], folders[^1])
            : throw new IngestException($"{folders[^1]}: not headers of a configured kernel for x86-64 (include/generated/autoconf.h or {Generated} is missing): "
                + "give the folder of this configuration behind the common one, or the source tree with --source");
    }

    /// <summary>Which kernel the headers are of, by the Makefile beside them, and by the configured part what <c>uname -r</c> prints.</summary>
    /// <exception cref="IngestException">There is no such Makefile.</exception>
    public static BootBanner Identity(KernelHeaders headers)
    {
        string makefile = Path.Combine(headers.Common, "Makefile");
        if (!File.Exists(makefile))
            throw new IngestException($"{headers.Common}: has no Makefile, which says what release the headers are of");
        string text = System.Text.Encoding.UTF8.GetString(Ingest.ReadFile(makefile));
        Dictionary<string, int> numbers = Number().Matches(text).DistinctBy(m => m.Groups["what"].Value)
            .ToDictionary(m => m.Groups["what"].Value, m => int.Parse(m.Groups["number"].Value, CultureInfo.InvariantCulture), StringComparer.Ordinal);
        if (!(numbers.TryGetValue("VERSION", out int version) && numbers.TryGetValue("PATCHLEVEL", out int level) && numbers.TryGetValue("SUBLEVEL", out int sublevel)))
            throw new IngestException($"{makefile}: says no VERSION, PATCHLEVEL and SUBLEVEL, so it is not that of a kernel");
        string release = string.Create(CultureInfo.InvariantCulture, $"{version}.{level}.{sublevel}");
        string utsrelease = Path.Combine(headers.Configured ?? headers.Common, "include/generated/utsrelease.h");
        string abi = File.Exists(utsrelease) && Uts().Match(System.Text.Encoding.UTF8.GetString(Ingest.ReadFile(utsrelease))) is { Success: true } named
            ? named.Groups["abi"].Value
            : release + (Extra().Match(text) is { Success: true } extra ? extra.Groups["extra"].Value : "");
        return new BootBanner(abi, release, "");
    }

    private static void RequireTree(string folder)
    {
        foreach (string needed in (string[])[KernelHeaders.ManualFile, Architecture])
        {
            if (!Path.Exists(Path.Combine(folder, needed)))
                throw new IngestException($"{folder}: not a kernel tree with headers for x86-64 ({needed} is missing)");
        }
    }

    private static bool IsConfigured(string folder) =>
        File.Exists(Path.Combine(folder, "include/generated/autoconf.h")) && Directory.Exists(Path.Combine(folder, Generated));

    [GeneratedRegex(@"^(?<what>VERSION|PATCHLEVEL|SUBLEVEL)[ \t]*=[ \t]*(?<number>\d{1,5})[ \t]*\r?$", RegexOptions.Multiline | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Number();

    [GeneratedRegex(@"^EXTRAVERSION[ \t]*=[ \t]*(?<extra>-\S+)", RegexOptions.Multiline | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Extra();

    [GeneratedRegex(@"^#define UTS_RELEASE ""(?<abi>[^""]{1,64})""", RegexOptions.Multiline | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Uts();
}
