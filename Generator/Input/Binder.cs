using System.Globalization;
using BpfVerifier.Generator.Json;
using BpfVerifier.Generator.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace BpfVerifier.Generator.Input;

/// <summary>
/// Takes values out of one JSON file and notes what is wrong with them. After a complaint it hands out an empty value, so
/// that reading goes on and one run tells of all mistakes; <see cref="Result{T}"/> then drops the half-read model.
/// </summary>
internal sealed class Binder(InputFile file)
{
    /// <summary>More complaints than this about one file help nobody.</summary>
    private const int MaxDiagnostics = 50;

    private readonly List<DiagnosticInfo> _diagnostics = [];

    public string FileName => file.FileName;

    public bool Failed => _diagnostics.Count > 0;

    /// <summary>Reads <paramref name="file"/> with <paramref name="read"/>, given the object at its top.</summary>
    public static Parsed<T> Read<T>(InputFile file, Func<Binder, JsonValue, T> read) where T : class, IEquatable<T>
    {
        var binder = new Binder(file);
        T? value = null;
        if (file.Text is null)
            binder._diagnostics.Add(new DiagnosticInfo(Diagnostics.Files, file.Path, default, default, new(["The file cannot be read"])));
        else if (JsonReader.Read(file.Text.ToString(), out JsonError? error) is not { } root)
            binder.Report(Diagnostics.Syntax, error!.Position, error.Position, error.Message);
        else if (root.Kind != JsonKind.Object)
            binder.WrongKind(root, "an object");
        else
            value = read(binder, root);
        return binder.Result(value);
    }

    private Parsed<T> Result<T>(T? value) where T : class, IEquatable<T> => new(Failed ? null : value, _diagnostics.ToEquatable());

    public void Report(DiagnosticDescriptor descriptor, JsonValue at, params string[] arguments) => Report(descriptor, at.Start, at.End, arguments);

    public void Report(DiagnosticDescriptor descriptor, int start, int end, params string[] arguments)
    {
        if (_diagnostics.Count >= MaxDiagnostics)
            return;
        DiagnosticPlace place = Place(start, end);
        _diagnostics.Add(new DiagnosticInfo(descriptor, place.Path, place.Span, place.Lines, arguments.ToEquatable()));
    }

    /// <summary>Where a value stands.</summary>
    public DiagnosticPlace Place(JsonValue at) => Place(at.Start, at.End);

    private DiagnosticPlace Place(int start, int end)
    {
        TextSpan span = TextSpan.FromBounds(start, end);
        return new DiagnosticPlace(file.Path, span, file.Text!.Lines.GetLinePositionSpan(span));
    }

    public void WrongKind(JsonValue at, string expected) => Report(Diagnostics.WrongKind, at, expected);

    /// <summary>Complains unless the file's <c>schema</c> is <paramref name="schema"/>.</summary>
    public void Schema(JsonValue root, int schema)
    {
        if (Required(root, "schema") is not { } value)
            return;
        if (!value.TryGetInt32(out int number))
            WrongKind(value, "a whole number");
        else if (number != schema)
            Report(Diagnostics.Schema, value, Text(number), Text(schema));
    }

    /// <summary>The value of a key that must be there.</summary>
    public JsonValue? Required(JsonValue at, string key)
    {
        JsonValue? value = at[key];
        if (value is null)
            Report(Diagnostics.MissingKey, at.Start, at.Start, key);
        return value;
    }

    /// <summary>The value of a key that must be there but may be null, which gives null.</summary>
    public JsonValue? RequiredOrNull(JsonValue at, string key) =>
        Required(at, key) is { Kind: not JsonKind.Null } value ? value : null;

    /// <summary>The value of a key that may be absent or null.</summary>
    public static JsonValue? Optional(JsonValue at, string key) => at[key] is { Kind: not JsonKind.Null } value ? value : null;

    public string String(JsonValue? value)
    {
        if (value is null || value.Kind == JsonKind.String)
            return value?.Text ?? "";
        WrongKind(value, "a string");
        return "";
    }

    public string String(JsonValue at, string key) => String(Required(at, key));

    public string? OptionalString(JsonValue at, string key) => Optional(at, key) is { } value ? String(value) : null;

    public int Int32(JsonValue? value)
    {
        if (value is null)
            return 0;
        if (value.TryGetInt32(out int number))
            return number;
        WrongKind(value, "a whole number of 32 bits");
        return 0;
    }

    /// <summary>A number from <paramref name="min"/> to <paramref name="max"/>, else a complaint and <paramref name="min"/>.</summary>
    public int Int32(JsonValue? value, int min, int max)
    {
        int number = Int32(value);
        if (number >= min && number <= max)
            return number;
        if (value is not null)
            WrongKind(value, "a number from " + Text(min) + " to " + Text(max));
        return min;
    }

    /// <summary>A 64-bit number, signed or not.</summary>
    public Integer Integer(JsonValue value)
    {
        if (value.Kind == JsonKind.Number && Model.Integer.TryParse(value.Text, out Integer number))
            return number;
        WrongKind(value, "a whole number of 64 bits");
        return default;
    }

    /// <summary>0 or 1, false or true; false for an absent key.</summary>
    public bool Flag(JsonValue at, string key) => Optional(at, key) switch
    {
        null or { Kind: JsonKind.False } => false,
        { Kind: JsonKind.True } => true,
        { } value => Int32(value, 0, 1) == 1,
    };

    public IReadOnlyList<JsonMember> Members(JsonValue? value)
    {
        if (value is null || value.Kind == JsonKind.Object)
            return value?.Members ?? [];
        WrongKind(value, "an object");
        return [];
    }

    public IReadOnlyList<JsonValue> Items(JsonValue? value)
    {
        if (value is null || value.Kind == JsonKind.Array)
            return value?.Items ?? [];
        WrongKind(value, "an array");
        return [];
    }

    public string[] Strings(JsonValue? value) => [.. Items(value).Select(String)];

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
