using System.Text.Json;
using System.Xml.Linq;
using BpfVerifier.Boundary.Reports;
using Xunit;

namespace BpfVerifier.Boundary.Tests;

/// <summary>What to take into the façade next.</summary>
public class FacadeAdviceTests
{
    private static readonly ReleaseBoundary s_old = new("1.0", 10, 5,
    [
        new("Alone", "fix", ["bpf_a"]),
        new("Also", "feature", ["bpf_a"]),
        new("Pair", "feature", ["bpf_b", "bpf_a"]),
        new("Others", "log", ["x.c", "x.d"]),
        new("Later", "precision", ["jit:z"]),
    ]);

    private static readonly ReleaseBoundary s_newer = new("1.1", 17, 2, [new("Later", "precision", ["jit:z"])]);

    private static readonly ReleaseBoundary s_newest = new("1.2", 20, 0, []);

    [Fact]
    public void MembersAreRankedByWhatTheyBringInside()
    {
        Assert.Equal(
            ["bpf_a+bpf_b 3 Alone,Also,Pair", "bpf_a 2 Alone,Also", "jit:z 1 Later", "x.c+x.d 1 Others"],
            FacadeAdvice.Rank([s_old]).Select(a => $"{string.Join('+', a.Members)} {a.Count} {string.Join(',', a.Changes.Select(c => c.Name))}"));
        Assert.Equal([("feature", 2), ("fix", 1)], FacadeAdvice.Rank([s_old])[0].Kinds);
        Assert.Empty(FacadeAdvice.Rank([s_newest]));
    }

    [Fact]
    public void OverAllReleasesAChangeCountsInEach()
    {
        FacadeAdvice later = FacadeAdvice.Rank([s_old, s_newer, s_newest])[2];
        Assert.Equal(["jit:z"], later.Members);
        Assert.Equal(2, later.Count);
        Assert.Equal("1.0: 1, 1.1: 1", AdviceReport.Where(later));
        Assert.Equal("Later", Assert.Single(later.Changes).Name);
    }

    [Fact]
    public void JsonHasReleasesAndAdvice()
    {
        using var to = new MemoryStream();
        new AdviceReport([s_old, s_newer, s_newest], 2).WriteJson(to);
        using JsonDocument json = JsonDocument.Parse(to.ToArray());
        JsonElement old = json.RootElement.GetProperty("releases")[0], first = old.GetProperty("advice")[0];
        Assert.Equal((5, 2, 18), (old.GetProperty("refused").GetInt32(), old.GetProperty("advice").GetArrayLength(), first.GetProperty("inside").GetInt32()));
        Assert.Equal(2, first.GetProperty("kinds").GetProperty("feature").GetInt32());
        Assert.Equal(2, json.RootElement.GetProperty("over_all").GetArrayLength());
        Assert.Equal(3, json.RootElement.GetProperty("over_all")[0].GetProperty("releases").GetProperty("1.0").GetInt32());
    }

    [Fact]
    public void OneReleaseHasNoAdviceOverAll() => Assert.Empty(new AdviceReport([s_old], 5).OverAll);

    [Fact]
    public void ThePageHasAChartForEachReleaseThatLacksSomething()
    {
        string page = new AdviceReport([s_old, s_newer, s_newest], 5).Html();
        XElement[] charts = [.. page.Split("<svg").Skip(1).Select(part => XElement.Parse("<svg" + part[..(part.IndexOf("</svg>", StringComparison.Ordinal) + 6)]))];
        Assert.Equal(
            ["Changes by release", "Changes brought inside over all releases", "Changes brought inside in Linux 1.0", "Changes brought inside in Linux 1.1"],
            charts.Select(chart => chart.Attribute("aria-label")!.Value));
        Assert.Contains("bpf_a + bpf_b", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", new AdviceReport([s_old with { Refused = [new("<script>", "fix", ["<script>"])] }], 5).Html(), StringComparison.OrdinalIgnoreCase);
    }
}
