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

    /// <summary>A release that has a change in mainline has what the change needs: else the symbol is a wrong one, or the first release is.</summary>
    [Fact]
    public void WhatAChangeNeedsIsInEveryReleaseThatHasIt()
    {
        (Version Release, HashSet<string> Symbols, bool Macros)[] releases = [.. Directory.GetFiles(Path.Combine(Repository.Root!, "kernel-headers"), "abi.json", SearchOption.AllDirectories).Select(Symbols)];
        HashSet<string> all = [.. releases.SelectMany(r => r.Symbols)];
        int looked = 0;
        foreach (JsonElement entry in s_entries)
        {
            Version since = Version.Parse(entry.GetProperty("since").GetString()!);
            foreach (string need in entry.GetProperty("needs").EnumerateArray().Select(n => n.GetString()!))
            {
                looked++;
                if (need.IndexOf('@') is var mark and >= 0)
                {
                    Assert.True(Version.Parse(need[(mark + 1)..]) <= since, $"{Name(entry)} is in {since}, before what it needs: {need}");
                    continue;
                }
                Assert.True(all.Contains(need), $"{Name(entry)} needs {need}, which no release has");
                // Releases ingested without headers list no macros.
                foreach ((Version release, HashSet<string> symbols, bool macros) in releases.Where(r => r.Release >= since && (r.Macros || !IsMacro(need))))
                    Assert.True(symbols.Contains(need), $"{Name(entry)} is in {release}, which lacks {need}");
            }
        }
        Assert.NotEqual(0, looked);

        bool IsMacro(string name) => releases.All(r => r.Macros || !r.Symbols.Contains(name));
    }

    /// <summary>What the generator takes for symbols of a release (SymbolsModel), out of its abi.json.</summary>
    private static (Version Release, HashSet<string> Symbols, bool Macros) Symbols(string path)
    {
        JsonElement abi = JsonDocument.Parse(File.ReadAllText(path)).RootElement;
        HashSet<string> names =
        [
            .. Members("helpers").Select(h => "bpf_" + h.Name),
            .. Members("kfuncs").SelectMany(t => t.Value.EnumerateArray()).SelectMany(s => s.GetProperty("kfuncs").EnumerateObject()).Select(k => k.Name),
            .. Members("enums").SelectMany(e => e.Value.GetProperty("values").EnumerateObject()).Select(v => v.Name),
            .. Members("macros").Select(m => m.Name),
            .. abi.GetProperty("gates").EnumerateArray().Select(g => g.GetString()!),
            .. Members("structs").SelectMany(s => (string[])[s.Name, .. s.Value.GetProperty("members").EnumerateArray().Select(m => $"{s.Name}.{m[0].GetString()}")]),
        ];
        return (Version.Parse(abi.GetProperty("release").GetString()!), names, abi.GetProperty("macros").ValueKind == JsonValueKind.Object);

        IEnumerable<JsonProperty> Members(string section) =>
            abi.GetProperty(section) is { ValueKind: JsonValueKind.Object } found ? found.EnumerateObject() : [];
    }

    private static string Name(JsonElement entry) => entry.GetProperty("name").GetString()!;

    [GeneratedRegex("^[0-9a-f]{40}$")]
    private static partial Regex Hash();
}
