using BpfVerifier.HeaderIngest;

namespace BpfVerifier.Cli.NewRelease;

/// <summary>The verifier's source, the generator and what they refer to, as they lie beside the tool.</summary>
internal static class ReleaseSdk
{
    private const string Folder = "release-sdk";
    private static readonly string[] s_libraries = ["BpfVerifier.Abstractions.dll", "BpfVerifier.Btf.dll"];

    /// <summary>Adds its files below <c>sdk/</c>.</summary>
    /// <exception cref="IngestException">The tool was copied without them.</exception>
    public static void AddTo(Dictionary<string, byte[]> files)
    {
        string root = Path.Combine(AppContext.BaseDirectory, Folder);
        if (!Directory.Exists(root))
            throw new IngestException($"the tool's folder lacks {Folder}/, which holds the verifier's source: install the tool again");
        foreach (string file in Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories))
            files.Add("sdk/" + Path.GetRelativePath(root, file).Replace('\\', '/'), Ingest.ReadFile(file));
        foreach (string library in s_libraries)
            files.Add("sdk/lib/" + library, Ingest.ReadFile(Path.Combine(AppContext.BaseDirectory, library)));
    }
}
