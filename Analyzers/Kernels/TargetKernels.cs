using System.Collections.Immutable;
using System.Text;

namespace BpfVerifier.Analyzers.Kernels;

/// <summary>The kernels a project is meant for: <c>BpfTargetKernels</c>.</summary>
internal sealed class TargetKernels
{
    /// <summary>The property as the compiler sees it. MSBuild's semicolons would end the line there, so the package's targets write commas.</summary>
    public const string Option = "build_property.BpfTargetKernelList";

    private readonly ImmutableArray<KernelNumber> _kernels;

    private TargetKernels(ImmutableArray<KernelNumber> kernels, ImmutableArray<string> problems)
    {
        _kernels = kernels;
        Problems = problems;
        All = Where(_ => true);
    }

    /// <summary>What of the property was not understood, a sentence each.</summary>
    public ImmutableArray<string> Problems { get; }

    /// <summary>All of them.</summary>
    public KernelSet All { get; }

    /// <summary>Reads the property: releases and ranges <c>6.12-7.3</c>, separated by commas, semicolons or blanks.</summary>
    /// <param name="text">The property.</param>
    /// <param name="catalog">Releases the attributes were made from, oldest first.</param>
    public static TargetKernels Parse(string text, IReadOnlyList<KernelNumber> catalog)
    {
        var kernels = new SortedSet<KernelNumber>();
        var problems = ImmutableArray.CreateBuilder<string>();
        foreach (string item in text.Split([',', ';', ' ', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries))
        {
            string[] ends = item.Split('-');
            if (ends.Length > 2 || !KernelNumber.TryParse(ends[0], out KernelNumber first) || !KernelNumber.TryParse(ends[ends.Length - 1], out KernelNumber last))
                problems.Add($"'{item}' is neither a release (6.12) nor a range of releases (6.12-7.3)");
            else if (!first.MayExist || !last.MayExist)
                problems.Add($"Linux has no release {(first.MayExist ? last : first)}");
            else if (last < first)
                problems.Add($"'{item}' ends before it begins");
            else
                Add(kernels, first, last, catalog);
        }
        foreach (KernelNumber kernel in kernels.Where(_ => catalog.Count > 0))
        {
            if (kernel > catalog[catalog.Count - 1])
                problems.Add($"{kernel} is newer than {catalog[catalog.Count - 1]}, the newest release known here, and judged as that");
            else if (kernel < catalog[0])
                problems.Add($"{kernel} is older than {catalog[0]}, the oldest release known here: of most symbols it is not known whether it has them");
        }
        if (kernels.Count > KernelSet.Capacity)
            problems.Add($"There are {kernels.Count} target kernels; the newest {KernelSet.Capacity} are looked at");
        return new TargetKernels([.. kernels.Skip(Math.Max(0, kernels.Count - KernelSet.Capacity))], problems.ToImmutable());
    }

    // Major numbers that are not over end, for a range across them, with the newest release known.
    private static void Add(SortedSet<KernelNumber> kernels, KernelNumber first, KernelNumber last, IReadOnlyList<KernelNumber> catalog)
    {
        for (KernelNumber kernel = first; kernel <= last && kernels.Count <= 4 * KernelSet.Capacity; kernel = kernel.Next)
        {
            if (kernel.Major < last.Major && catalog.Count > 0 && kernel > catalog[catalog.Count - 1])
                break;
            kernels.Add(kernel);
        }
        kernels.Add(last);
    }

    /// <summary>Those of which something holds.</summary>
    public KernelSet Where(Func<KernelNumber, bool> holds)
    {
        KernelSet set = KernelSet.Empty;
        for (int i = 0; i < _kernels.Length; i++)
        {
            if (holds(_kernels[i]))
                set = set.With(i);
        }
        return set;
    }

    /// <summary>A set in words: <c>5.10, 6.12 to 7.3</c>.</summary>
    public string Describe(KernelSet set)
    {
        var text = new StringBuilder();
        for (int i = 0; i < _kernels.Length; i++)
        {
            if (!set.Contains(i))
                continue;
            int end = i;
            while (end + 1 < _kernels.Length && set.Contains(end + 1) && _kernels[end + 1] == _kernels[end].Next)
                end++;
            // Two that follow each other are two, more are a range.
            if (end < i + 2)
                end = i;
            text.Append(text.Length > 0 ? ", " : "").Append(_kernels[i]);
            if (end > i)
                text.Append(" to ").Append(_kernels[end]);
            i = end;
        }
        return text.ToString();
    }
}
