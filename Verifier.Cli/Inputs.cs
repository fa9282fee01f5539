namespace BpfVerifier.Cli;

/// <summary>The objects a command is given.</summary>
internal static class Inputs
{
    /// <summary>Directories become the objects in them; anything else stays, so that a missing file is reported as such.</summary>
    public static List<string> Expand(string[] inputs)
    {
        var paths = new List<string>();
        foreach (string input in inputs)
        {
            if (Directory.Exists(input))
                paths.AddRange(Directory.EnumerateFiles(input, "*.o", SearchOption.AllDirectories).Order(StringComparer.Ordinal));
            else
                paths.Add(input);
        }
        return paths;
    }
}
