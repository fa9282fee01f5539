using System.Text.Json;
using System.Xml.Linq;
using BpfVerifier.Boundary.Reports;
using Xunit;

namespace BpfVerifier.Boundary.Tests;

public class ReportTests
{
    private const string Hostile = "<script>alert(1)</script>\"'&\u001b[31m\u202e.c";

    private static Measurement Measured() => Measurement.Of(HandMade.History(), HandMade.Scope, 10);

    private static Measurement MeasuredHostile()
    {
        var commit = new Commit(new string('a', 40), Hostile, true, [Scope.Verifier, Hostile]);
        return Measurement.Of(new History(Hostile, Hostile, null, [commit], [new Patchset(new string('b', 40), Hostile, [commit])]), HandMade.Scope, 5);
    }

    [Fact]
    public void Json_HasTheFigures()
    {
        using JsonDocument json = Json(to => BoundaryJson.Write(to, Measured(), 2));
        JsonElement commits = json.RootElement.GetProperty("commits"), patchsets = json.RootElement.GetProperty("patchsets");
        Assert.Equal([8, 3, 2, 2, 3, 2], ((string[])["total", "inside", "inside_fixes", "with_companion_only", "multi_file_fixes", "outside_fixes"]).Select(name => commits.GetProperty(name).GetInt32()));
        Assert.Equal([5, 8, 3, 3, 1], ((string[])["total", "commits", "inside_commits", "mixed", "all_inside"]).Select(name => patchsets.GetProperty(name).GetInt32()));
        Assert.Equal(HandMade.H, commits.GetProperty("companion").GetString());
        Assert.Equal(2, json.RootElement.GetProperty("changed_together").GetArrayLength());
        Assert.Equal([HandMade.H, HandMade.C, HandMade.U, HandMade.L], json.RootElement.GetProperty("growth").EnumerateArray().Select(step => step.GetProperty("member").GetString()));
    }

    [Fact]
    public void Json_KeepsHostileNamesAsTheyAre()
    {
        using JsonDocument json = Json(to => BoundaryJson.Write(to, MeasuredHostile(), 5));
        Assert.Equal(Hostile, json.RootElement.GetProperty("commits").GetProperty("companion").GetString());
    }

    [Fact]
    public void Html_LoadsAndRunsNothing_AndItsChartsAreWellFormed()
    {
        LedgerChange[] ledger = [new("Two", "fix", "6.2", new string('c', 40), null, [Hostile], [Hostile]), new("None", "fix", "6.2", null, null, [], [])];
        foreach (string page in (string[])[BoundaryHtml.Write(Measured(), 15), BoundaryHtml.Write(MeasuredHostile(), 15), BoundaryHtml.Write(LedgerMeasurement.Of(ledger, [], HandMade.Scope, 5))])
        {
            Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("src=", page, StringComparison.Ordinal);
            Assert.DoesNotContain("href=", page, StringComparison.Ordinal);
            Assert.DoesNotContain("url(", page, StringComparison.Ordinal);
            Assert.DoesNotContain(page, c => char.IsControl(c) && c != '\n' || c == '\u202e');
            Assert.Contains("prefers-color-scheme: dark", page, StringComparison.Ordinal);
            string[] charts = [.. page.Split("<svg").Skip(1).Select(part => "<svg" + part[..(part.IndexOf("</svg>", StringComparison.Ordinal) + 6)])];
            Assert.NotEmpty(charts);
            Assert.All(charts, chart => Assert.Equal("svg", XElement.Parse(chart).Name.LocalName));
        }
    }

    [Fact]
    public void Html_DrawsEachFile_AsLongAsItsCommits()
    {
        XElement chart = XElement.Parse(Chart(BoundaryHtml.Write(Measured(), 15), "Files changed together"));
        double[] widths = [.. chart.Elements("g").Select(row => row.Elements("rect").Sum(bar => double.Parse(bar.Attribute("width")!.Value, System.Globalization.CultureInfo.InvariantCulture)))];
        Assert.Equal(4, widths.Length);
        // 3, 2, 1 and 1 commits; a gap of 1.5 parts the two bars of a row.
        Assert.All(widths.Zip([3, 2, 1, 1]), pair => Assert.InRange(pair.First / widths[0], pair.Second / 3.0 - 0.02, pair.Second / 3.0 + 0.02));
    }

    [Theory]
    [InlineData("plain ä 🙂", "plain ä 🙂")]
    [InlineData("a\u001bb", "a\\u001bb")]
    [InlineData("a\u202eb", "a\\u202eb")]
    [InlineData("\ud83d\ude42\n", "\ud83d\ude42\\u000a")]
    public void Printable_SpellsOutWhatSteers(string text, string shown) => Assert.Equal(shown, Printable.Of(text));

    // In an attribute the compiler would replace it.
    [Fact]
    public void Printable_SpellsOutLoneSurrogates() => Assert.Equal("a\\ud800b", Printable.Of("a\ud800b"));

    private static string Chart(string page, string label)
    {
        int start = page.LastIndexOf("<svg", page.IndexOf($"aria-label=\"{label}", StringComparison.Ordinal), StringComparison.Ordinal);
        return page[start..(page.IndexOf("</svg>", start, StringComparison.Ordinal) + 6)];
    }

    private static JsonDocument Json(Action<Stream> write)
    {
        var to = new MemoryStream();
        write(to);
        return JsonDocument.Parse(to.ToArray());
    }
}
