using System.Globalization;

namespace BpfVerifier.Generator.Json;

internal enum JsonKind
{
    Null,
    False,
    True,
    Number,
    String,
    Array,
    Object,
}

/// <summary>A member of an object.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Position">Where the name starts.</param>
/// <param name="Value">Its value.</param>
internal readonly record struct JsonMember(string Name, int Position, JsonValue Value);

/// <summary>A value and where it stands in the text.</summary>
internal sealed class JsonValue(JsonKind kind, int start, int end)
{
    public JsonKind Kind { get; } = kind;
    /// <summary>First character.</summary>
    public int Start { get; } = start;
    /// <summary>One past the last character.</summary>
    public int End { get; } = end;

    /// <summary>A string's value, a number as written.</summary>
    public string Text { get; init; } = "";
    public IReadOnlyList<JsonValue> Items { get; init; } = [];
    /// <summary>Members in the order of the text; no name occurs twice.</summary>
    public IReadOnlyList<JsonMember> Members { get; init; } = [];

    public JsonValue? this[string name]
    {
        get
        {
            foreach (JsonMember member in Members)
            {
                if (member.Name == name)
                    return member.Value;
            }
            return null;
        }
    }

    public bool TryGetInt32(out int value) =>
        int.TryParse(Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value) & Kind == JsonKind.Number;
}
