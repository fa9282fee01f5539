using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;

namespace BpfVerifier.Boundary.DataSet;

/// <summary>Something in a file that is not as it must be. Never leaves this assembly.</summary>
internal sealed class InputException(string message) : Exception(message);

/// <summary>Walks JSON and says of every mistake where it is.</summary>
/// <param name="name">The file, for messages.</param>
/// <param name="data">UTF-8, no byte order mark.</param>
internal ref struct JsonCursor(string name, byte[] data)
{
    private Utf8JsonReader reader = new(data);

    /// <summary>Reads one document to its end.</summary>
    /// <returns>Null, or what is wrong with it: file, line, column, reason.</returns>
    public static string? Read<T>(string name, byte[] data, Parser<T> parse, out T? value)
        where T : class
    {
        value = null;
        var cursor = new JsonCursor(name, data);
        try
        {
            cursor.Next();
            T parsed = parse(ref cursor);
            if (cursor.reader.Read())
                throw cursor.Mistake("something follows the end of the document");
            value = parsed;
            return null;
        }
        catch (JsonException e)
        {
            return Place(name, (e.LineNumber ?? 0) + 1, (e.BytePositionInLine ?? 0) + 1, $"this is not JSON: {Reason(e.Message)}");
        }
        catch (InputException e)
        {
            return e.Message;
        }
    }

    /// <summary>Reads the value the cursor stands on, and ends on that value's last token.</summary>
    public delegate T Parser<T>(ref JsonCursor cursor);

    /// <summary>Enters an object.</summary>
    /// <param name="what">What it is, for messages.</param>
    /// <param name="seen">To be handed to <see cref="NextProperty"/>.</param>
    public void BeginObject(string what, out HashSet<string> seen)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            throw Mistake($"{what} must be an object");
        seen = [];
    }

    /// <summary>Goes to the next property's value.</summary>
    /// <returns>False at the end of the object.</returns>
    public bool NextProperty(HashSet<string> seen, [NotNullWhen(true)] out string? property)
    {
        property = null;
        Next();
        if (reader.TokenType == JsonTokenType.EndObject)
            return false;
        property = Text();
        if (!seen.Add(property))
            throw Mistake($"'{Short(property)}' occurs twice");
        Next();
        return true;
    }

    /// <summary>Reads an array, element by element.</summary>
    public List<T> Array<T>(string what, Parser<T> element)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
            throw Mistake($"{what} must be an array");
        var read = new List<T>();
        for (Next(); reader.TokenType != JsonTokenType.EndArray; Next())
            read.Add(element(ref this));
        return read;
    }

    /// <summary>A string.</summary>
    public readonly string String(string what) => reader.TokenType == JsonTokenType.String ? Text() : throw Mistake($"{what} must be a string");

    /// <summary>A string or null.</summary>
    public readonly string? StringOrNull(string what) => reader.TokenType == JsonTokenType.Null ? null : String(what);

    /// <summary>True or false.</summary>
    public readonly bool Boolean(string what) =>
        reader.TokenType is JsonTokenType.True or JsonTokenType.False ? reader.GetBoolean() : throw Mistake($"{what} must be true or false");

    /// <summary>A number of things: a whole number from 0 to 2^31 - 1.</summary>
    public readonly int Count(string what) =>
        reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out int value) && value >= 0 ? value : throw Mistake($"{what} must be a whole number, 0 or more");

    /// <summary>A commit's name, in lower case.</summary>
    public readonly string Hash(string what)
    {
        string text = String(what);
        return text.Length is 40 or 64 && text.All(char.IsAsciiHexDigit)
            ? text.ToLowerInvariant()
            : throw Mistake($"{what} must be a commit's full name, 40 or 64 hexadecimal digits, not '{Short(text)}'");
    }

    /// <summary>Passes over the value the cursor stands on.</summary>
    public void Skip() => reader.Skip();

    /// <summary>A mistake at the token the cursor stands on.</summary>
    public readonly InputException Mistake(string what)
    {
        ReadOnlySpan<byte> before = data.AsSpan(0, (int)reader.TokenStartIndex);
        return new InputException(Place(name, before.Count((byte)'\n') + 1, before.Length - before.LastIndexOf((byte)'\n'), what));
    }

    /// <summary>The beginning of a text that a file brought, fit for a message.</summary>
    public static string Short(string text) => Printable.Of(text.Length > 80 ? text[..80] + "…" : text);

    private void Next()
    {
        if (!reader.Read())
            throw Mistake("the document ends too early");
    }

    private readonly string Text()
    {
        try
        {
            return reader.GetString()!;
        }
        catch (Exception e) when (e is InvalidOperationException or DecoderFallbackException)
        {
            throw Mistake("a string is not valid Unicode");
        }
    }

    private static string Place(string name, long line, long column, string what) => $"{Printable.Of(name)}:{line}:{column}: {what}";

    // The library repeats the place in words.
    private static string Reason(string message)
    {
        int place = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return Printable.Of((place < 0 ? message : message[..place]).TrimEnd('.', ' '));
    }
}
