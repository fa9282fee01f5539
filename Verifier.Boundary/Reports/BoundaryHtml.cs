using System.Globalization;

namespace BpfVerifier.Boundary.Reports;

/// <summary>Measurements as a page for a browser: one file, charts as SVG.</summary>
public static class BoundaryHtml
{
    private const int LastColumn = 12;

    /// <summary>The page about a history.</summary>
    /// <param name="measured">The figures.</param>
    /// <param name="top">How many rows of each list.</param>
    public static string Write(Measurement measured, int top)
    {
        var page = new HtmlShell();
        string target = string.Join(", ", measured.Scope.Targets);
        Figures(page, measured);
        Landing(page, measured);
        if (measured.Together.Count > 0)
        {
            Together(page, measured, top);
            FilesPerCommit(page, measured);
            Steps(page, measured);
        }
        if (measured.Patchsets > 0)
            Patchsets(page, measured);
        string ignored = measured.Scope.Ignored.Count == 0 ? "" : $" Not counted: {string.Join(", ", measured.Scope.Ignored)}.";
        return page.End($"The boundary of {target}", $"{Measured(measured.History)}. A commit is inside the boundary when it changes nothing but {target}.{ignored}");
    }

    /// <summary>The page about the ledger.</summary>
    /// <param name="measured">The figures.</param>
    public static string Write(LedgerMeasurement measured)
    {
        var page = new HtmlShell();
        int changes = measured.Changes.Count, commits = measured.Commits.Count;
        page.Tiles(
            (Number(changes), "changes in the ledger"),
            (Number(measured.InsideBySymbol), "declare no needed symbol: by symbol nothing keeps them out"),
            (Number(commits), "upstream commits they name, counted by file"),
            (Number(measured.InsideByFile), $"of these touch nothing but {string.Join(", ", measured.Scope.Targets)}"));
        page.Section("By symbol or by file", "The same ledger by both measures: what a release's symbols keep out, and what the kernel's files keep out.");
        page.Chart(SvgCharts.Bars(
            "Inside and outside by both measures", ["inside", "outside"],
            [
                Whole("changes, by needed symbol", measured.InsideBySymbol, changes),
                Whole("commits, by touched file", measured.InsideByFile, commits),
            ]));
        if (measured.Symbols.Count > 0)
        {
            page.Section("Which symbol to take in next", "Changes that become possible on a release that lacks the symbol, if the façade offers it.");
            page.Chart(Growing("Changes inside after each symbol", measured.SymbolGrowth, measured.InsideBySymbol, changes));
            page.Table("Changes by symbol", ["Symbol", "#Changes", "#It alone", "Which"],
                measured.Symbols.Select(s => new[] { s.Symbol, Number(s.Changes.Count), Number(s.Alone), string.Join(", ", s.Changes) }));
        }
        if (measured.FileGrowth.Count > 0)
        {
            page.Section("Which file to take in next", "Upstream commits of the ledger that touch nothing outside any more, file after file.");
            page.Chart(Growing("Commits inside after each file", measured.FileGrowth, measured.InsideByFile, commits));
            page.Table("Changes by file", ["File", "#Commits", "#Inside then", "Changes"],
                measured.FileGrowth.Select(s => new[] { s.Member, Number(s.Unlocked.Count), Number(s.Inside), string.Join(", ", s.Unlocked.SelectMany(i => measured.Commits[i].Changes)) }));
        }
        page.Section("Not counted by file", Missing(measured));
        page.Table("Entries without an upstream commit", ["Change"], measured.WithoutCommit.Select(name => new[] { name }));
        if (measured.FilesDiffer.Count > 0)
            page.Table("Entries whose list of files is not their commit's", ["Change"], measured.FilesDiffer.Select(name => new[] { name }));
        return page.End("The boundary of the ledger", "Every change of the kernel's verifier that this verifier knows, by the symbols it needs and by the files its commit touched.");
    }

    /// <summary>What is left out of the figures by file, and where the files come from.</summary>
    public static string Missing(LedgerMeasurement measured)
    {
        string text = $"{Share.Count(measured.WithoutCommit.Count, "entry names", "entries name")} no upstream commit and {Share.Count(measured.WithoutFiles.Count, "entry", "entries")} no touched files; they are not counted by file. ";
        return text + (measured.FilesFromDataSet == 0
            ? "Files are those the ledger lists, which may be fewer than the commit touched: give --commits FILE to take them from a data set."
            : $"Files of {Share.Count(measured.FilesFromDataSet, "commit", "commits")} are those of the data set, of {measured.Commits.Count - measured.FilesFromDataSet} those the ledger lists; {Share.Count(measured.FilesDiffer.Count, "entry lists", "entries list")} others than the commit touched.");
    }

    /// <summary>Where a history comes from.</summary>
    public static string Measured(History history) => history.Range.Length == 0 ? history.Origin : $"{history.Range} ({history.Origin})";

    private static void Figures(HtmlShell page, Measurement measured) => page.Tiles(
        (Number(measured.Commits), "commits change the verifier"),
        (Number(measured.Inside), $"change only it ({Share.Percent(measured.Inside, measured.Commits)})"),
        (Number(measured.InsideFixes), "of these carry a Fixes tag"),
        (Number(measured.Companion?.Alone ?? 0), measured.Companion is { } companion ? $"change only it and {companion.File}" : "change one other file too"),
        (Number(measured.MultiFileFixes), "fixes change more than one file, of any kind"),
        (Number(measured.PatchsetCommits), "commits came in patchsets that change it"),
        (Number(measured.PatchsetInside), "of these change only it"),
        ($"{measured.MixedPatchsets} of {measured.Patchsets}", "patchsets hold commits of both kinds"));

