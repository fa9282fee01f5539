using System.Diagnostics;
using System.Globalization;
using BpfVerifier.Btf;
using BpfVerifier.HeaderIngest.Facts;
using BpfVerifier.HeaderIngest.Image;

namespace BpfVerifier.HeaderIngest.CSource;

/// <summary>Checks what was read from a kernel's image against the C files it was built from.</summary>
public static class SourceCheck
{
    private const int MostErrors = 20;

    /// <summary>Reads the source, compares, and reports.</summary>
    /// <param name="tree">The source. libclang must be loaded.</param>
    /// <param name="kernel">The image.</param>
    /// <param name="image">What was read from it.</param>
    /// <param name="say">Told every line of the report.</param>
    /// <returns>Every difference without an explanation, one sentence each.</returns>
    public static List<string> Run(SourceTree tree, KernelFile kernel, KernelFacts image, Action<string> say)
    {
        var watch = Stopwatch.StartNew();
        SourceFacts source = SourceReader.Read(tree);
        List<SourceAgreement> sections = SourceComparison.Compare(source, image, name => kernel.Types.Find(name, BtfKind.Func) > 0);
        List<string> unresolved = [.. source.Protos.SelectMany(p => p.Unparsed.Select(u => $"{p.Name} ({p.Place}): {u}"))];
        say(string.Create(CultureInfo.InvariantCulture,
            $"source: {source.Files} C files parsed in {watch.Elapsed.TotalSeconds:0} s, {source.Errors.Count} errors, {source.Protos.Count} prototypes, {source.Sets.Count} sets, {source.Registrations.Count} registrations; {unresolved.Count} members whose value the text does not give, {source.Unparsed.Count} definitions not understood, {source.LeftOut.Count} left out by the configuration"));
        foreach (SourceAgreement section in sections)
        {
            say(string.Create(CultureInfo.InvariantCulture,
                $"source: {section.Name}: {section.Equal} equal, {section.Different.Count} different, {section.OnlyInSource.Count} only in C, {section.OnlyInImage.Count} only in the image; {section.Differences.Count(d => d.Explanation is null)} unexplained"));
            foreach (SourceDifference difference in section.Differences)
                say($"    {difference.What}: {difference.Explanation ?? "UNEXPLAINED"}");
        }
        foreach (string line in source.Unparsed)
            say("    not understood: " + line);
        foreach (string line in source.Errors.Take(MostErrors))
            say("    error: " + line);
        foreach (string line in unresolved)
            say("    not given by the text: " + line);
        foreach (LeftOut left in source.LeftOut)
            say($"    left out: {left.What} ({left.Place}): {left.Reason}");
        return
        [
            .. sections.SelectMany(s => s.Differences.Where(d => d.Explanation is null).Select(d => $"{s.Name}: {d.What}")),
            .. source.Unparsed,
            .. source.Errors.Take(1).Select(e => $"the source does not compile: {e}"),
        ];
    }
}
