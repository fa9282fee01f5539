using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using BpfVerifier.HeaderIngest.Abi;

namespace BpfVerifier.HeaderIngest.Tests;

public class ContextRunsTests
{
    private static readonly JsonElement s_facts = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "context-facts.json"))).RootElement;

    private static readonly Dictionary<string, AbiDocument> s_releases = Committed.Names.ToDictionary(name => name, Committed.Abi);

    public static TheoryData<string, string> ProgramTypes()
    {
        var data = new TheoryData<string, string>();
        foreach (JsonProperty release in s_facts.EnumerateObject())
        {
            foreach (JsonProperty type in release.Value.EnumerateObject())
                data.Add(release.Name, type.Name);
        }
        return data;
    }

    [Theory]
    [MemberData(nameof(ProgramTypes))]
    public void Unfolding_the_committed_runs_gives_exactly_the_accesses_recorded_from_the_facts(string release, string type)
    {
        // The recorded facts were read in another way, which did not get answers about pointers to kernel types.
        List<ContextRun> runs = [.. s_releases[release].ProgramTypes![type].Ctx!.Where(r => r.KernelType is null)];
        ContextAccess[] accesses = [.. ContextRuns.Unfold(runs).OrderBy(a => a.Offset).ThenBy(a => a.Size).ThenBy(a => a.Access)];
        string text = string.Concat(accesses.Select(a => string.Create(CultureInfo.InvariantCulture, $"{a.Offset}:{a.Size}:{a.Access} {a.RegisterType} {a.FieldSize}\n")));

        JsonElement recorded = s_facts.GetProperty(release).GetProperty(type);
        Assert.Equal(recorded.GetProperty("count").GetInt32(), accesses.Length);
        Assert.Equal(recorded.GetProperty("sha256").GetString(), Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))));
    }

    [Theory]
    [MemberData(nameof(Committed.Releases), MemberType = typeof(Committed))]
    public void Every_program_type_with_runs_is_recorded(string release) =>
        Assert.Equal(
            Committed.Abi(release).ProgramTypes!.Where(t => t.Value.Ctx is not null && t.Value.VerifierOps is not null).Select(t => t.Key),
            s_facts.GetProperty(release).EnumerateObject().Select(t => t.Name).Order(StringComparer.Ordinal));

    [Fact]
    public void Folding_and_unfolding_random_accesses_loses_and_invents_nothing()
    {
        var random = new Random(20261122);
        for (int round = 0; round < 500; round++)
        {
            var accesses = new HashSet<ContextAccess>();
            var places = new HashSet<(char, int, int)>();
            for (int i = random.Next(60); i > 0; i--)
            {
                var access = new ContextAccess("rw"[random.Next(2)], random.Next(64), 1 << random.Next(4), random.Next(3) == 0 ? "PTR_TO_PACKET" : "NOT_INIT", random.Next(2) * 4);
                if (places.Add((access.Access, access.Offset, access.Size)))
                    accesses.Add(access);
            }
            ContextAccess[] unfolded = [.. ContextRuns.Unfold(ContextRuns.Fold(accesses))];
            Assert.Equal(accesses.Count, unfolded.Length);
            Assert.True(accesses.SetEquals(unfolded));
        }
    }

    [Fact]
    public void Folding_finds_the_long_run()
    {
        var accesses = Enumerable.Range(0, 8).Select(i => new ContextAccess('r', 4 * i, 4, "NOT_INIT", 4));
        Assert.Equal([new ContextRun('r', 0, 29, 4, 4, "NOT_INIT", 4)], ContextRuns.Fold(accesses));
    }

    [Fact]
    public void The_order_of_accesses_does_not_matter()
    {
        ContextAccess[] accesses = [.. ContextRuns.Unfold(Committed.Abi("6.12").ProgramTypes!["SCHED_CLS"].Ctx!)];
        Assert.Equal(ContextRuns.Fold(accesses), ContextRuns.Fold(Enumerable.Reverse(accesses)));
    }
}
