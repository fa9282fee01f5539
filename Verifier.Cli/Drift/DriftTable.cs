using System.Globalization;
using BpfVerifier.Drift;
using BpfVerifier.Facts;
using Spectre.Console;

namespace BpfVerifier.Cli.Drift;

/// <summary>For people: a row for each thing needed, a column a kernel, then an explanation of each cell that is not plain.</summary>
internal static class DriftTable
{
    public static void Write(IAnsiConsole console, IReadOnlyList<ObjectDrift> all)
    {
        foreach (ObjectDrift one in all)
        {
            if (one.Object.Failure is not null)
            {
                console.WriteLine(DriftWords.Failure(one.Object));
                continue;
            }
            console.Write(new Text(one.Object.Name, new Style(decoration: Decoration.Bold)));
            console.WriteLine();
            var table = new Table().Border(TableBorder.Simple);
            foreach (string title in (string[])["Kind", "Name", .. one.Kernels])
                table.AddColumn(new TableColumn(new Text(title)).NoWrap());
            foreach (DriftItem item in one.Items)
                table.AddRow([new Text(DriftWords.Of(item.Subject)), new Text(DriftWords.Name(item)), .. item.Answers.Select(Cell)]);
            console.Write(table);
            foreach (DriftItem item in one.Items)
            {
                string[] notes = [.. DriftWords.Notes(item)];
                if (notes.Length == 0)
                    continue;
                string place = DriftWords.Place(item);
                console.WriteLine($"{DriftWords.Of(item.Subject)} {DriftWords.Name(item)}{(place.Length > 0 ? $", {place}" : "")}");
                foreach (string note in notes)
                    console.WriteLine("  " + note);
            }
            console.WriteLine();
        }
        console.WriteLine(DriftWords.Legend);
        console.WriteLine(DriftWords.Summary(all));
    }

    private static Text Cell(DriftAnswer answer) => new(DriftWords.Cell(answer), new Style(answer.Impact switch
    {
        DriftImpact.Breaks => Color.Red,
        DriftImpact.Differs => Color.Yellow,
        _ => Color.Default,
    }));

    /// <summary>Two releases: a line a kind of symbol, then a line a symbol with what changed.</summary>
    public static void Write(TextWriter to, ReleaseDrift drift)
    {
        to.WriteLine($"drift from {drift.From} ({drift.FromVersion}) to {drift.To} ({drift.ToVersion}):");
        foreach (DriftSection section in drift.Sections)
        {
            to.WriteLine($"  {section.Title}: {section.Counts}");
            foreach (DriftEntry entry in section.Entries.OrderBy(e => e.Kind).ThenBy(e => e.Name, StringComparer.Ordinal))
                to.WriteLine($"    {entry.Kind.Sign()} {entry.Name}{(entry.Details.Count > 0 ? ": " + string.Join("; ", entry.Details) : "")}");
        }
    }
}
