using System.Text.Json;
using System.Text.Json.Serialization;

namespace BpfVerifier.Facts;

/// <summary>Writes a member as <c>[name, bit offset, bit size, type]</c>, with <c>"bitfield"</c> or <c>"flexible"</c> behind where it applies.</summary>
public sealed class StructMemberConverter : JsonConverter<StructMember>
{
    /// <inheritdoc/>
    public override StructMember Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        JsonElement[] items = JsonSerializer.Deserialize<JsonElement[]>(ref reader, options)!;
        if (items.Length is not (4 or 5))
            throw new JsonException("a member is an array of 4 or 5 items");
        MemberKind kind = items.Length == 4 ? MemberKind.Plain : items[4].GetString() switch
        {
            "bitfield" => MemberKind.Bitfield,
            "flexible" => MemberKind.Flexible,
            string other => throw new JsonException($"unknown kind of member '{other}'"),
            null => throw new JsonException("the kind of a member is a string"),
        };
        return new StructMember(items[0].GetString()!, items[1].GetInt32(), items[2].GetInt32(), items[3].GetString()!, kind);
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, StructMember value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        writer.WriteStringValue(value.Name);
        writer.WriteNumberValue(value.Offset);
        writer.WriteNumberValue(value.Size);
        writer.WriteStringValue(value.Type);
        if (value.Kind == MemberKind.Bitfield)
            writer.WriteStringValue("bitfield");
        else if (value.Kind == MemberKind.Flexible)
            writer.WriteStringValue("flexible");
        writer.WriteEndArray();
    }
}
