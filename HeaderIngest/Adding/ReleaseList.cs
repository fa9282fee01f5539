using System.Text;

namespace BpfVerifier.HeaderIngest.Adding;

/// <summary>A release as the list has it.</summary>
/// <param name="Release">Mainline release.</param>
/// <param name="Version">With patch level.</param>
/// <param name="IsPackaged">It was made from Debian's packages.</param>
public readonly record struct KnownVersion(string Release, string Version, bool IsPackaged);

/// <summary>The sentence of README.md that names the releases known, between two marks.</summary>
public static class ReleaseList
{
    /// <summary>Name of the file.</summary>
    public const string Name = "README.md";
    private const string Start = "<!-- releases (HeaderIngest add) -->\n", End = "<!-- /releases -->";
    private const int Width = 118;

    /// <summary>The text with the list made anew.</summary>
    /// <param name="text">The page.</param>
    /// <param name="versions">The releases.</param>
    /// <exception cref="IngestException">The page lacks the marks.</exception>
    public static string With(string text, IEnumerable<KnownVersion> versions)
    {
        int start = text.IndexOf(Start, StringComparison.Ordinal);
        int end = start < 0 ? -1 : text.IndexOf(End, start, StringComparison.Ordinal);
        if (end < 0)
            throw new IngestException($"{Name} has no list of releases between '{Start.TrimEnd()}' and '{End}'");
        ILookup<bool, string> names = versions.OrderBy(v => System.Version.Parse(v.Release)).ToLookup(v => v.IsPackaged, v => $"**{v.Release}** ({v.Version})");
        string others = names[false].Any() ? $" Read from a kernel that is not Debian's: {string.Join(", ", names[false])}." : "";
        string sentence = $"Known so far: {string.Join(", ", names[true])}, as Debian ships them for x86-64.{others}";
        return text[..(start + Start.Length)] + Wrapped(sentence) + text[end..];
    }

    private static string Wrapped(string sentence)
    {
        var lines = new StringBuilder();
        int column = 0;
        foreach (string word in sentence.Split(' '))
        {
            if (column > 0 && column + 1 + word.Length > Width)
            {
                lines.Append('\n');
                column = 0;
            }
            else if (column > 0)
            {
                lines.Append(' ');
                column++;
            }
            lines.Append(word);
            column += word.Length;
        }
        return lines.Append('\n').ToString();
    }
}
