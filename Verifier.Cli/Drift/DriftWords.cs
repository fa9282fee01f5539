using System.Globalization;
using BpfVerifier.Drift;
using BpfVerifier.Objects;

namespace BpfVerifier.Cli.Drift;

/// <summary>The words and signs that all forms of the report use.</summary>
internal static class DriftWords
{
    public static string Of(DriftSubject subject) => subject switch
    {
        DriftSubject.ProgramType => "program type",
        DriftSubject.AttachType => "attach type",
        DriftSubject.AttachTarget => "attach target",
        DriftSubject.MapType => "map type",
        DriftSubject.StructOps => "struct_ops",
        DriftSubject.Helper => "helper",
        DriftSubject.Kfunc => "kfunc",
        DriftSubject.Symbol => "symbol",
        DriftSubject.Config => "config",
        _ => "type",
    };

    public static string Of(DriftStatus status) => status switch
    {
        DriftStatus.Present => "present",
        DriftStatus.Changed => "changed",
        DriftStatus.Absent => "absent",
        _ => "unknown",
    };

    public static string Of(DriftImpact impact) => impact switch
    {
        DriftImpact.None => "none",
        DriftImpact.MadeUpFor => "made up for",
        DriftImpact.Differs => "differs",
        _ => "breaks",
    };

    /// <summary>A cell: <c>yes</c>, <c>~</c> changed, <c>no</c>, <c>?</c>; in brackets where something makes up for it.</summary>
    public static string Cell(DriftAnswer answer)
    {
        string sign = answer.Status switch { DriftStatus.Present => "yes", DriftStatus.Changed => "~", DriftStatus.Absent => "no", _ => "?" };
        return answer.Impact == DriftImpact.MadeUpFor && answer.Status != DriftStatus.Present ? $"({sign})" : sign;
    }

    /// <summary>Name and question of an item.</summary>
    public static string Name(DriftItem item) => item.Question.Length == 0 ? item.Name : $"{item.Name} [{item.Question}]";

    /// <summary>The C line of the first use, one of a program concerned before others; empty when it is not known.</summary>
    public static string Place(DriftItem item)
    {
        HashSet<string> concerned = [.. item.Answers.Where(a => a.Impact == item.Impact).SelectMany(a => a.Programs)];
        RequirementUse? use = item.Uses.Where(u => u.Source is not null).MinBy(u => concerned.Contains(u.Program.Name) ? 0 : 1);
        return use?.Source is { } source ? string.Create(CultureInfo.InvariantCulture, $"{source.File}:{source.Line}") : "";
    }

    /// <summary>What to explain below a table: answers other than plain ones, those that say the same together.</summary>
    public static IEnumerable<string> Notes(DriftItem item) =>
        from answer in item.Answers
        where answer.Status != DriftStatus.Present && answer.Detail.Length > 0
        group answer by (answer.Status, answer.Impact, answer.Detail, Programs: string.Join(", ", answer.Programs)) into same
        select $"{string.Join(", ", same.Select(a => a.Kernel))}: {Of(same.Key.Status)}: {same.Key.Detail}"
            + (same.Key.Programs.Length > 0 ? $" (needed by {same.Key.Programs})" : "");

    public const string Legend = "yes: present; ~: changed from the kernel before; no: absent; ?: nothing tells; in brackets: the loader or the program makes up for it";

    public static string Summary(IReadOnlyList<ObjectDrift> all)
    {
        DriftItem[] items = [.. all.SelectMany(o => o.Items)];
        return string.Create(CultureInfo.InvariantCulture,
            $"{items.Length} things needed: {items.Count(i => i.Impact == DriftImpact.Breaks)} break somewhere, {items.Count(i => i.Impact == DriftImpact.Differs)} differ, {items.Count(i => i.Impact == DriftImpact.MadeUpFor)} are made up for");
    }

    public static IEnumerable<string> Programs(DriftItem item) => item.Uses.Select(u => u.Program.Name).Distinct();

    public static string Failure(BpfObject opened) => $"{opened.Name}: {opened.Failure?.Message}";
}
