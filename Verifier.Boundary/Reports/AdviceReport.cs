using System.Globalization;
using System.Text.Json;

namespace BpfVerifier.Boundary.Reports;

/// <summary>What to take into the façade next, for releases: as JSON and as a page.</summary>
public sealed class AdviceReport
{
    private readonly int _top;

    /// <param name="releases">The releases; at least one.</param>
    /// <param name="top">How many rows of each list.</param>
    public AdviceReport(IReadOnlyList<ReleaseBoundary> releases, int top)
    {
        Releases = releases;
        _top = top;
        OverAll = releases.Count == 1 ? [] : [.. FacadeAdvice.Rank(releases).Take(top)];
    }

    /// <summary>The releases.</summary>
    public IReadOnlyList<ReleaseBoundary> Releases { get; }

    /// <summary>The advice over all releases; empty for one alone.</summary>
    public IReadOnlyList<FacadeAdvice> OverAll { get; }

    /// <summary>The advice for one release.</summary>
    public IReadOnlyList<FacadeAdvice> For(ReleaseBoundary release) => [.. FacadeAdvice.Rank([release]).Take(_top)];

    /// <summary>Members that are of use together.</summary>
    public static string Members(FacadeAdvice advice) => string.Join(" + ", advice.Members);

    /// <summary>How many changes of which kind: <c>2 feature, 1 fix</c>.</summary>
    public static string Kinds(FacadeAdvice advice) => string.Join(", ", advice.Kinds.Select(kind => string.Create(CultureInfo.InvariantCulture, $"{kind.Count} {kind.Kind}")));

    /// <summary>In which releases how many: <c>5.10: 4, 6.1: 4</c>.</summary>
    public static string Where(FacadeAdvice advice) => string.Join(", ", advice.Unlocks.Select(unlocked => string.Create(CultureInfo.InvariantCulture, $"{unlocked.Release}: {unlocked.Changes.Count}")));

    /// <summary>Names of the changes.</summary>
    public static string Which(FacadeAdvice advice) => string.Join(", ", advice.Changes.Select(change => change.Name));

    /// <summary>A release in a sentence.</summary>
    public static string Summary(ReleaseBoundary release) => string.Create(CultureInfo.InvariantCulture,
        $"Linux {release.Release}: {release.There} changes already there, {release.Applied} taken over, {release.Refused.Count} kept out ({Share.Percent(release.There + release.Applied, release.Known)} inside)");

    /// <summary>Writes the JSON.</summary>
    public void WriteJson(Stream to)
    {
        using (var json = new Utf8JsonWriter(to, BoundaryJson.Options))
        {
            json.WriteStartObject();
            json.WriteStartArray("releases");
            foreach (ReleaseBoundary release in Releases)
            {
                json.WriteStartObject();
                json.WriteString("release", release.Release);
                json.WriteNumber("already_there", release.There);
                json.WriteNumber("applied", release.Applied);
                json.WriteNumber("refused", release.Refused.Count);
                json.WriteStartArray("advice");
                foreach (FacadeAdvice advice in For(release))
                    Write(json, advice, release);
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteStartArray("over_all");
            foreach (FacadeAdvice advice in OverAll)
                Write(json, advice, null);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        to.WriteByte((byte)'\n');
    }

    private static void Write(Utf8JsonWriter json, FacadeAdvice advice, ReleaseBoundary? of)
    {
        json.WriteStartObject();
        BoundaryJson.WriteStrings(json, "members", advice.Members);
        json.WriteNumber("unlocks", advice.Count);
        if (of is not null)
            json.WriteNumber("inside", of.There + of.Applied + advice.Count);
        json.WriteStartObject("kinds");
        foreach ((string kind, int count) in advice.Kinds)
            json.WriteNumber(kind, count);
        json.WriteEndObject();
        if (of is null)
        {
            json.WriteStartObject("releases");
            foreach (Unlocked unlocked in advice.Unlocks)
                json.WriteNumber(unlocked.Release, unlocked.Changes.Count);
            json.WriteEndObject();
        }
        BoundaryJson.WriteStrings(json, "changes", advice.Changes.Select(change => change.Name));
        json.WriteEndObject();
    }

    /// <summary>The page: a chart of the releases, the advice over all and for each.</summary>
    public string Html()
    {
        var page = new HtmlShell();
        page.Section("What is inside", "Changes a release has itself, those its modular flavour takes over, and those that need what the release lacks.");
        page.Chart(SvgCharts.Bars(
            "Changes by release", ["already there", "taken over", "kept out"],
            [
                .. Releases.Select(release => new SvgCharts.Row(
                    "Linux " + release.Release, [release.There, release.Applied, release.Refused.Count],
                    string.Create(CultureInfo.InvariantCulture, $"{release.There} · {release.Applied} · {release.Refused.Count}"), Summary(release))),
            ]));
        if (OverAll.Count > 0)
        {
            page.Section("What to take in next, over all releases", "Changes that each further member of the façade, or several together, would bring inside; one change counts in each release that lacks it.");
            page.Chart(Chart("Changes brought inside over all releases", OverAll));
            page.Table("The same as a table", ["Façade member", "#Changes", "Kinds", "Releases", "Which"],
                OverAll.Select(advice => new[] { Members(advice), Number(advice.Count), Kinds(advice), Where(advice), Which(advice) }));
        }
        foreach (ReleaseBoundary release in Releases.Where(release => release.Refused.Count > 0))
        {
            IReadOnlyList<FacadeAdvice> advice = For(release);
            page.Section("Linux " + release.Release, Summary(release) + ".");
            page.Chart(Chart($"Changes brought inside in Linux {release.Release}", advice));
            page.Table("The same as a table", ["Façade member", "#Changes", "#Inside then", "Kinds", "Which"],
                advice.Select(a => new[] { Members(a), Number(a.Count), Number(release.There + release.Applied + a.Count), Kinds(a), Which(a) }));
        }
        return page.End("What the façade would unlock", "Later changes of the kernel's verifier that older releases could take over, if the verifier could ask them for more.");
    }

    private static string Chart(string title, IReadOnlyList<FacadeAdvice> advice) => SvgCharts.Bars(
        title, ["changes"], [.. advice.Select(a => new SvgCharts.Row(Members(a), [a.Count], Number(a.Count), $"{Members(a)}: {Kinds(a)}: {Which(a)}"))]);

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
