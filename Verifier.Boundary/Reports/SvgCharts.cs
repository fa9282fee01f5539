using System.Globalization;
using System.Net;
using System.Text;

namespace BpfVerifier.Boundary.Reports;

/// <summary>Draws bars as SVG for <see cref="HtmlShell"/>, whose style sheet has the colours.</summary>
internal static class SvgCharts
{
    private const int Width = 760;
    private const int LabelWidth = 330;
    private const int ValueWidth = 96;
    private const int RowHeight = 24;
    private const int BarHeight = 14;
    // Capitals are wide: what is longer does not fit.
    private const int LongestLabel = 44;

    /// <summary>One row of bars.</summary>
    /// <param name="Label">What it is about.</param>
    /// <param name="Parts">Lengths, one a series, drawn end to end.</param>
    /// <param name="Value">The text at the bar's end.</param>
    /// <param name="Tip">What is shown when it is pointed at.</param>
    public sealed record Row(string Label, IReadOnlyList<int> Parts, string Value, string Tip);

    /// <summary>Bars from left to right, one row each, on one scale from 0.</summary>
    /// <param name="title">What the chart says, for those who cannot see it.</param>
    /// <param name="series">Names of the parts; no legend for one alone.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="whole">The full length; 0 for the longest row.</param>
    public static string Bars(string title, IReadOnlyList<string> series, IReadOnlyList<Row> rows, int whole = 0)
    {
        var svg = new StringBuilder();
        int top = series.Count > 1 ? 28 : 4;
        int height = top + rows.Count * RowHeight + 4;
        double scale = (double)(Width - LabelWidth - ValueWidth) / Math.Max(1, Math.Max(whole, rows.Max(row => row.Parts.Sum())));
        Begin(svg, title, height);
        Legend(svg, series);
        svg.Append(CultureInfo.InvariantCulture, $"<line class=\"axis\" x1=\"{LabelWidth}\" y1=\"{top}\" x2=\"{LabelWidth}\" y2=\"{height - 4}\"/>");
        for (int i = 0; i < rows.Count; i++)
        {
            Row row = rows[i];
            int y = top + i * RowHeight;
            svg.Append(CultureInfo.InvariantCulture, $"<g><title>{Text(row.Tip)}</title><text class=\"label\" x=\"{LabelWidth - 8}\" y=\"{y + 16}\">{Text(Cut(row.Label))}</text>");
            double x = LabelWidth;
            for (int part = 0; part < row.Parts.Count; part++)
            {
                double length = row.Parts[part] * scale;
                // A gap of the page's colour keeps neighbours apart without a border.
                if (length > 0)
                    svg.Append(CultureInfo.InvariantCulture, $"<rect class=\"s{part}\" x=\"{x:0.##}\" y=\"{y + 5}\" width=\"{Math.Max(1, length - (part < row.Parts.Count - 1 ? 1.5 : 0)):0.##}\" height=\"{BarHeight}\" rx=\"2\"/>");
                x += length;
            }
            svg.Append(CultureInfo.InvariantCulture, $"<text class=\"value\" x=\"{x + 6:0.##}\" y=\"{y + 16}\">{Text(row.Value)}</text></g>");
        }
        return svg.Append("</svg>").ToString();
    }

    /// <summary>Columns from left to right.</summary>
    /// <param name="title">What the chart says.</param>
    /// <param name="columns">What stands below each column, and its height.</param>
    public static string Columns(string title, IReadOnlyList<(string Label, int Value)> columns)
    {
        const int Height = 200;
        const int Base = Height - 24;
        var svg = new StringBuilder();
        Begin(svg, title, Height);
        double step = (double)Width / Math.Max(8, columns.Count);
        double scale = (Base - 22.0) / Math.Max(1, columns.Max(column => column.Value));
        for (int i = 0; i < columns.Count; i++)
        {
            double height = columns[i].Value * scale;
            double middle = step * (i + 0.5);
            svg.Append(CultureInfo.InvariantCulture, $"<rect class=\"s0\" x=\"{middle - step * 0.35:0.##}\" y=\"{Base - height:0.##}\" width=\"{step * 0.7:0.##}\" height=\"{height:0.##}\" rx=\"2\"/>");
            svg.Append(CultureInfo.InvariantCulture, $"<text class=\"value middle\" x=\"{middle:0.##}\" y=\"{Base - height - 6:0.##}\">{columns[i].Value}</text>");
            svg.Append(CultureInfo.InvariantCulture, $"<text class=\"tick\" x=\"{middle:0.##}\" y=\"{Base + 17}\">{Text(columns[i].Label)}</text>");
        }
        svg.Append(CultureInfo.InvariantCulture, $"<line class=\"axis\" x1=\"0\" y1=\"{Base}\" x2=\"{Width}\" y2=\"{Base}\"/>");
        return svg.Append("</svg>").ToString();
    }

    /// <summary>Text for a page, with what would steer it spelled out.</summary>
    public static string Text(string text) => WebUtility.HtmlEncode(Printable.Of(text));

    private static void Begin(StringBuilder svg, string title, int height) =>
        svg.Append(CultureInfo.InvariantCulture, $"<svg viewBox=\"0 0 {Width} {height}\" role=\"img\" aria-label=\"{Text(title)}\">");

    private static void Legend(StringBuilder svg, IReadOnlyList<string> series)
    {
        if (series.Count < 2)
            return;
        double x = LabelWidth;
        for (int i = 0; i < series.Count; i++)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<rect class=\"s{i}\" x=\"{x:0}\" y=\"4\" width=\"11\" height=\"11\" rx=\"2\"/><text class=\"legend\" x=\"{x + 16:0}\" y=\"14\">{Text(series[i])}</text>");
            x += 34 + series[i].Length * 6.4;
        }
    }

    // The end of a path says more than its middle.
    private static string Cut(string label)
    {
        label = Printable.Of(label);
        return label.Length <= LongestLabel ? label : string.Concat(label.AsSpan(0, 10), "…", label.AsSpan(label.Length - (LongestLabel - 11)));
    }
}
