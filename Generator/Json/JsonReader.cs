using System.Globalization;
using System.Text;

namespace BpfVerifier.Generator.Json;

/// <summary>What is wrong with a text, and where.</summary>
internal sealed record JsonError(string Message, int Position);

/// <summary>
/// Reads JSON as RFC 8259 has it and nothing beyond: no comments, no trailing commas, no name twice in an object. Keeps
/// the place of every value; never throws. System.Text.Json would have to be shipped beside the generator.
/// </summary>
internal sealed class JsonReader
{
    /// <summary>Deepest nesting read; the kernel's files need 8.</summary>
    public const int MaxDepth = 64;

    private readonly string _text;
    private int _position;
    private JsonError? _error;

    private JsonReader(string text) => _text = text;

    /// <summary>The document in <paramref name="text"/>, or null and what is wrong with it.</summary>
    public static JsonValue? Read(string text, out JsonError? error)
    {
        var reader = new JsonReader(text);
        if (text.StartsWith("\ufeff", StringComparison.Ordinal))
            reader._position = 1;
        reader.SkipSpace();
        JsonValue? value = reader.Value(0);
        reader.SkipSpace();
        if (value is not null && reader._position < text.Length)
            value = reader.Fail("text after the end of the document");
        error = reader._error;
        return value;
    }

    private char Current => _position < _text.Length ? _text[_position] : '\0';

    private JsonValue? Fail(string message, int? position = null)
    {
        _error ??= new JsonError(message, Math.Min(position ?? _position, _text.Length));
        return null;
    }

    private JsonValue? FailHere(string expected) => _position < _text.Length
        ? Fail(string.Format(CultureInfo.InvariantCulture, "expected {0} but found {1}", expected, Describe(_text[_position])))
        : Fail("the text ends where " + expected + " is expected");

    private static string Describe(char c) =>
        c is > ' ' and < '\u007f' ? "'" + c + "'" : string.Format(CultureInfo.InvariantCulture, "U+{0:X4}", (int)c);

    private void SkipSpace()
    {
        while (_position < _text.Length && _text[_position] is ' ' or '\t' or '\n' or '\r')
            _position++;
    }

    private JsonValue? Value(int depth)
    {
        if (depth > MaxDepth)
            return Fail("nested too deeply");
        return Current switch
        {
            '{' => Object(depth),
            '[' => Array(depth),
            '"' => String(),
            '-' or (>= '0' and <= '9') => Number(),
            't' => Word("true", JsonKind.True),
            'f' => Word("false", JsonKind.False),
            'n' => Word("null", JsonKind.Null),
            _ => FailHere("a value"),
        };
    }

    private JsonValue? Word(string word, JsonKind kind)
    {
        if (string.CompareOrdinal(_text, _position, word, 0, word.Length) != 0)
            return Fail("unknown word");
        _position += word.Length;
        return new JsonValue(kind, _position - word.Length, _position);
    }

    private JsonValue? Object(int depth)
    {
        int start = _position++;
        var members = new List<JsonMember>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        SkipSpace();
        while (Current != '}' || members.Count > 0)
        {
            if (Current != '"')
                return FailHere("a name");
            int position = _position;
            if (String() is not { } name)
                return null;
            if (!names.Add(name.Text))
                return Fail("the name \"" + name.Text + "\" occurs twice in this object", position);
            SkipSpace();
            if (Current != ':')
                return FailHere("':'");
            _position++;
            SkipSpace();
            if (Value(depth + 1) is not { } value)
                return null;
            members.Add(new JsonMember(name.Text, position, value));
            SkipSpace();
            if (Current == '}')
                break;
            if (Current != ',')
                return FailHere("',' or '}'");
            _position++;
            SkipSpace();
        }
        return new JsonValue(JsonKind.Object, start, ++_position) { Members = members };
    }

    private JsonValue? Array(int depth)
    {
        int start = _position++;
        var items = new List<JsonValue>();
        SkipSpace();
        while (Current != ']' || items.Count > 0)
        {
            if (Value(depth + 1) is not { } item)
                return null;
            items.Add(item);
            SkipSpace();
            if (Current == ']')
                break;
            if (Current != ',')
                return FailHere("',' or ']'");
            _position++;
            SkipSpace();
        }
        return new JsonValue(JsonKind.Array, start, ++_position) { Items = items };
    }

    private JsonValue? Number()
    {
        int start = _position;
        if (Current == '-')
            _position++;
        if (Current == '0')
            _position++;
        else if (!Digits())
            return FailHere("a digit");
        if (Current == '.')
        {
            _position++;
            if (!Digits())
                return FailHere("a digit");
        }
        if (Current is 'e' or 'E')
        {
            _position++;
            if (Current is '+' or '-')
                _position++;
            if (!Digits())
                return FailHere("a digit");
        }
        return new JsonValue(JsonKind.Number, start, _position) { Text = _text.Substring(start, _position - start) };
    }

    private bool Digits()
    {
        int start = _position;
        while (Current is >= '0' and <= '9')
            _position++;
        return _position > start;
    }

    private JsonValue? String()
    {
        int start = _position++;
        StringBuilder? unescaped = null;
        int plain = _position;
        while (true)
        {
            if (_position >= _text.Length)
                return Fail("the text ends within a string", start);
            char c = _text[_position];
            if (c == '"')
                break;
            if (c < ' ')
                return Fail("a string holds a control character " + Describe(c));
            if (c != '\\')
            {
                _position++;
                continue;
            }
            unescaped ??= new StringBuilder();
            unescaped.Append(_text, plain, _position - plain);
            if (!Escape(unescaped))
                return null;
            plain = _position;
        }
        string text = unescaped is null
            ? _text.Substring(plain, _position - plain)
            : unescaped.Append(_text, plain, _position - plain).ToString();
        return new JsonValue(JsonKind.String, start, ++_position) { Text = text };
    }

    private bool Escape(StringBuilder target)
    {
        int start = _position++;
        char c = Current;
        _position++;
        if (c == 'u')
        {
            if (_position + 4 > _text.Length
                || !ushort.TryParse(_text.Substring(_position, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort code))
                return Fail("\\u needs four hexadecimal digits", start) is not null;
            _position += 4;
            target.Append((char)code);
            return true;
        }
        char value = c switch
        {
            '"' or '\\' or '/' => c,
            'b' => '\b',
            'f' => '\f',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            _ => '\0',
        };
        if (value == '\0')
            return Fail("unknown escape sequence", start) is not null;
        target.Append(value);
        return true;
    }
}
