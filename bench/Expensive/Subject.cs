using System.Text.Json;

namespace BpfVerifier.Bench;

/// <summary>A program of a corpus and what it costs a kernel.</summary>
/// <param name="Corpus">Corpus.</param>
/// <param name="Object">Object below the corpus.</param>
/// <param name="Program">Program.</param>
/// <param name="Processed">Instructions the 6.18 kernel processed.</param>
public sealed record Subject(string Corpus, string Object, string Program, int Processed)
{
    /// <summary>Where the object lies.</summary>
    public string Path => System.IO.Path.Combine(Repository.Root, ".cache", "corpora", Corpus, Object);

    public override string ToString() => $"{System.IO.Path.GetFileNameWithoutExtension(Object).Replace(".bpf", "", StringComparison.Ordinal)}/{Program}";

    /// <summary>The accepted programs of a corpus that took the 6.18 kernel the most instructions.</summary>
    public static IEnumerable<Subject> MostExpensive(string corpus, int count)
    {
        string golden = System.IO.Path.Combine(Repository.Root, "tests", "Parity", "golden", "6.18", corpus + ".jsonl");
        return File.ReadLines(golden).Skip(1)
            .Select(line => JsonDocument.Parse(line).RootElement)
            .Where(line => line.GetProperty("verdict").GetString() == "success")
            .Select(line => new Subject(corpus, line.GetProperty("object").GetString()!, line.GetProperty("program").GetString()!,
                line.GetProperty("processed").GetInt32()))
            .OrderByDescending(s => s.Processed).ThenBy(s => s.ToString(), StringComparer.Ordinal)
            .Take(count);
    }
}

internal static class Repository
{
    public static string Root { get; } = Find();

    private static string Find()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
            if (File.Exists(Path.Combine(at.FullName, "Directory.Packages.props")))
                return at.FullName;
        throw new InvalidOperationException("not inside a working copy");
    }
}
