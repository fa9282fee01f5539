using System.Text.Json;
using System.Text.Json.Serialization;

namespace BpfVerifier.Parity;

/// <summary>What a real kernel answered for one program, a line of a golden file.</summary>
internal sealed record Golden
{
    [JsonPropertyName("object")] public required string Object { get; init; }
    /// <summary>SHA-256 of the file that was asked about.</summary>
    [JsonPropertyName("sha256")] public string Sha256 { get; init; } = "";
    [JsonPropertyName("program")] public string Program { get; init; } = "";
    [JsonPropertyName("verdict")] public required string Verdict { get; init; }
    [JsonPropertyName("errno")] public int Errno { get; init; }
    [JsonPropertyName("message")] public string Message { get; init; } = "";
    [JsonPropertyName("processed")] public int Processed { get; init; }
    [JsonPropertyName("max_states_per_insn")] public int MaxStatesPerInsn { get; init; }
    [JsonPropertyName("total_states")] public int TotalStates { get; init; }
    [JsonPropertyName("peak_states")] public int PeakStates { get; init; }
    [JsonPropertyName("mark_read")] public int MarkRead { get; init; }
    [JsonPropertyName("insn_count")] public int InsnCount { get; init; }
    [JsonPropertyName("l1_sha256")] public string? Level1Hash { get; init; }
    [JsonPropertyName("l2_sha256")] public string? Level2Hash { get; init; }

    /// <summary>The verifier's own time in microseconds, where the kernel was asked just now.</summary>
    [JsonPropertyName("usec")] public long? Microseconds { get; init; }

    /// <summary>The text fields of a golden file's first line: which kernel answered, and how it was asked.</summary>
    public static IReadOnlyDictionary<string, string> Header(string path)
    {
        using JsonDocument first = JsonDocument.Parse(File.ReadLines(path).FirstOrDefault() ?? "{}");
        return first.RootElement.EnumerateObject().ToDictionary(f => f.Name, f => f.Value.ToString());
    }

    /// <summary>Reads a golden file; its first line describes the kernel and is not a program. A line without a hash is of the object before.</summary>
    public static IReadOnlyList<Golden> Read(string path)
    {
        var goldens = new List<Golden>();
        foreach (string line in File.ReadLines(path).Skip(1).Where(line => line.Length > 0))
        {
            Golden golden = JsonSerializer.Deserialize<Golden>(line)!;
            goldens.Add(golden.Sha256.Length > 0 || goldens.Count == 0 ? golden : golden with { Sha256 = goldens[^1].Sha256 });
        }
        return goldens;
    }
}
