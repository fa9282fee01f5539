using System.Text.Json.Nodes;

namespace BpfVerifier.Cli.Tests;

/// <summary>
/// The YAML of the manifests in docs: maps and lists by indentation, lists in brackets, plain and double-quoted text,
/// remarks. Whatever else is an error, so that nothing in a manifest goes unread.
/// </summary>
internal sealed class Yaml
{
    private readonly List<(int Number, int Indent, string Text)> _lines = [];
    private int _at;

    private Yaml(string text)
    {
        string[] lines = text.Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            string trimmed = lines[i].Trim();
            if (trimmed.Length != 0 && trimmed[0] != '#')
                _lines.Add((i + 1, lines[i].Length - lines[i].TrimStart(' ').Length, trimmed));
        }
    }

    public static JsonObject Read(string text)
    {
        var yaml = new Yaml(text);
        JsonNode root = yaml.Block(0);
        return yaml._at == yaml._lines.Count && root is JsonObject map ? map : throw yaml.Error("not indented as what is before it");
    }

    private JsonNode Block(int indent) => Line(indent).StartsWith('-') ? List(indent) : Map(indent);

    private JsonArray List(int indent)
    {
        var list = new JsonArray();
        while (Line(indent) is ['-', ' ', .. string item])
        {
            // The entry is a block whose first line stands behind the dash.
            if (IsKey(item))
            {
                _lines[_at] = (_lines[_at].Number, indent + 2, item);
                list.Add(Map(indent + 2));
                continue;
            }
            list.Add(Scalar(item));
            _at++;
        }
        return list;
    }

    private JsonObject Map(int indent)
    {
        var map = new JsonObject();
        while (Line(indent) is { Length: > 0 } line && line[0] != '-')
        {
            if (!IsKey(line))
                throw Error("no key");
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            string key = line[..colon], value = line[(colon + 1)..].Trim();
            _at++;
            map.Add(key, value.Length != 0 ? Scalar(value) : Block(_at < _lines.Count ? _lines[_at].Indent : throw Error("no value")));
        }
        return map;
    }

    /// <summary>The line at hand when it is of this indentation, else nothing.</summary>
    private string Line(int indent) => _at < _lines.Count && _lines[_at].Indent == indent ? _lines[_at].Text : "";

    private static bool IsKey(string text)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 && (colon == text.Length - 1 || text[colon + 1] == ' ') && text[..colon].All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');
    }

    private JsonNode Scalar(string text) => text switch
    {
        ['[', .. string items, ']'] => new JsonArray([.. items.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(Scalar)]),
        ['"', .. string quoted, '"'] when !quoted.Contains('"') && !quoted.Contains('\\') => quoted,
        ['"' or '\'' or '[' or '{' or '&' or '*' or '|' or '>' or '!', ..] => throw Error("not of the YAML this reads"),
        _ when text.Contains(" #", StringComparison.Ordinal) || text.Contains(": ", StringComparison.Ordinal) => throw Error("a remark or a key within a text"),
        _ => text,
    };

    private InvalidDataException Error(string what) => new(_at < _lines.Count ? $"line {_lines[_at].Number}: {what}: {_lines[_at].Text}" : what);
}
