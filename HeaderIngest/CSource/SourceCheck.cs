using System.Diagnostics;
using System.Globalization;
using BpfVerifier.Btf;
using BpfVerifier.HeaderIngest.Facts;
using BpfVerifier.HeaderIngest.Image;

namespace BpfVerifier.HeaderIngest.CSource;

/// <summary>What a check against the C files found.</summary>
/// <param name="Summary">Numbers, a line for each kind of thing.</param>
/// <param name="Details">Every difference, everything the configuration leaves out and every value the text does not give, a line each.</param>
/// <param name="Unexplained">Differences nobody knows a reason for, and what was not understood; empty when all is well.</param>
public sealed record SourceReport(List<string> Summary, List<string> Details, List<string> Unexplained)
{
    /// <summary>Ends the run when anything is unexplained.</summary>
    /// <exception cref="IngestException">Names all of it.</exception>
    public void ThrowIfAny()
    {
        if (Unexplained.Count > 0)
            throw new IngestException(string.Create(CultureInfo.InvariantCulture, $"the C files and the image disagree ({Unexplained.Count}):\n  {string.Join("\n  ", Unexplained)}"));
    }
}

/// <summary>Checks what was read from a kernel's image against the C files it was built from.</summary>
public static class SourceCheck
{
    // What sets can name.
    private static readonly BtfKind[] s_kinds = [BtfKind.Func, BtfKind.Struct, BtfKind.Union, BtfKind.Typedef];

    /// <summary>Reads the source and compares.</summary>
    /// <param name="tree">The source. libclang must be loaded.</param>
    /// <param name="kernel">The image.</param>
    /// <param name="image">What was read from it.</param>
    /// <param name="tables">Its tables.</param>
    public static SourceReport Run(SourceTree tree, KernelFile kernel, KernelFacts image, KernelTables tables)
    {
        var watch = Stopwatch.StartNew();
        SourceFacts source = SourceReader.Read(tree);
        bool Has(string name) => s_kinds.Any(kind => kernel.Types.Find(name, kind) > 0);
        return Report(source, SourceComparison.Compare(source, image, tables.Sets(), tables.ModifyReturn(), Has), watch.Elapsed);
    }

    /// <summary>The report of a comparison.</summary>
    /// <param name="source">Of the C files.</param>
    /// <param name="sections">How it agrees with the image.</param>
    /// <param name="time">How long reading the C files took.</param>
    public static SourceReport Report(SourceFacts source, List<SourceAgreement> sections, TimeSpan time)
    {
        List<string> unresolved = [.. source.Protos.SelectMany(p => p.Unparsed.Select(u => $"{p.Name} ({p.Place}): {u}"))];
        List<string> summary =
        [
            string.Create(CultureInfo.InvariantCulture,
                $"source: {source.Files} C files read in {time.TotalSeconds:0} s ({source.Errors.Count} errors); not understood: {source.Unparsed.Count}; members whose value the text does not give: {unresolved.Count}; left out by the configuration: {source.LeftOut.Count}"),
            .. sections.Select(s => string.Create(CultureInfo.InvariantCulture,
                $"source: {s.Name}: {s.Compared} compared, {s.Equal} equal, {s.Different.Count} different; {s.OnlyInSource.Count} only in C, {s.OnlyInImage.Count} only in the image; unexplained: {s.Differences.Count(d => d.Explanation is null)}")),
        ];
        List<string> details =
        [
            .. sections.SelectMany(s => s.Differences.Select(d => $"{s.Name}: {d.What}: {d.Explanation ?? "UNEXPLAINED"}")),
            .. source.Unparsed.Select(u => "not understood: " + u),
            .. source.Errors.Select(e => "does not compile: " + e),
            .. unresolved.Select(u => "not given by the text: " + u),
            .. source.LeftOut.Select(l => $"left out: {l.What} ({l.Place}): {l.Reason}"),
        ];
        return new SourceReport(summary, details,
        [
            .. sections.SelectMany(s => s.Differences.Where(d => d.Explanation is null).Select(d => $"{s.Name}: {d.What}")),
            .. source.Unparsed,
            .. source.Errors,
        ]);
    }
}
