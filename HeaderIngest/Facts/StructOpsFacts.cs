using System.Text.Json;
using BpfVerifier.HeaderIngest.Abi;

namespace BpfVerifier.HeaderIngest.Facts;

/// <summary>What the verifiers of the known images make of struct_ops programs: <c>struct_ops.json</c>, which record-struct-ops.py made.</summary>
public static class StructOpsFacts
{
    private static readonly Dictionary<string, SortedDictionary<string, StructOpsInfo>> s_all = Load();

    /// <summary>The structures of a release by name, null where nobody looked.</summary>
    public static SortedDictionary<string, StructOpsInfo>? Find(string release) => s_all.GetValueOrDefault(release);

    private static Dictionary<string, SortedDictionary<string, StructOpsInfo>> Load()
    {
        using Stream stream = typeof(StructOpsFacts).Assembly.GetManifestResourceStream("struct_ops.json")!;
        return JsonSerializer.Deserialize<Dictionary<string, SortedDictionary<string, StructOpsInfo>>>(stream, AbiJson.Options)!;
    }
}
