using BpfVerifier.Boundary;
using BpfVerifier.Boundary.Reports;
using Spectre.Console;

namespace BpfVerifier.Cli.Boundary;

/// <summary>Measurements for people: figures, then lists.</summary>
internal static class BoundaryText
{
    public static void Write(IAnsiConsole console, Measurement measured, int top)
    {
        string target = string.Join(", ", measured.Scope.Targets);
        Line(console, $"{target}: {BoundaryHtml.Measured(measured.History)}");
        if (measured.Scope.Ignored.Count > 0)
            Line(console, $"not counted: {string.Join(", ", measured.Scope.Ignored)}");
        Table figures = Rows("Commits", ">", "");
        Add(figures, measured.Commits, "change it");
        Add(figures, measured.Inside, $"change only it ({Share.Percent(measured.Inside, measured.Commits)}): inside the boundary");
        Add(figures, measured.InsideFixes, "of these carry a Fixes tag");
        if (measured.Companion is { } companion)
            Add(figures, companion.Alone, $"change only it and {companion.File}");
        Add(figures, measured.MultiFileFixes, $"fixes change more than one file of any kind ({measured.OutsideFixes} without those not counted)");
        console.Write(figures);
        Table patchsets = Rows("Patchsets", ">", "");
        Add(patchsets, measured.PatchsetCommits, $"commits in {Share.Count(measured.Patchsets, "patchset that changes", "patchsets that change")} it");
        Add(patchsets, measured.PatchsetInside, "of these change only it");
        patchsets.AddRow(new Text($"{measured.MixedPatchsets} of {measured.Patchsets}"), new Text("patchsets hold commits of both kinds"));
        console.Write(patchsets);
        if (measured.Together.Count == 0)
            return;
        Table together = Rows("Changed together", "", ">Commits", ">The only other", ">Fixes");
        foreach (SharedFile file in measured.Together.Take(top))
            together.AddRow(Cell(file.File), TableReport.Number(file.Commits), TableReport.Number(file.Alone), TableReport.Number(file.Fixes));
        console.Write(together);
        console.Write(Steps("What to take in next", measured.Growth, measured.Commits));
    }

    public static void Write(IAnsiConsole console, LedgerMeasurement measured)
    {
        int changes = measured.Changes.Count;
        Line(console, $"{changes} changes in the ledger; {measured.InsideBySymbol} declare no needed symbol ({Share.Percent(measured.InsideBySymbol, changes)}): by symbol nothing keeps them out.");
        if (measured.Symbols.Count > 0)
        {
            Table symbols = Rows("Symbol to take in next", "", ">Changes", ">It alone", ">Commits", "Which");
            foreach (NeededSymbol symbol in measured.Symbols)
                symbols.AddRow(Cell(symbol.Symbol), TableReport.Number(symbol.Changes.Count), TableReport.Number(symbol.Alone), TableReport.Number(symbol.Commits), Cell(string.Join(", ", symbol.Changes)));
            console.Write(symbols);
        }
        console.WriteLine();
        Line(console, $"{Share.Count(measured.Commits.Count, "upstream commit is", "upstream commits are")} named with files; {measured.InsideByFile} touch nothing but {string.Join(", ", measured.Scope.Targets)} ({Share.Percent(measured.InsideByFile, measured.Commits.Count)}): inside by file.");
        console.Write(Steps("File to take in next", measured.FileGrowth, measured.Commits.Count));
        Line(console, BoundaryHtml.Missing(measured));
        Names(console, "No upstream commit", measured.WithoutCommit);
        Names(console, "No touched files", measured.WithoutFiles);
        Names(console, "Other files than the commit touched", measured.FilesDiffer);
    }

    private static Table Steps(string title, IReadOnlyList<GrowthStep> steps, int whole)
    {
        Table table = Rows(title, "", ">Brings in", ">Inside then", ">");
        foreach (GrowthStep step in steps)
            table.AddRow(Cell(step.Member), TableReport.Number(step.Unlocked.Count), TableReport.Number(step.Inside), new Text(Share.Percent(step.Inside, whole)));
        return table;
    }

    private static void Names(IAnsiConsole console, string what, IReadOnlyList<string> names)
    {
        if (names.Count == 0)
            return;
        console.WriteLine();
        Line(console, $"{what} ({names.Count}): {string.Join(", ", names)}");
    }

    // The first column has the title; '>' marks columns of numbers.
    public static Table Rows(string title, params string[] columns)
    {
        var table = new Table().Border(TableBorder.Simple);
        for (int i = 0; i < columns.Length; i++)
        {
            bool number = columns[i].StartsWith('>');
            string name = i == 0 ? title : columns[i].TrimStart('>');
            table.AddColumn(number ? TableReport.Column(name).RightAligned() : TableReport.Column(name));
        }
        return table;
    }

    private static void Add(Table table, int number, string words) => table.AddRow(TableReport.Number(number), Cell(words));

    public static Text Cell(string text) => new(Printable.Of(text));

    private static void Line(IAnsiConsole console, string text) => console.WriteLine(Printable.Of(text));
}