    private static void Landing(HtmlShell page, Measurement measured)
    {
        page.Section("Where changes land", "A commit that changes the verifier alone is inside the boundary; it may still need an earlier commit that is not.");
        int one = measured.Together.Sum(file => file.Alone);
        int more = measured.Commits - measured.Inside - one;
        int oneFix = measured.Touching.Count(commit => commit.IsFix && measured.Scope.Outside(commit).Length == 1);
        page.Chart(SvgCharts.Bars(
            "Commits by what they change", ["only the verifier", "and one file", "and more"],
            [
                new("all commits", [measured.Inside, one, more], $"{measured.Inside} · {one} · {more}", $"{measured.Inside} only the verifier, {one} and one other file, {more} and more"),
                new("with a Fixes tag", [measured.InsideFixes, oneFix, measured.OutsideFixes - oneFix], $"{measured.InsideFixes} · {oneFix} · {measured.OutsideFixes - oneFix}", $"{measured.InsideFixes} of {measured.InsideFixes + measured.OutsideFixes} fixes change only the verifier"),
            ]));
    }

    private static void Together(HtmlShell page, Measurement measured, int top)
    {
        page.Section("Changed together with the verifier", "A file that is often the only one besides the verifier is worth taking into the boundary.");
        page.Chart(SvgCharts.Bars(
            "Files changed together with the verifier", ["the only other file", "with further files"],
            [.. measured.Together.Take(top).Select(f => new SvgCharts.Row(f.File, [f.Alone, f.Commits - f.Alone], $"{f.Commits} ({f.Alone})", $"{f.File}: {f.Commits} commits, {f.Alone} with no other file, {f.Fixes} fixes"))]));
        page.Table("The files as a table", ["File", "#Commits", "#The only other", "#Fixes"],
            measured.Together.Take(top).Select(f => new[] { f.File, Number(f.Commits), Number(f.Alone), Number(f.Fixes) }));
        page.Table("Sets of files", ["Besides the verifier", "#Commits"],
            measured.Sets.Take(top).Select(set => new[] { set.Files.Count == 0 ? "nothing" : string.Join(", ", set.Files), Number(set.Commits) }));
    }

    private static void FilesPerCommit(HtmlShell page, Measurement measured)
    {
        page.Section("Files in one commit", "How many files commits change that change the verifier.");
        Dictionary<int, int> counts = measured.FilesPerCommit.ToDictionary(count => count.Files, count => count.Commits);
        int last = Math.Min(LastColumn, counts.Keys.Max());
        List<(string, int)> columns = [.. Enumerable.Range(1, last).Select(files => (Number(files), counts.GetValueOrDefault(files)))];
        if (counts.Keys.Max() > LastColumn)
            columns.Add(($"{LastColumn + 1}+", counts.Where(count => count.Key > LastColumn).Sum(count => count.Value)));
        page.Chart(SvgCharts.Columns("Commits by number of files", columns));
    }

    private static void Steps(HtmlShell page, Measurement measured)
    {
        page.Section("What to take in next", "Each row takes one more file into the boundary: the one that brings most commits inside, given those above it.");
        page.Chart(Growing("Commits inside after each file", measured.Growth, measured.Inside, measured.Commits));
        page.Table("Commits that each step brings inside", ["File", "Commit", "Subject"],
            measured.Growth.SelectMany(step => step.Unlocked.Select(i => new[] { step.Member, measured.Touching[i].Hash[..12], measured.Touching[i].Subject })));
    }

    private static void Patchsets(HtmlShell page, Measurement measured)
    {
        page.Section("Patchsets", "A commit inside the boundary can depend on a neighbour that is not: mixed patchsets have to be looked at.");
        int none = measured.Patchsets - measured.MixedPatchsets - measured.InsidePatchsets;
        page.Chart(SvgCharts.Bars(
            "Patchsets by what they hold", ["all inside", "both kinds", "none inside"],
            [new("patchsets", [measured.InsidePatchsets, measured.MixedPatchsets, none], $"{measured.InsidePatchsets} · {measured.MixedPatchsets} · {none}", $"{measured.InsidePatchsets} all inside, {measured.MixedPatchsets} both kinds, {none} none inside")]));
    }

    // Wholes of different size beside each other: drawn in tenths of a percent.
    private static SvgCharts.Row Whole(string label, int inside, int of)
    {
        int length = of == 0 ? 0 : (int)(1000L * inside / of);
        return new SvgCharts.Row(label, [length, of == 0 ? 0 : 1000 - length], $"{inside} of {of}", $"{Share.Percent(inside, of)} inside");
    }

    private static string Growing(string title, IReadOnlyList<GrowthStep> steps, int before, int whole) =>
        SvgCharts.Bars(
            title, ["inside before", "brought in"],
            [
                new SvgCharts.Row("the verifier alone", [before, 0], $"{before} · {Share.Percent(before, whole)}", $"{before} of {whole}"),
                .. steps.Select(step => new SvgCharts.Row(
                    "+ " + step.Member, [step.Inside - step.Unlocked.Count, step.Unlocked.Count], $"+{step.Unlocked.Count} · {Share.Percent(step.Inside, whole)}",
                    $"{step.Member}: {step.Unlocked.Count} more, {step.Inside} of {whole} inside")),
            ],
            whole);

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
