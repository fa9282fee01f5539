using System.Text.RegularExpressions;

namespace BpfVerifier.HeaderIngest.CSource;

/// <summary>Whether the build makes something of a file.</summary>
public enum Built
{
    /// <summary>It is part of the kernel's image.</summary>
    In,
    /// <summary>It is part of a module.</summary>
    Module,
    /// <summary>The configuration leaves it out.</summary>
    Not,
    /// <summary>No makefile that was read speaks of it.</summary>
    Unknown,
}

/// <summary>What the build makes of a file.</summary>
/// <param name="Built">Whether.</param>
/// <param name="Reason">The option that decides, or where it was looked for.</param>
/// <param name="Unit">The C file that is compiled: the file itself, or the one that includes it.</param>
public sealed record BuildState(Built Built, string Reason, string Unit);

/// <summary>Reads the kernel's makefiles as far as they say which C files a configuration builds.</summary>
public sealed partial class Kbuild
{
    private const int MostNested = 20;

    private readonly string _root;
    private readonly IReadOnlyDictionary<string, string> _config;
    private readonly Dictionary<string, List<Assignment>> _folders = new(StringComparer.Ordinal);

    /// <summary>Over a source and a configuration.</summary>
    public Kbuild(string root, IReadOnlyDictionary<string, string> config)
    {
        _root = root;
        _config = config;
    }

    // One list of a makefile: its name as written and as this configuration has it.
    private sealed record Assignment(string Written, string Name, string[] Items);

    /// <summary>What is made of a C file below the root.</summary>
    public BuildState Of(string path) => Of(path, 0);

    private BuildState Of(string path, int depth)
    {
        string folder = Path.GetDirectoryName(path)!, target = Path.ChangeExtension(Path.GetFileName(path), ".o");
        (Built built, string reason) = OfObject(folder, target, 0);
        if (built == Built.Unknown)
            return depth < MostNested && Includer(path) is { } includer ? Of(includer, depth + 1) : new BuildState(built, reason, path);
        if (built != Built.Not && OfFolder(folder) is { Built: not Built.In } above)
            return new BuildState(above.Built, above.Reason, path);
        return new BuildState(built, reason, path);
    }

    private (Built Built, string Reason) OfObject(string folder, string target, int depth)
    {
        (Built Built, string Reason) best = (Built.Unknown, $"no list in {folder}/Makefile names {target}");
        foreach (Assignment list in Lists(folder).Where(l => l.Items.Contains(target)))
        {
            (Built Built, string Reason) state = Decide(list);
            // A list without obj is the parts of another object.
            if (!list.Written.StartsWith("obj-", StringComparison.Ordinal) && state.Built == Built.In && Composite().Match(list.Name) is { Success: true } composite)
                state = depth < MostNested ? OfObject(folder, composite.Groups[1].Value + ".o", depth + 1) : (Built.Unknown, "lists that name each other");
            if (state.Built <= best.Built)
                best = state;
        }
        return best;
    }

    // A folder counts when the makefile above names it; those of the top are always built.
    private (Built Built, string Reason) OfFolder(string folder)
    {
        (Built Built, string Reason) worst = (Built.In, "");
        for (string at = folder; Path.GetDirectoryName(at) is { Length: > 0 } above; at = above)
        {
            (Built Built, string Reason) best = (Built.Unknown, "");
            foreach (Assignment list in Lists(above).Where(l => l.Items.Any(i => at == above + "/" + i.TrimEnd('/') || (above + "/" + i).StartsWith(at + "/", StringComparison.Ordinal) && i.EndsWith(".o", StringComparison.Ordinal))))
            {
                if (Decide(list) is var state && state.Built < best.Built)
                    best = state;
            }
            if (best.Built is Built.Module or Built.Not && best.Built > worst.Built)
                worst = best;
        }
        return worst;
    }

    private static (Built Built, string Reason) Decide(Assignment list)
    {
        string option = Option().Match(list.Written) is { Success: true } match ? match.Groups[1].Value : "";
        return list.Name[(list.Name.LastIndexOf('-') + 1)..] switch
        {
            "y" or "objs" => (Built.In, option.Length == 0 ? "always built" : $"{option}=y"),
            "m" => (Built.Module, $"built as a module ({option}=m)"),
            _ => (Built.Not, $"{(option.Length == 0 ? list.Written : option)} is not set"),
        };
    }

