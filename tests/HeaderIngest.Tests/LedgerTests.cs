using System.Text.Json;
using System.Text.RegularExpressions;
using Xunit;

namespace BpfVerifier.HeaderIngest.Tests;

/// <summary>What every entry of the committed ledger says is of the right form and does not contradict itself, another entry or a release.</summary>
public partial class LedgerTests
{
    private static readonly JsonElement[] s_entries =
    [
        .. Directory.GetFiles(Changes, "ledger*.json").Order(StringComparer.Ordinal)
            .SelectMany(f => JsonDocument.Parse(File.ReadAllText(f)).RootElement.GetProperty("changes").EnumerateArray()),
    ];

    private static string Changes => Path.Combine(Repository.Root!, "Verifier.Runtime", "Changes");

    [Fact]
    public void AnEntryNamesItsCommitOrSaysWhyNot()
    {
        foreach (JsonElement entry in s_entries)
        {
            string? commit = entry.GetProperty("commit").GetString();
            bool explained = entry.TryGetProperty("unknown", out JsonElement why) && why.GetString() is { Length: > 0 };
            Assert.True(explained == commit is null, $"{Name(entry)}: a commit, or 'unknown' with the reason there is none");
            Assert.True(commit is null || Hash().IsMatch(commit), $"{Name(entry)}: {commit} is not a whole hash");
            Assert.True(entry.GetProperty("subject").GetString() is { Length: > 0 } == commit is not null, $"{Name(entry)}: a subject stands beside a commit, and only there");
        }
    }

    [Fact]
    public void EntriesOfOneCommitAgreeAboutIt()
    {
        foreach (IGrouping<string, JsonElement> commit in s_entries.Where(e => e.GetProperty("commit").ValueKind == JsonValueKind.String).GroupBy(e => e.GetProperty("commit").GetString()!))
        {
            string names = string.Join(", ", commit.Select(Name));
            foreach (string about in new[] { "subject", "since", "files" })
                Assert.True(commit.Select(e => e.GetProperty(about).ToString()).Distinct().Count() == 1, $"{names} name one commit and differ in '{about}'");
        }
    }

    [Fact]
    public void AStableLevelIsOfABranchBeforeTheFirstRelease()
    {
        foreach (JsonElement entry in s_entries)
        {
            Version since = Version.Parse(entry.GetProperty("since").GetString()!);
            foreach (JsonProperty level in entry.GetProperty("stable").EnumerateObject())
                Assert.True(Version.Parse(level.Name) < since && level.Value.GetInt32() > 0, $"{Name(entry)}: {level.Name}.{level.Value} beside since {since}");
        }
    }

    [Fact]
    public void EveryEntryIsAskedFor()
    {
        string code = string.Concat(Directory.EnumerateFiles(Path.GetDirectoryName(Changes)!, "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal)).Select(File.ReadAllText));
        Assert.All(s_entries.Select(Name), name => Assert.Matches($@"\b[cC]hanges\.{name}\b", code));
    }

    private static string Name(JsonElement entry) => entry.GetProperty("name").GetString()!;

    [GeneratedRegex("^[0-9a-f]{40}$")]
    private static partial Regex Hash();
}
