using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json;
using Xunit;

namespace BpfVerifier.Live.Tests;

/// <summary>The attributes of bpf() lie where every release's headers have them.</summary>
public class AttributeLayoutTests
{
    /// <summary>Attributes that a release does not have yet.</summary>
    private static readonly string[] s_younger = ["5.10 map_extra"];

    public static TheoryData<string, Type> Structs()
    {
        var data = new TheoryData<string, Type>();
        foreach (string release in Repository.Releases)
            foreach (Type type in (Type[])[typeof(MapCreateAttributes), typeof(MapElementAttributes), typeof(BtfLoadAttributes), typeof(ProgramLoadAttributes)])
                data.Add(release, type);
        return data;
    }

    [Theory]
    [MemberData(nameof(Structs))]
    public void FieldsLieAsInTheKernelsUnion(string release, Type type)
    {
        Dictionary<string, (int Offset, int Bits)> members = Members(release);
        FieldInfo[] fields = type.GetFields();
        Assert.NotEmpty(fields);
        foreach (FieldInfo field in fields)
        {
            // A kernel takes zeros behind the end of its own union.
            if (!members.TryGetValue(field.Name, out (int Offset, int Bits) kernel))
            {
                Assert.Contains($"{release} {field.Name}", s_younger);
                continue;
            }
            int bytes = field.FieldType == typeof(uint) ? 4 : field.FieldType == typeof(ulong) ? 8 : ObjectName.Size;
            int offset = field.GetCustomAttribute<FieldOffsetAttribute>()!.Value;
            Assert.Equal((kernel.Offset, kernel.Bits), (offset * 8, bytes * 8));
            Assert.True(offset + bytes <= type.StructLayoutAttribute!.Size, $"{field.Name} does not fit");
        }
    }

    private static Dictionary<string, (int Offset, int Bits)> Members(string release)
    {
        using JsonDocument abi = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Repository.Root, "kernel-headers", release, "abi.json")));
        JsonElement members = abi.RootElement.GetProperty("structs").GetProperty("bpf_attr").GetProperty("members");
        var found = new Dictionary<string, (int, int)>();
        foreach (JsonElement member in members.EnumerateArray())
            found.TryAdd(member[0].GetString()!, (member[1].GetInt32(), member[2].GetInt32()));
        return found;
    }
}
