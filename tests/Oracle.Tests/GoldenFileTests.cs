using System.Text.Json;

namespace BpfVerifier.Oracle.Tests;

/// <summary>The recorded goldens are of the objects that lie in the repository now.</summary>
public sealed class GoldenFileTests
{
    public static TheoryData<string> Kernels => new(Directory.GetDirectories(Path.Combine(Repository.Root, "tests", "Parity", "golden")).Select(d => Path.GetFileName(d)).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Every_sample_was_recorded_with_the_bytes_it_has(string kernel)
    {
        Dictionary<string, string> recorded = [];
        foreach (string line in File.ReadLines(Repository.Golden(kernel, "samples")).Skip(1))
        {
            using JsonDocument golden = JsonDocument.Parse(line);
            recorded[golden.RootElement.GetProperty("object").GetString()!] = golden.RootElement.GetProperty("sha256").GetString()!;
        }

        Assert.Equal(BatchObject.InFolder(Repository.Corpus("samples")).ToDictionary(o => o.Name, o => o.Sha256), recorded);
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Answers_are_in_ordinal_order_and_unique(string kernel)
    {
        foreach (string file in Directory.GetFiles(Path.Combine(Repository.Root, "tests", "Parity", "golden", kernel), "*.jsonl"))
        {
            List<(string, string)> answers = [];
            foreach (string line in File.ReadLines(file).Skip(1))
            {
                using JsonDocument golden = JsonDocument.Parse(line);
                answers.Add((golden.RootElement.GetProperty("object").GetString()!, golden.RootElement.GetProperty("program").GetString()!));
            }
            Assert.NotEmpty(answers);
            Assert.Equal(answers.OrderBy(a => a.Item1, StringComparer.Ordinal).ThenBy(a => a.Item2, StringComparer.Ordinal).Distinct(), answers);
        }
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void First_line_says_who_answered(string kernel)
    {
        using JsonDocument header = JsonDocument.Parse(File.ReadLines(Repository.Golden(kernel, "samples")).First());

        Assert.Equal(kernel, header.RootElement.GetProperty("kernel").GetString());
        Assert.NotEqual("", header.RootElement.GetProperty("release").GetString());
        Assert.StartsWith("v1.", header.RootElement.GetProperty("libbpf").GetString(), StringComparison.Ordinal);
    }
}
