using System.Text.Json;
using Xunit;

namespace BpfVerifier.Btf.Tests;

/// <summary>Compares every type of <c>types.btf</c> (compiled from <c>types.c</c> by clang 19) with what <c>bpftool -j btf dump</c> printed of it.</summary>
public sealed class RecordedTypesTests
{
    private static readonly JsonElement s_recorded = JsonDocument.Parse(File.ReadAllText(PathOf("types.json"))).RootElement.GetProperty("types");

    internal static string PathOf(string name) => Path.Combine(AppContext.BaseDirectory, "types", name);

    internal static BtfTypes Parse()
    {
        Assert.True(BtfTypes.TryParse(File.ReadAllBytes(PathOf("types.btf")), null, out BtfTypes? types, out string error), error);
        return types;
    }

    [Fact]
    public void Every_type_reads_as_bpftool_prints_it()
    {
        BtfTypes types = Parse();
        Assert.Equal(s_recorded.GetArrayLength() + 1, types.Count);
        foreach (JsonElement recorded in s_recorded.EnumerateArray())
            Compare(recorded, types[recorded.GetProperty("id").GetInt32()]);
    }

    [Fact]
    public void A_copy_by_the_builder_has_the_same_types()
    {
        BtfTypes types = BtfBuilder.From(Parse()).Build();
        foreach (JsonElement recorded in s_recorded.EnumerateArray())
            Compare(recorded, types[recorded.GetProperty("id").GetInt32()]);
    }

    [Fact]
    public void Every_named_type_is_found_by_its_first_id()
    {
        BtfTypes types = Parse();
        var first = new Dictionary<string, int>();
        foreach (JsonElement recorded in s_recorded.EnumerateArray())
        {
            string name = Name(recorded);
            if (name.Length > 0)
                first.TryAdd(name, recorded.GetProperty("id").GetInt32());
        }
        Assert.NotEmpty(first);
        foreach ((string name, int id) in first)
        {
            Assert.Equal(id, types.Find(name));
            Assert.Equal(id, types.Find(name, types[id].Kind));
            Assert.Contains(id, types.FindAll(name));
        }
        Assert.Equal(-1, types.Find("no such name"));
        Assert.Equal(-1, types.Find("all", BtfKind.Union));
        Assert.Equal(-1, types.Find(""));
    }

    private static string Name(JsonElement element) => element.GetProperty("name").GetString() is { } name and not "(anon)" ? name : "";

    private static string KindName(BtfKind kind) => kind switch
    {
        BtfKind.FuncProto => "FUNC_PROTO",
        BtfKind.DeclTag => "DECL_TAG",
        BtfKind.TypeTag => "TYPE_TAG",
        _ => kind.ToString().ToUpperInvariant(),
    };

    private static void Compare(JsonElement recorded, BtfType type)
    {
        Assert.Equal(recorded.GetProperty("id").GetInt32(), type.Id);
        Assert.Equal(recorded.GetProperty("kind").GetString(), KindName(type.Kind));
        Assert.Equal(Name(recorded), type.Name);
        foreach (JsonProperty property in recorded.EnumerateObject())
        {
            switch (property.Name)
            {
                case "size":
                    Assert.Equal(property.Value.GetInt32(), type.Size);
                    break;
                case "type_id" when type.Kind == BtfKind.Array:
                    Assert.Equal(property.Value.GetInt32(), type.ElementTypeId);
                    break;
                case "type_id":
                    Assert.Equal(property.Value.GetInt32(), type.TypeId);
                    break;
                case "ret_type_id":
                    Assert.Equal(property.Value.GetInt32(), type.ReturnTypeId);
                    break;
                case "index_type_id":
                    Assert.Equal(property.Value.GetInt32(), type.IndexTypeId);
                    break;
                case "nr_elems":
                    Assert.Equal(property.Value.GetUInt32(), type.Length);
                    break;
                case "vlen":
                    Assert.Equal(property.Value.GetInt32(), type.VLen);
                    break;
                case "nr_bits":
                    Assert.Equal(property.Value.GetInt32(), type.IntBits);
                    break;
                case "bits_offset":
                    Assert.Equal(property.Value.GetInt32(), type.IntOffset);
                    break;
                case "encoding":
                    string encoding = property.Value.GetString()!;
                    Assert.Equal(type.Kind == BtfKind.Int ? type.IntEncoding.ToString().ToUpperInvariant() : type.KindFlag ? "SIGNED" : "UNSIGNED", encoding.Replace("(none)", "NONE", StringComparison.Ordinal));
                    break;
                case "fwd_kind":
                    Assert.Equal(property.Value.GetString() == "union", type.IsForwardUnion);
                    break;
                case "linkage":
                    Assert.Equal(property.Value.GetString()!.Replace("global-alloc", "global", StringComparison.Ordinal), type.Linkage.ToString().ToLowerInvariant());
                    break;
                case "component_idx":
                    Assert.Equal(property.Value.GetInt64(), type.ComponentIndex);
                    break;
                case "members":
                    CompareMembers(property.Value, type);
                    break;
                case "values":
                    CompareValues(property.Value, type);
                    break;
                case "params":
                    CompareParams(property.Value, type);
                    break;
                case "vars":
                    CompareVariables(property.Value, type);
                    break;
                case "id" or "kind" or "name":
                    break;
                default:
                    Assert.Fail($"bpftool prints {property.Name}, which nothing compares");
                    break;
            }
        }
    }

    private static void CompareMembers(JsonElement recorded, BtfType type)
    {
        int i = 0;
        foreach (JsonElement one in recorded.EnumerateArray())
        {
            BtfMember member = type.Member(i++);
            Assert.Equal(Name(one), member.Name);
            Assert.Equal(one.GetProperty("type_id").GetInt32(), member.TypeId);
            Assert.Equal(one.GetProperty("bits_offset").GetUInt32(), member.BitOffset);
            Assert.Equal(one.TryGetProperty("bitfield_size", out JsonElement size) ? size.GetInt32() : 0, member.BitSize);
        }
        Assert.Equal(type.VLen, i);
    }

    private static void CompareValues(JsonElement recorded, BtfType type)
    {
        int i = 0;
        foreach (JsonElement one in recorded.EnumerateArray())
        {
            BtfEnumerator value = type.Enumerator(i++);
            Assert.Equal(one.GetProperty("name").GetString(), value.Name);
            JsonElement number = one.GetProperty("val");
            if (number.TryGetInt64(out long signed))
                Assert.Equal(signed, value.Value);
            else
                Assert.Equal(number.GetUInt64(), value.Raw);
        }
        Assert.Equal(type.VLen, i);
    }

    private static void CompareParams(JsonElement recorded, BtfType type)
    {
        int i = 0;
        foreach (JsonElement one in recorded.EnumerateArray())
        {
            BtfParam param = type.Param(i++);
            Assert.Equal(Name(one), param.Name);
            Assert.Equal(one.GetProperty("type_id").GetInt32(), param.TypeId);
        }
        Assert.Equal(type.VLen, i);
    }

    private static void CompareVariables(JsonElement recorded, BtfType type)
    {
        int i = 0;
        foreach (JsonElement one in recorded.EnumerateArray())
        {
            var expected = new BtfSectionVariable(one.GetProperty("type_id").GetInt32(), one.GetProperty("offset").GetUInt32(), one.GetProperty("size").GetUInt32());
            Assert.Equal(expected, type.Variable(i++));
        }
        Assert.Equal(type.VLen, i);
    }
}
