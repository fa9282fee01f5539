using BpfVerifier.Generator.Model;

namespace BpfVerifier.Generator.Emit;

/// <summary><c>RawTracepoints</c>: the kernel's raw tracepoints, their templates and arguments that may be null.</summary>
internal static class RawTracepointsEmitter
{
    public static string Emit(ImageModel image)
    {
        CodeWriter code = CodeWriter.ForRuntime("abi.json");
        code.Summary("Raw tracepoints built into the kernel.");
        code.Open("internal static class RawTracepoints");
        code.Lines("""
            private static string[]? s_names;
            private static string[]? s_templates;
            private static string[]? s_nullNames;

            /// <summary>The template of a tracepoint, whose function __bpf_trace_TEMPLATE names the arguments; null when there is no such tracepoint.</summary>
            public static string? TemplateOf(string tracepoint)
            {
                int index = Array.BinarySearch(s_names ??= Tables.Lines(NameText), tracepoint, StringComparer.Ordinal);
                return index < 0 || tracepoint.Length == 0 ? null : (s_templates ??= Tables.Lines(TemplateText))[index];
            }

            /// <summary>Arguments of a tracepoint that are not what they are declared: of an argument's four bits, 1 may be null, 2 may encode an error.</summary>
            public static ulong NullArguments(string tracepoint)
            {
                int index = Array.BinarySearch(s_nullNames ??= Tables.Lines(NullNameText), tracepoint, StringComparer.Ordinal);
                return index < 0 || index >= Masks.Length ? 0 : Masks[index];
            }
            """).Line();
        code.Text("NameText", image.Tracepoints.Select(t => t.Name)).Line();
        code.Text("TemplateText", image.Tracepoints.Select(t => t.Template)).Line();
        code.Text("NullNameText", image.NullArgs.Select(t => t.Name)).Line();
        code.Line("private static ReadOnlySpan<ulong> Masks =>").Line("[");
        foreach (NamedValue tracepoint in image.NullArgs)
            code.Line("    " + tracepoint.Value + ",");
        code.Line("];");
        return code.Close().ToString();
    }
}
