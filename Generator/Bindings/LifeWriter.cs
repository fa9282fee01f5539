using BpfVerifier.Generator.Emit;
using BpfVerifier.Generator.Model;

namespace BpfVerifier.Generator.Bindings;

/// <summary>Writes a life as attributes, and as a sentence of documentation.</summary>
internal static class LifeWriter
{
    public static void Write(CodeWriter code, string summary, EquatableArray<LifeEvent> life)
    {
        code.Line("/// <summary>" + summary + "</summary>");
        string told = string.Join(" ", life.Where(e => e.Kind is LifeEventKind.Since or LifeEventKind.Removed or LifeEventKind.Changed).Select(Sentence));
        if (told.Length > 0)
            code.Line("/// <remarks>" + CodeWriter.Escape(told) + "</remarks>");
        foreach (LifeEvent e in life)
            code.Line(Attribute(e));
    }

    private static string Sentence(LifeEvent e) => e.Kind switch
    {
        LifeEventKind.Since => e.After is null ? $"Since Linux {e.Release} or earlier." : $"Since Linux {e.Release}{Between(e)}.",
        LifeEventKind.Removed => $"Removed in Linux {e.Release}{Between(e)}.",
        _ => $"Changed in Linux {e.Release}{Between(e)}: {string.Join("; ", e.What)}.",
    };

    private static string Between(LifeEvent e) => e.After is { } after && !IsNext(after, e.Release) ? $", or between {after} and it" : "";

    private static string Attribute(LifeEvent e)
    {
        string after = e.After is { } older ? $", After = \"{older}\"" : "";
        return e.Kind switch
        {
            LifeEventKind.Since => $"[SinceKernel(\"{e.Release}\"{(e.After is null ? ", OrEarlier = true" : after)})]",
            LifeEventKind.Removed => $"[RemovedInKernel(\"{e.Release}\"{after})]",
            LifeEventKind.Changed => $"[ChangedInKernel(\"{e.Release}\", {CodeWriter.Literal(string.Join("; ", e.What))}{after})]",
            LifeEventKind.Offered => $"[OfferedTo(\"{e.Release}\", {Types(e)}{after})]",
            _ => $"[WithdrawnFrom(\"{e.Release}\", {Types(e)}{after})]",
        };
    }

    public static string Types(IEnumerable<string> types) => string.Join(", ", types.Select(t => "bpf_prog_type.BPF_PROG_TYPE_" + t));

    private static string Types(LifeEvent e) => Types(e.What);

    private static bool IsNext(ReleaseNumber older, ReleaseNumber newer) =>
        (older.Major == newer.Major && older.Minor + 1 == newer.Minor) || (older is { Major: 5 or 6, Minor: 19 } && newer.Major == older.Major + 1 && newer.Minor == 0);
}
