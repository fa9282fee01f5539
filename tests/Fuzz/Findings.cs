using System.Text;
using BpfVerifier.LoadScripts;

namespace BpfVerifier.Fuzz;

/// <summary>Writes programs worth keeping.</summary>
internal static class Findings
{
    /// <summary>Writes a script with a comment above it and returns the file's path.</summary>
    public static string Write(string folder, string name, LoadScript script, string comment = "")
    {
        string path = Path.Combine(Directory.CreateDirectory(folder).FullName, name + ".script");
        StringBuilder text = new();
        foreach (string line in comment.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            text.Append("# ").Append(line).Append('\n');
        LoadScriptText.Write(text, script);
        File.WriteAllText(path, text.ToString());
        return path;
    }
}
