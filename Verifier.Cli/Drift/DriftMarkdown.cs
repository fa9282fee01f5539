using System.Globalization;
using BpfVerifier.Drift;
using BpfVerifier.Facts;

namespace BpfVerifier.Cli.Drift;

/// <summary>For pages and pull requests: GitHub's tables.</summary>
internal static class DriftMarkdown
{
    public static void Write(TextWriter to, IReadOnlyList<ObjectDrift> all)
    {
        foreach (ObjectDrift one in all)
        {
            to.WriteLine($"## {Escape(Path.GetFileName(one.Object.Name))}\n");
            if (one.Object.Failure is not null)
            {
                to.WriteLine(Escape(DriftWords.Failure(one.Object)) + "\n");
                continue;
            }
            Row(to, ["Kind", "Name", "Where", .. one.Kernels]);
            Row(to, Enumerable.Repeat("---", 3 + one.Kernels.Count));
            foreach (DriftItem item in one.Items)
                Row(to, [DriftWords.Of(item.Subject), DriftWords.Name(item), DriftWords.Place(item), .. item.Answers.Select(DriftWords.Cell)]);
            to.WriteLine();
            bool any = false;
            foreach (DriftItem item in one.Items)
            {
                foreach (string note in DriftWords.Notes(item))
                {
                    to.WriteLine($"- {DriftWords.Of(item.Subject)} `{DriftWords.Name(item)}`: {Escape(note)}");
                    any = true;
                }
            }
            if (any)
                to.WriteLine();
        }
        to.WriteLine(DriftWords.Legend + "\n");
        to.WriteLine(DriftWords.Summary(all));
    }

    public static void Write(TextWriter to, ReleaseDrift drift)
    {
        to.WriteLine($"## Drift from {drift.From} ({drift.FromVersion}) to {drift.To} ({drift.ToVersion})\n");
        foreach (DriftSection section in drift.Sections)
        {
            to.WriteLine($"### {section.Title}: {section.Counts}\n");
            if (section.Entries.Count == 0)
                continue;
            Row(to, ["", "Name", "What"]);
            Row(to, ["---", "---", "---"]);
            foreach (DriftEntry entry in section.Entries.OrderBy(e => e.Kind).ThenBy(e => e.Name, StringComparer.Ordinal))
                Row(to, [entry.Kind.Sign().ToString(), entry.Name, string.Join("; ", entry.Details)]);
            to.WriteLine();
        }
    }

    private static void Row(TextWriter to, IEnumerable<string> cells) => to.WriteLine("| " + string.Join(" | ", cells.Select(Escape)) + " |");

    private static string Escape(string text) => text.Replace("|", "\\|", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace("*", "\\*", StringComparison.Ordinal).ReplaceLineEndings(" ");
}
