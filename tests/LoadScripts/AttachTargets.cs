namespace BpfVerifier.LoadScripts;

/// <summary>A program that programs of another object replace or trace.</summary>
/// <param name="Object">Its object, as a path below the corpus.</param>
/// <param name="Program">The program.</param>
/// <param name="Function">Its function, null where the attaching program's section names it.</param>
public readonly record struct AttachTarget(string Object, string Program, string? Function);

/// <summary>Which objects of the corpora attach to a BPF program, and to which: <c>tests/Parity/attach-targets.txt</c>.</summary>
/// <remarks>A loader names the target when it loads, and no section does, so it has to be written down.</remarks>
public static class AttachTargets
{
    /// <summary>The targets of a corpus by attaching object.</summary>
    /// <param name="root">The repository.</param>
    /// <param name="corpus">The corpus.</param>
    /// <exception cref="FormatException">A line is not <c>CORPUS OBJECT TARGET-OBJECT PROGRAM [FUNCTION]</c>.</exception>
    public static IReadOnlyDictionary<string, AttachTarget> Of(string root, string corpus)
    {
        var targets = new Dictionary<string, AttachTarget>(StringComparer.Ordinal);
        foreach (string line in File.ReadLines(Path.Combine(root, "tests", "Parity", "attach-targets.txt")))
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0 || words[0][0] == '#')
                continue;
            if (words is not [var name, var attaching, var target, var program, ..] || words.Length > 5)
                throw new FormatException($"attach-targets.txt: neither four words nor five: {line}");
            if (name == corpus)
                targets.Add(attaching, new AttachTarget(target, program, words.ElementAtOrDefault(4)));
        }
        return targets;
    }
}
