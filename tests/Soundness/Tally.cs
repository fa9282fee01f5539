using System.Globalization;
using System.Text;

namespace BpfVerifier.Soundness;

/// <summary>Sums of many programs' reports.</summary>
internal sealed class Tally
{
    private readonly SortedDictionary<string, int> _skipped = new(StringComparer.Ordinal), _cutShort = new(StringComparer.Ordinal);
    private readonly List<string> _violations = [];
    private readonly SortedDictionary<string, List<string>> _notContained = new(StringComparer.Ordinal), _kernelFaults = new(StringComparer.Ordinal);
    private int _programs, _notAccepted, _run, _contained, _neverCompleted;
    private long _runs, _completed, _steps, _checkedSteps, _places;

    /// <summary>Programs with a violation.</summary>
    public int Violations => _violations.Count;

    /// <summary>Programs run.</summary>
    public int Run => _run;

    /// <summary>Instructions whose state was held against the walk's.</summary>
    public long CheckedSteps => _checkedSteps;

    /// <summary>Adds a report.</summary>
    public void Add(ProgramReport report)
    {
        _programs++;
        if (report.Skipped == "not accepted")
        {
            _notAccepted++;
            return;
        }
        if (report.Skipped is { } reason)
        {
            Count(_skipped, reason, 1);
            return;
        }
        _run++;
        if (report.NotContained is { } why)
            Name(_notContained, why, report.Name);
        else
            _contained++;
        foreach ((string cut, int times) in report.CutShort)
            Count(_cutShort, cut, times);
        int cuts = report.CutShort.Values.Sum();
        if (report.Completed == 0 && cuts > 0)
            _neverCompleted++;
        _runs += report.Completed + cuts + (report.Violation is null ? 0 : 1);
        _completed += report.Completed;
        _steps += report.Steps;
        _checkedSteps += report.CheckedSteps;
        _places += report.Contained;
        if (report.KernelFault is { } fault)
        {
            Name(_kernelFaults, fault, report.Name);
        }
        else if (report.Violation is { } violation)
        {
            _violations.Add(violation);
        }
    }

    /// <summary>The sums and each violation, as text.</summary>
    public string Text(string title)
    {
        var text = new StringBuilder();
        Line(text, $"{title}");
        Line(text, $"  programs {_programs}, not accepted {_notAccepted}, skipped {_skipped.Values.Sum()}, run {_run}, of them held against states {_contained}");
        Line(text, $"  runs {_runs}, completed {_completed}, steps {_steps}");
        Line(text, $"  containment: {_checkedSteps} steps checked, {_places} registers and stack slots inside");
        Reasons(text, "programs skipped", _skipped);
        if (_notContained.Count > 0)
            Line(text, $"  programs run but not held against states:");
        foreach ((string why, List<string> names) in _notContained.OrderByDescending(n => n.Value.Count))
            Line(text, $"    {names.Count,6}  {why}: {Some(names)}");
        Reasons(text, "runs cut short", _cutShort);
        if (_neverCompleted > 0)
            Line(text, $"  programs none of whose runs completed: {_neverCompleted}");
        foreach ((string fault, List<string> names) in _kernelFaults)
        {
            Line(text, $"  programs that leave what the kernel's own verifier holds, because {fault}:");
            Line(text, $"    {names.Count,6}  {Some(names)}");
        }
        foreach (string violation in _violations)
            text.Append(violation);
        Line(text, $"  violations {_violations.Count}");
        return text.ToString();
    }

    private static void Reasons(StringBuilder text, string title, SortedDictionary<string, int> reasons)
    {
        if (reasons.Count == 0)
            return;
        Line(text, $"  {title}:");
        foreach ((string reason, int times) in reasons.OrderByDescending(r => r.Value))
            Line(text, $"    {times,6}  {reason}");
    }

    private static void Name(SortedDictionary<string, List<string>> names, string reason, string name)
    {
        if (!names.TryGetValue(reason, out List<string>? known))
            names.Add(reason, known = []);
        known.Add(name);
    }

    private static string Some(List<string> names) => string.Join(", ", names.Take(4)) + (names.Count > 4 ? ", …" : "");

    private static void Count(SortedDictionary<string, int> counts, string reason, int times) =>
        counts[reason] = counts.GetValueOrDefault(reason) + times;

    private static void Line(StringBuilder text, FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
