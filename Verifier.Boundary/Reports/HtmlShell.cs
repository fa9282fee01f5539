using System.Text;

namespace BpfVerifier.Boundary.Reports;

/// <summary>A page in one file: nothing is loaded, nothing runs; light or dark as the reader has it.</summary>
internal sealed class HtmlShell
{
    private const string Style = """
        :root { color-scheme: light dark; --page: #ffffff; --ink: #1b1f24; --soft: #59636e; --line: #d1d9e0; --card: #f5f7f9; --s0: #1f6fc4; --s1: #e09422; --s2: #9aa4af; }
        @media (prefers-color-scheme: dark) { :root { --page: #14181d; --ink: #e8ecf1; --soft: #a0abb8; --line: #39424d; --card: #1d232a; --s0: #5aa2ec; --s1: #e3a548; --s2: #69747f; } }
        * { box-sizing: border-box; }
        body { margin: 0 auto; padding: 24px 20px 64px; max-width: 860px; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
        h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 4px; overflow-wrap: anywhere; } h2 { font-size: 1.15rem; margin: 40px 0 4px; }
        p { margin: 4px 0 12px; } .soft { color: var(--soft); } code { font: 0.92em ui-monospace, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
        .tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(180px, 1fr)); gap: 10px; margin: 12px 0; }
        .tile { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 10px 14px; font-size: 0.88rem; color: var(--soft); overflow-wrap: anywhere; }
        .tile b { display: block; font-size: 1.7rem; line-height: 1.2; color: var(--ink); }
        .chart { overflow-x: auto; margin: 8px 0; } svg { display: block; width: 100%; min-width: 600px; height: auto; font: 12px system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
        svg text { fill: var(--ink); } svg .label { text-anchor: end; } svg .tick, svg .middle { text-anchor: middle; } svg .tick, svg .legend { fill: var(--soft); }
        svg .axis { stroke: var(--line); } .s0 { fill: var(--s0); } .s1 { fill: var(--s1); } .s2 { fill: var(--s2); }
        .wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: 0.88rem; } th { text-align: left; color: var(--soft); font-weight: 600; }
        th, td { padding: 4px 10px 4px 0; border-bottom: 1px solid var(--line); vertical-align: top; } .number { text-align: right; font-variant-numeric: tabular-nums; }
        summary { cursor: pointer; color: var(--soft); }
        """;

    private readonly StringBuilder body = new();

    /// <summary>Text that is safe in a page.</summary>
    public static string Text(string text) => SvgCharts.Text(text);

    /// <summary>A heading and what is below it.</summary>
    /// <param name="heading">Plain text.</param>
    /// <param name="lead">Plain text.</param>
    public void Section(string heading, string lead) => body.Append($"<h2>{Text(heading)}</h2>\n<p class=\"soft\">{Text(lead)}</p>\n");

    /// <summary>A chart, which is moved sideways on a narrow screen rather than made too small to read.</summary>
    /// <param name="svg">Markup of <see cref="SvgCharts"/>.</param>
    public void Chart(string svg) => body.Append($"<div class=\"chart\">{svg}</div>\n");

    /// <summary>Figures side by side.</summary>
    public void Tiles(params IReadOnlyList<(string Figure, string Words)> tiles)
    {
        body.Append("<div class=\"tiles\">");
        foreach ((string figure, string words) in tiles)
            body.Append($"<div class=\"tile\"><b>{Text(figure)}</b>{Text(words)}</div>");
        body.Append("</div>\n");
    }

    /// <summary>A table that opens when asked for.</summary>
    /// <param name="summary">What it holds.</param>
    /// <param name="columns">Titles; columns of numbers begin with '#'.</param>
    /// <param name="rows">Plain text.</param>
    public void Table(string summary, string[] columns, IEnumerable<string[]> rows)
    {
        bool[] numbers = [.. columns.Select(column => column.StartsWith('#'))];
        body.Append($"<details><summary>{Text(summary)}</summary><div class=\"wide\"><table><tr>");
        for (int i = 0; i < columns.Length; i++)
            body.Append($"<th{(numbers[i] ? " class=\"number\"" : "")}>{Text(columns[i].TrimStart('#'))}</th>");
        body.Append("</tr>\n");
        foreach (string[] row in rows)
        {
            body.Append("<tr>");
            for (int i = 0; i < row.Length; i++)
                body.Append(numbers[i] ? $"<td class=\"number\">{Text(row[i])}</td>" : $"<td><code>{Text(row[i])}</code></td>");
            body.Append("</tr>\n");
        }
        body.Append("</table></div></details>\n");
    }

    /// <summary>The whole page.</summary>
    /// <param name="title">Plain text.</param>
    /// <param name="subtitle">Plain text.</param>
    public string End(string title, string subtitle) =>
        $"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
        <title>{Text(title)}</title>
        <style>
        {Style}
        </style>
        </head>
        <body>
        <h1>{Text(title)}</h1>
        <p class="soft">{Text(subtitle)}</p>
        {body}</body>
        </html>

        """.ReplaceLineEndings("\n");
}
