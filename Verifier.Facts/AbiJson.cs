using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace BpfVerifier.Facts;

/// <summary>Reads and writes the JSON files of <c>kernel-headers/</c>: the same contents always give the same bytes, and a change of one symbol
/// changes one line.</summary>
public static class AbiJson
{
    /// <summary>How values are spelled: camelCase names, nothing escaped that need not be.</summary>
    public static JsonSerializerOptions Options { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Text of <c>abi.json</c>.</summary>
    public static string Write(AbiDocument document) => Write(document, path => path.Length switch
    {
        0 or 1 => true,
        // Program types: one helper, one run and one condition a line. kfuncs: one set's kfunc a line. Sets and uapi: one name a line. struct_ops: one member and one helper a line.
        2 => path[0] is "programTypes" or "kfuncs" or "btfSets" or "structOps" or "uapi",
        3 => path[0] is "kfuncs" || path[0] is "structOps" && path[2] is "members" or "helpers" or "stores" || path[0] is "programTypes" && path[2] is "helpers" or "ctx" or "varies",
        4 => path[0] is "kfuncs" && path[3] is "kfuncs",
        _ => false,
    });

    /// <summary>Text of any document, with the objects and arrays for whose path <paramref name="expand"/> says so spread over lines.</summary>
    public static string Write<T>(T document, Func<string[], bool> expand)
    {
        var text = new StringBuilder();
        Append(text, JsonSerializer.SerializeToNode(document, Options), [], expand);
        return text.Append('\n').ToString();
    }

    /// <summary>Reads what <see cref="Write(AbiDocument)"/> wrote.</summary>
    /// <exception cref="InvalidDataException">Not such a file.</exception>
    public static AbiDocument Read(string text, string name)
    {
        try
        {
            return JsonSerializer.Deserialize<AbiDocument>(text, Options) is { Schema: AbiDocument.CurrentSchema } document
                ? document
                : throw new InvalidDataException($"{name}: not an abi.json of schema {AbiDocument.CurrentSchema}");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"{name}: {e.Message}", e);
        }
    }

    private static void Append(StringBuilder text, JsonNode? node, string[] path, Func<string[], bool> expand)
    {
        bool isObject = node is JsonObject { Count: > 0 };
        if (!(isObject || node is JsonArray { Count: > 0 }) || !expand(path))
        {
            text.Append(node?.ToJsonString(Options) ?? "null");
            return;
        }
        text.Append(isObject ? "{\n" : "[\n");
        int indent = path.Length + 1, index = 0, count = isObject ? ((JsonObject)node!).Count : ((JsonArray)node!).Count;
        IEnumerable<(string? Key, JsonNode? Value)> items = isObject
            ? ((JsonObject)node!).Select(p => ((string?)p.Key, p.Value))
            : ((JsonArray)node!).Select(v => ((string?)null, v));
        foreach ((string? key, JsonNode? value) in items)
        {
            text.Append(' ', indent);
            if (key is not null)
                text.Append(JsonSerializer.Serialize(key, Options)).Append(": ");
            Append(text, value, [.. path, key ?? ""], expand);
            text.Append(++index < count ? ",\n" : "\n");
        }
        text.Append(' ', indent - 1).Append(isObject ? '}' : ']');
    }
}