    // The C file of this folder or one above that takes the text of another in.
    private string? Includer(string path)
    {
        string folder = Path.GetDirectoryName(path)!;
        for (string at = folder; at.Length > 0; at = Path.GetDirectoryName(at) ?? "")
        {
            string wanted = path[(at.Length + 1)..];
            string? found = Directory.EnumerateFiles(Path.Combine(_root, at), "*.c").Order(StringComparer.Ordinal)
                .FirstOrDefault(file => Inclusions(File.ReadAllText(file), wanted).Any());
            if (found is not null)
                return Path.GetRelativePath(_root, found);
        }
        return null;
    }

    /// <summary>Lines of a text that take in the text of another C file.</summary>
    /// <param name="text">The text.</param>
    /// <param name="path">The other file as seen from the first one's folder.</param>
    public static IEnumerable<int> Inclusions(string text, string path) => text.Contains(path, StringComparison.Ordinal)
        ? text.Split('\n').Index().Where(l => Inclusion().Match(l.Item) is { Success: true } match && match.Groups[1].Value == path).Select(l => l.Index + 1)
        : [];

    private List<Assignment> Lists(string folder)
    {
        if (_folders.TryGetValue(folder, out List<Assignment>? lists))
            return lists;
        string? file = new[] { "Kbuild", "Makefile" }.Select(name => Path.Combine(_root, folder, name)).FirstOrDefault(File.Exists);
        _folders.Add(folder, lists = []);
        if (file is not null)
            Read(File.ReadAllText(file), lists);
        return lists;
    }

    private void Read(string text, List<Assignment> lists)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        var taken = new Stack<(bool Now, bool Any)>();
        foreach (string whole in Continued().Replace(text, " ").Split('\n'))
        {
            string line = whole.Split('#')[0].Trim();
            if (Condition(line, taken, variables) || taken.Any(t => !t.Now) || Assigned().Match(line) is not { Success: true } match)
                continue;
            string written = match.Groups["name"].Value, name = Expand(written, variables), value = Expand(match.Groups["value"].Value, variables);
            variables[name] = match.Groups["kind"].Value == "+=" && variables.TryGetValue(name, out string? before) ? before + " " + value : value;
            lists.Add(new Assignment(written, name, value.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)));
        }
    }

    private bool Condition(string line, Stack<(bool Now, bool Any)> taken, Dictionary<string, string> variables)
    {
        if (line.StartsWith("endif", StringComparison.Ordinal))
        {
            taken.TryPop(out _);
            return true;
        }
        bool otherwise = line.StartsWith("else", StringComparison.Ordinal) && taken.Count > 0;
        string test = otherwise ? line["else".Length..].Trim() : line;
        bool? holds = Holds(test, variables);
        if (otherwise)
        {
            (_, bool any) = taken.Pop();
            bool now = !any && (holds ?? true);
            taken.Push((now, any || now));
            return true;
        }
        if (holds is { } first)
            taken.Push((first, first));
        return holds is not null;
    }

    private bool? Holds(string test, Dictionary<string, string> variables)
    {
        if (Equality().Match(test) is { Success: true } match)
            return (Expand(match.Groups[2].Value, variables).Trim() == Expand(match.Groups[3].Value, variables).Trim()) == (match.Groups[1].Value == "ifeq");
        if (Definition().Match(test) is { Success: true } definition)
            return (Expand($"$({definition.Groups[2].Value})", variables).Length > 0) == (definition.Groups[1].Value == "ifdef");
        return null;
    }

    private string Expand(string text, Dictionary<string, string> variables) =>
        Variable().Replace(text, m => _config.GetValueOrDefault(m.Groups[1].Value) ?? variables.GetValueOrDefault(m.Groups[1].Value) ?? "");

    [GeneratedRegex(@"\\[ \t]*\n", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Continued();

    [GeneratedRegex(@"^(?<name>[\w$(){}.-]+)\s*(?<kind>:=|\+=|\?=|=)\s*(?<value>.*)$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Assigned();

    [GeneratedRegex(@"^(.+)-(?:y|objs)$", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Composite();

    [GeneratedRegex(@"\$[({](CONFIG_\w+)[)}]", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Option();

    [GeneratedRegex(@"^\s*#\s*include\s+""([^""]+\.c)""", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Inclusion();

    [GeneratedRegex(@"\$[({]([\w.-]+)[)}]", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Variable();

    [GeneratedRegex(@"^(ifeq|ifneq)\s*\(([^,]*),([^)]*(?:\([^)]*\))?[^)]*)\)$", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Equality();

    [GeneratedRegex(@"^(ifdef|ifndef)\s+(\S+)$", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Definition();
}
