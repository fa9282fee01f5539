using System.Text;

namespace BpfVerifier.MSBuild;

/// <summary>What was found about one object: a key that says of which object and options, then a line each. Kept between builds.</summary>
internal static class ResultsFile
{
    // A count behind the key tells a whole file from one that was cut.
    private const string Form = "bpfverifier-results-1";

    /// <summary>Replaces the file, so that one that is there is always whole.</summary>
    public static void Write(string path, string key, IReadOnlyCollection<ResultLine> lines)
    {
        var text = new StringBuilder();
        text.Append(Form).Append('\t').Append(key).Append('\t').Append(lines.Count).Append('\n');
        foreach (ResultLine line in lines)
            text.Append(line.Write()).Append('\n');
        string temporary = path + ".new";
        File.WriteAllText(temporary, text.ToString());
        if (File.Exists(path))
            File.Delete(path);
        File.Move(temporary, path);
    }

    /// <summary>The lines found with that key; null when the file is of another key, damaged, or not there.</summary>
    public static IReadOnlyList<ResultLine>? Read(string path, string key)
    {
        if (!File.Exists(path))
            return null;
        string[] lines = File.ReadAllLines(path);
        string[] head = lines.Length == 0 ? [] : lines[0].Split('\t');
        if (head.Length != 3 || head[0] != Form || head[1] != key || head[2] != (lines.Length - 1).ToString(System.Globalization.CultureInfo.InvariantCulture))
            return null;
        var found = new List<ResultLine>();
        for (int i = 1; i < lines.Length; i++)
        {
            if (ResultLine.Read(lines[i]) is not { } line)
                return null;
            found.Add(line);
        }
        return found;
    }
}
