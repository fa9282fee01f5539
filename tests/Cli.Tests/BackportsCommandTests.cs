using System.Text.Json;
using Xunit;

namespace BpfVerifier.Cli.Tests;

public class BackportsCommandTests
{
    /// <summary>What the releases' own assemblies say is what HeaderIngest counted from the ledger and the facts.</summary>
    [Fact]
    public void TheCountsAreThoseOfTheLedgerPage()
    {
        (int code, string output, string error) = Tool.Run("backports", "--output", "markdown");
        Assert.Equal((0, ""), (code, error));
        Assert.Contains(output, File.ReadAllText(Path.Combine(Path.GetDirectoryName(Tool.Samples)!, "docs", "ledger.md")), StringComparison.Ordinal);
    }

    [Fact]
    public void ARefusedChangeNamesWhatIsMissing()
    {
        (int code, string output, _) = Tool.Run("backports", "--release", "6.1", "--state", "refused");
        Assert.Equal(0, code);
        Assert.Contains("needs BPF_F_TOKEN_FD, first seen in 6.12", output, StringComparison.Ordinal);
        Assert.DoesNotContain("already-there ", output, StringComparison.Ordinal);
    }

    [Fact]
    public void APatchLevelCountsWhatItsBranchHadByThen()
    {
        JsonElement early = Release("6.1.100"), late = Release("6.1.192");
        Assert.Equal(("6.1.100", "applied"), (early.GetProperty("release").GetString(), State(early, "AtomicFetchBacktracked")));
        Assert.Equal("already-there", State(late, "AtomicFetchBacktracked"));
        Assert.True(early.GetProperty("applied").GetInt32() > late.GetProperty("applied").GetInt32());
        Assert.Equal(early.GetProperty("changes").GetArrayLength(), early.GetProperty("applied").GetInt32() + early.GetProperty("refused").GetInt32() + early.GetProperty("already-there").GetInt32());
    }

    [Theory]
    [InlineData("--release", "5.4")]
    [InlineData("--state", "lost")]
    public void WrongWordsAreRefused(params string[] arguments) => Assert.Equal(2, Tool.Run(["backports", .. arguments]).ExitCode);

    private static JsonElement Release(string name)
    {
        (int code, string output, _) = Tool.Run("backports", "--release", name, "--output", "json");
        Assert.Equal(0, code);
        using JsonDocument json = JsonDocument.Parse(output);
        return json.RootElement[0].Clone();
    }

    private static string? State(JsonElement release, string change) => release.GetProperty("changes").EnumerateArray()
        .Single(c => c.GetProperty("name").GetString() == change).GetProperty("state").GetString();
}
