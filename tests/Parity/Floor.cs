using System.Text.Json;

namespace BpfVerifier.Parity;

/// <summary>The best figures reached, a row a corpus and kernel: what a change must not lower.</summary>
internal static class Floor
{
    private static readonly JsonSerializerOptions s_options = new() { WriteIndented = false };

    public static string Path { get; } = System.IO.Path.Combine(Corpus.Root, "tests", "Parity", "floor.json");

    /// <summary>The rows; none when there is no file.</summary>
    /// <exception cref="JsonException">The file is damaged.</exception>
    public static IReadOnlyList<Figures> Read() =>
        File.Exists(Path) ? JsonSerializer.Deserialize<List<Figures>>(File.ReadAllText(Path)) ?? [] : [];

    /// <summary>What is lower than its floor, a line each.</summary>
    public static IReadOnlyList<string> Below(IEnumerable<Figures> reached, IReadOnlyList<Figures> floor) =>
    [
        .. reached.SelectMany(r => floor
            .Where(f => f.Corpus == r.Corpus && f.Kernel == r.Kernel)
            .SelectMany(f => r.Below(f).Select(name => $"{r.Corpus} {r.Kernel}: {name} is lower than tests/Parity/floor.json says")))
    ];

    /// <summary>Replaces the rows of the corpora and kernels that were compared.</summary>
    public static void Write(IReadOnlyList<Figures> reached)
    {
        IEnumerable<Figures> kept = Read().Where(f => !reached.Any(r => r.Corpus == f.Corpus && r.Kernel == f.Kernel));
        IEnumerable<string> rows = kept.Concat(reached)
            .OrderBy(f => f.Corpus, StringComparer.Ordinal).ThenBy(f => f.Kernel, Corpus.KernelOrder)
            .Select(f => "  " + JsonSerializer.Serialize(f, s_options));
        File.WriteAllText(Path, $"[\n{string.Join(",\n", rows)}\n]\n");
    }
}
