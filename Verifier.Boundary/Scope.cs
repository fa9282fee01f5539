namespace BpfVerifier.Boundary;

/// <summary>Which files are the verifier, and which do not count at all.</summary>
public sealed class Scope
{
    /// <summary>The kernel's verifier.</summary>
    public const string Verifier = "kernel/bpf/verifier.c";

    /// <summary>The kernel's selftests: a change comes with or without them.</summary>
    public const string Selftests = "tools/testing/selftests";

    /// <param name="targets">Files, or folders with all they hold.</param>
    /// <param name="ignored">Likewise; files that are left out of what a commit changes.</param>
    public Scope(IEnumerable<string> targets, IEnumerable<string> ignored)
    {
        Targets = [.. targets.Select(Normal).Distinct()];
        Ignored = [.. ignored.Select(Normal).Distinct()];
    }

    /// <summary>Files and folders inside the boundary.</summary>
    public IReadOnlyList<string> Targets { get; }

    /// <summary>Files and folders that do not count.</summary>
    public IReadOnlyList<string> Ignored { get; }

    /// <summary>The file is the verifier, or a part of it.</summary>
    public bool IsTarget(string file) => Targets.Any(target => Holds(target, file));

    /// <summary>The file counts.</summary>
    public bool Counts(string file) => !Ignored.Any(ignored => Holds(ignored, file));

    /// <summary>Files of a commit that count and are outside the targets, each once.</summary>
    public string[] Outside(Commit commit) => [.. commit.Files.Where(file => Counts(file) && !IsTarget(file)).Distinct()];

    /// <summary>The commit changes a target.</summary>
    public bool Touches(Commit commit) => commit.Files.Any(file => IsTarget(file) && Counts(file));

    /// <summary>The commit changes targets and nothing else that counts.</summary>
    public bool IsInside(Commit commit) => Touches(commit) && commit.Files.All(file => IsTarget(file) || !Counts(file));

    private static bool Holds(string path, string file) =>
        file.StartsWith(path, StringComparison.Ordinal) && (file.Length == path.Length || file[path.Length] == '/');

    private static string Normal(string path) => path.StartsWith("./", StringComparison.Ordinal) ? path[2..].TrimEnd('/') : path.TrimEnd('/');
}
