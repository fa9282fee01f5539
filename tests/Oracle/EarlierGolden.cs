using System.Text.Json;

namespace BpfVerifier.Oracle;

/// <summary>A golden that was recorded before: the answers about objects that are still the same, and attach to the same, are kept.</summary>
internal sealed class EarlierGolden
{
    private readonly string _path;
    private readonly string _header;
    private List<(string Object, string Program, string Line)> _kept = [];
    private readonly HashSet<string> _objects = new(StringComparer.Ordinal);

    private EarlierGolden(string path, string header) => (_path, _header) = (path, header);

    /// <summary>Reads a golden and keeps what it says of those objects whose bytes, and those of what they attach to, are the ones it was recorded of.</summary>
    public static EarlierGolden Read(string path, IReadOnlyList<BatchObject> objects)
    {
        if (!File.Exists(path))
            throw new OracleException($"there is no {path}: record it whole");
        Dictionary<string, string> now = objects.ToDictionary(o => o.Name, o => o.Sha256, StringComparer.Ordinal);
        string[] lines = File.ReadAllLines(path);
        var golden = new EarlierGolden(path, lines.FirstOrDefault() ?? "");
        string hash = "";
        foreach (string line in lines.Skip(1))
        {
            (string name, string program, string? own) = Place(line);
            hash = own ?? hash;
            if (!now.TryGetValue(name, out string? sha256) || sha256 != hash)
                continue;
            golden._kept.Add((name, program, line));
            golden._objects.Add(name);
        }
        HashSet<string> same = [.. golden._objects];
        foreach (BatchObject item in objects)
            for (BatchObject? target = item.TargetObject; target is not null; target = target.TargetObject)
                if (!same.Contains(target.Name))
                    golden._objects.Remove(item.Name);
        golden._kept = [.. golden._kept.Where(k => golden._objects.Contains(k.Object))];
        return golden;
    }

    /// <summary>True when what was recorded of an object stays.</summary>
    public bool Keeps(BatchObject item) => _objects.Contains(item.Name);

    /// <summary>Puts the answers of a new recording among those kept, and removes its file.</summary>
    /// <exception cref="OracleException">Another kernel answered, or it was asked otherwise.</exception>
    public void Join(string recorded)
    {
        string[] lines = File.ReadAllLines(recorded);
        if (lines[0] != _header)
            throw new OracleException($"{_path} is of another kernel or was asked otherwise; record it whole. The new answers are in {recorded}");
        IEnumerable<string> joined = _kept.Concat(lines.Skip(1).Select(line => (Place(line).Object, Place(line).Program, Line: line)))
            .OrderBy(a => a.Object, StringComparer.Ordinal).ThenBy(a => a.Program, StringComparer.Ordinal)
            .Select(a => a.Line);
        File.WriteAllText(_path, string.Concat(joined.Prepend(_header).Select(line => line + "\n")));
        File.Delete(recorded);
    }

    /// <summary>Whose answer a line is; without a hash where the line before is of the same object.</summary>
    private static (string Object, string Program, string? Sha256) Place(string line)
    {
        using JsonDocument answer = JsonDocument.Parse(line);
        string Text(string field) => answer.RootElement.GetProperty(field).GetString() ?? "";
        return (Text("object"), Text("program"), answer.RootElement.TryGetProperty("sha256", out JsonElement hash) ? hash.GetString() : null);
    }
}
