using BpfVerifier.Boundary;
using BpfVerifier.Boundary.Reports;
using BpfVerifier.Cli.Backports;
using Spectre.Console;

namespace BpfVerifier.Cli.Boundary;

/// <summary><c>boundary --ledger --release R</c>: what to take into the façade next.</summary>
internal static class AdviceText
{
    /// <summary>A release as its modular flavour stands.</summary>
    public static ReleaseBoundary Of(ReleaseChanges release) => new(
        release.Release.ToString(),
        release.Count(ChangeState.AlreadyThere),
        release.Count(ChangeState.Applied),
        [.. release.Changes.Where(change => change.State == ChangeState.Refused).Select(change => new RefusedChange(change.Name, change.Kind, [.. change.Missing.Select(missing => missing.Name)]))]);

    /// <summary>The advice for people.</summary>
    public static void Write(IAnsiConsole console, AdviceReport report)
    {
        if (report.OverAll.Count > 0)
        {
            console.WriteLine("Over all releases, a change counted in each that lacks it:");
            Table all = BoundaryText.Rows("Façade member to take in next", "", ">Changes", "Kinds", "Releases", "Which");
            foreach (FacadeAdvice advice in report.OverAll)
                all.AddRow(BoundaryText.Cell(AdviceReport.Members(advice)), TableReport.Number(advice.Count), BoundaryText.Cell(AdviceReport.Kinds(advice)), BoundaryText.Cell(AdviceReport.Where(advice)), BoundaryText.Cell(AdviceReport.Which(advice)));
            console.Write(all);
        }
        foreach (ReleaseBoundary release in report.Releases)
        {
            console.WriteLine(Printable.Of(AdviceReport.Summary(release)));
            if (release.Refused.Count == 0)
                continue;
            Table table = BoundaryText.Rows("Façade member to take in next", "", ">Changes", ">Inside then", "Kinds", "Which");
            foreach (FacadeAdvice advice in report.For(release))
                table.AddRow(BoundaryText.Cell(AdviceReport.Members(advice)), TableReport.Number(advice.Count), TableReport.Number(release.There + release.Applied + advice.Count), BoundaryText.Cell(AdviceReport.Kinds(advice)), BoundaryText.Cell(AdviceReport.Which(advice)));
            console.Write(table);
        }
    }
}
