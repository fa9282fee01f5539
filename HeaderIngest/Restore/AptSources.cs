namespace BpfVerifier.HeaderIngest.Restore;

/// <summary>One archive of the machine's own apt configuration.</summary>
/// <param name="Uri">Base address of the archive.</param>
/// <param name="Suites">Suites the machine takes from it.</param>
/// <param name="Components">Components, for instance main.</param>
/// <param name="SignedBy">Keyring (a path, or a whole key over several lines), or null for apt's default.</param>
public sealed record AptSource(string Uri, string[] Suites, string[] Components, string? SignedBy)
{
    /// <summary>Whether it is a security archive.</summary>
    public bool IsSecurity => Suites.Any(s => s.EndsWith("-security", StringComparison.Ordinal) || s.EndsWith("/updates", StringComparison.Ordinal));
}

/// <summary>Reads apt's lists of sources, in both of their forms (sources.list(5)).</summary>
public static class AptSources
{
    /// <summary>All enabled binary sources of a machine.</summary>
    /// <param name="etc">apt's directory, normally <c>/etc/apt</c>.</param>
    public static List<AptSource> Read(string etc)
    {
        var sources = new List<AptSource>();
        string main = Path.Combine(etc, "sources.list"), parts = Path.Combine(etc, "sources.list.d");
        if (File.Exists(main))
            sources.AddRange(ParseOneLine(File.ReadAllText(main)));
        if (Directory.Exists(parts))
        {
            foreach (string file in Directory.EnumerateFiles(parts).Order(StringComparer.Ordinal))
            {
                if (file.EndsWith(".sources", StringComparison.Ordinal))
                    sources.AddRange(ParseStanzas(File.ReadAllText(file)));
                else if (file.EndsWith(".list", StringComparison.Ordinal))
                    sources.AddRange(ParseOneLine(File.ReadAllText(file)));
            }
        }
        return sources;
    }

    /// <summary>The form <c>deb [option=value …] uri suite component …</c>.</summary>
    public static IEnumerable<AptSource> ParseOneLine(string text)
    {
        foreach (string raw in text.Split('\n'))
        {
            string line = raw.Split('#')[0].Trim();
            string? signedBy = null;
            int open = line.IndexOf('[', StringComparison.Ordinal), close = line.IndexOf(']', StringComparison.Ordinal);
            if (open >= 0 && close > open)
            {
                signedBy = Words(line[(open + 1)..close]).FirstOrDefault(o => o.StartsWith("signed-by=", StringComparison.OrdinalIgnoreCase))?["signed-by=".Length..];
                line = line.Remove(open, close - open + 1);
            }
            string[] words = Words(line);
            if (words is ["deb", var uri, var suite, .. var components])
                yield return new AptSource(uri, [suite], components, signedBy);
        }
    }

    /// <summary>The form of stanzas with <c>Types:</c>, <c>URIs:</c>, <c>Suites:</c> and so on (deb822).</summary>
    public static IEnumerable<AptSource> ParseStanzas(string text)
    {
        foreach (Dictionary<string, string> stanza in Stanzas(text))
        {
            string[] Field(string name) => Words(stanza.GetValueOrDefault(name, ""));
            if (!Field("Types").Contains("deb") || Field("Enabled") is [var enabled] && enabled.Equals("no", StringComparison.OrdinalIgnoreCase))
                continue;
            foreach (string uri in Field("URIs"))
                yield return new AptSource(uri, Field("Suites"), Field("Components"), stanza.GetValueOrDefault("Signed-By"));
        }
    }

    private static IEnumerable<Dictionary<string, string>> Stanzas(string text)
    {
        var stanza = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        string? field = null;
        foreach (string line in text.Split('\n').Append(""))
        {
            if (line.StartsWith('#'))
                continue;
            if (line.Trim().Length == 0)
            {
                if (stanza.Count > 0)
                    yield return stanza;
                stanza = new(StringComparer.OrdinalIgnoreCase);
                field = null;
            }
            else if (char.IsWhiteSpace(line[0]))
            {
                // A continuation keeps its line break: keys are written so.
                if (field is not null)
                    stanza[field] += "\n" + line.TrimEnd();
            }
            else if (line.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon)
            {
                field = line[..colon].Trim();
                stanza[field] = line[(colon + 1)..].Trim();
            }
        }
    }

    private static string[] Words(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
}
