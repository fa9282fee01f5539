using BpfVerifier.Host;
using BpfVerifier.Objects;

namespace BpfVerifier.Cli;

/// <summary>The objects a command is given.</summary>
internal static class Inputs
{
    /// <summary>Directories become the objects in them; anything else stays, so that a missing file is reported as such.</summary>
    public static List<string> Expand(string[] inputs) => [.. Named(inputs).Select(input => input.Path)];

    /// <summary>The objects of a matrix. What makes them the same on every machine is their name within the directory that was given.</summary>
    public static List<MatrixObject> Objects(string[] inputs, ObjectOptions options) => [.. Named(inputs).Select(input => MatrixObject.File(input.Path, input.Name, options))];

    private static IEnumerable<(string Path, string Name)> Named(string[] inputs)
    {
        foreach (string input in inputs)
        {
            if (!Directory.Exists(input))
            {
                yield return (input, Path.GetFileName(input));
                continue;
            }
            foreach (string path in Directory.EnumerateFiles(input, "*.o", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
                yield return (path, Path.GetRelativePath(input, path).Replace('\\', '/'));
        }
    }
}
