using System.Text.Json;
using BpfVerifier.Generator.Json;

namespace BpfVerifier.Generator.Tests;

/// <summary>The generator's own JSON reader, against System.Text.Json where that can tell.</summary>
public class JsonReaderTests
{
    private static readonly JsonDocumentOptions s_strict = new() { AllowDuplicateProperties = false, MaxDepth = JsonReader.MaxDepth };

    [Theory]
    [InlineData("{}")]
    [InlineData(" [ ] ")]
    [InlineData("null")]
    [InlineData("[true,false,null]")]
    [InlineData("-0.5e+10")]
    [InlineData("[0,-0,1,12345678901234567890,1E5,1.0]")]
    [InlineData("\"\\u00e9\\n\\t\\\\\\/\\\"\\b\\f\\r\"")]
    [InlineData("{\"a\":{\"b\":[1,{\"c\":\"d\"}]},\"e\":\"\"}")]
    [InlineData("\t\r\n{ \"a\" : 1 , \"b\" : [ 2 , 3 ] }\n")]
    public void Reads_what_is_JSON(string text)
    {
        JsonValue? value = JsonReader.Read(text, out JsonError? error);
        Assert.Null(error);
        using JsonDocument expected = JsonDocument.Parse(text, s_strict);
        AssertSame(expected.RootElement, value!);
        string trimmed = text.Trim();
        Assert.Equal(text.IndexOf(trimmed, StringComparison.Ordinal), value!.Start);
        Assert.Equal(value.Start + trimmed.Length, value.End);
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("{", 1)]
    [InlineData("[1,]", 3)]
    [InlineData("[,1]", 1)]
    [InlineData("[1 2]", 3)]
    [InlineData("{\"a\"}", 4)]
    [InlineData("{\"a\":1,}", 7)]
    [InlineData("{a:1}", 1)]
    [InlineData("{\"a\":1,\"a\":2}", 7)]
    [InlineData("'a'", 0)]
    [InlineData("\"abc", 0)]
    [InlineData("\"a\nb\"", 2)]
    [InlineData("\"\\x\"", 1)]
    [InlineData("\"\\u12G4\"", 1)]
    [InlineData("\"\\u12", 1)]
    [InlineData("\"\\", 1)]
    [InlineData("01", 1)]
    [InlineData("+1", 0)]
    [InlineData("-", 1)]
    [InlineData("1.", 2)]
    [InlineData(".5", 0)]
    [InlineData("1e", 2)]
    [InlineData("nul", 0)]
    [InlineData("True", 0)]
    [InlineData("{} {}", 3)]
    [InlineData("// c\n1", 0)]
    [InlineData("\0", 0)]
    public void Tells_where_it_is_not_JSON(string text, int position)
    {
        Assert.Null(JsonReader.Read(text, out JsonError? error));
        Assert.NotNull(error);
        Assert.Equal(position, error.Position);
        Assert.NotEmpty(error.Message);
        Assert.ThrowsAny<JsonException>(() => JsonDocument.Parse(text, s_strict));
    }

    [Fact]
    public void Deep_nesting_is_an_error_not_a_crash()
    {
        Assert.NotNull(JsonReader.Read(Nested(JsonReader.MaxDepth), out _));
        Assert.Null(JsonReader.Read(Nested(JsonReader.MaxDepth + 2), out JsonError? error));
        Assert.Equal("nested too deeply", error!.Message);
        Assert.Null(JsonReader.Read(new string('[', 1_000_000), out error));
        Assert.Equal("nested too deeply", error!.Message);

        static string Nested(int depth) => new string('[', depth) + new string(']', depth);
    }

    [Fact]
    public void Agrees_with_System_Text_Json_on_damaged_text()
    {
        const string Original = "{ \"a\\u0041\": [1, -2.5e3, true, null], \"b\": {\"c\": \"d\\n\", \"e\": []}, \"f\": {} }";
        const string Alphabet = "{}[],:\"\\0123456789-+.eEu tfn\nl\u0001";
        var random = new Random(1);
        int accepted = 0;
        for (int i = 0; i < 20_000; i++)
        {
            var text = new System.Text.StringBuilder(Original);
            for (int edits = random.Next(1, 4); edits > 0; edits--)
            {
                int at = random.Next(text.Length);
                switch (random.Next(3))
                {
                    case 0:
                        text[at] = Alphabet[random.Next(Alphabet.Length)];
                        break;
                    case 1:
                        text.Remove(at, 1);
                        break;
                    default:
                        text.Insert(at, Alphabet[random.Next(Alphabet.Length)]);
                        break;
                }
            }
            string damaged = text.ToString();
            JsonValue? value = JsonReader.Read(damaged, out _);
            if (TryParse(damaged) is { } expected)
            {
                accepted++;
                Assert.True(value is not null, damaged);
                AssertSame(expected.RootElement, value);
                expected.Dispose();
            }
            else
            {
                Assert.True(value is null, damaged);
            }
        }
        Assert.InRange(accepted, 1000, 19_000);
    }

    private static JsonDocument? TryParse(string text)
    {
        try
        {
            return JsonDocument.Parse(text, s_strict);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static void AssertSame(JsonElement expected, JsonValue actual)
    {
        Assert.Equal(expected.ValueKind.ToString(), actual.Kind.ToString());
        switch (expected.ValueKind)
        {
            case JsonValueKind.String:
                Assert.Equal(expected.GetString(), actual.Text);
                break;
            case JsonValueKind.Number:
                Assert.Equal(expected.GetRawText(), actual.Text);
                Assert.Equal(expected.TryGetInt32(out int number), actual.TryGetInt32(out int same));
                Assert.Equal(number, same);
                break;
            case JsonValueKind.Array:
                Assert.Equal(expected.GetArrayLength(), actual.Items.Count);
                foreach ((JsonElement item, int i) in expected.EnumerateArray().Select((item, i) => (item, i)))
                    AssertSame(item, actual.Items[i]);
                break;
            case JsonValueKind.Object:
                JsonProperty[] members = [.. expected.EnumerateObject()];
                Assert.Equal(members.Select(m => m.Name), actual.Members.Select(m => m.Name));
                for (int i = 0; i < members.Length; i++)
                    AssertSame(members[i].Value, actual.Members[i].Value);
                break;
        }
    }
}
