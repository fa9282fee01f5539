using System.Text.RegularExpressions;

namespace BpfVerifier.HeaderIngest.Adding;

/// <summary>The list of release projects in BpfVerifier.slnx.</summary>
public static partial class SolutionFile
{
    /// <summary>Name of the file.</summary>
    public const string Name = "BpfVerifier.slnx";
    private const string Folder = "  <Folder Name=\"/kernel-headers/\">\n";

    /// <summary>The text with a release's project in its place, oldest first; the same text when it is there already.</summary>
    /// <exception cref="IngestException">The text has no folder of release projects.</exception>
    public static string With(string text, string release)
    {
        int start = text.IndexOf(Folder, StringComparison.Ordinal);
        int end = start < 0 ? -1 : text.IndexOf("  </Folder>", start, StringComparison.Ordinal);
        if (end < 0)
            throw new IngestException($"{Name} has no folder /kernel-headers/");
        start += Folder.Length;
        IEnumerable<string> releases = Project().Matches(text[start..end]).Select(m => m.Groups["release"].Value)
            .Append(release).Distinct().OrderBy(Version.Parse);
        return text[..start] + string.Concat(releases.Select(r => $"    <Project Path=\"kernel-headers/{r}/BpfVerifier.Linux.{r}.csproj\" />\n")) + text[end..];
    }

    [GeneratedRegex(@"<Project Path=""kernel-headers/(?<release>\d+\.\d+)/", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Project();
}
