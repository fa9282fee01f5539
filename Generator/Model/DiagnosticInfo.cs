using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace BpfVerifier.Generator.Model;

/// <summary>A diagnostic as values, so that a step's result can be compared and holds no tree or file alive.</summary>
internal sealed record DiagnosticInfo(DiagnosticDescriptor Descriptor, string? Path, TextSpan Span, LinePositionSpan Lines, EquatableArray<string> Arguments)
{
    /// <summary>One without a place.</summary>
    public static DiagnosticInfo Nowhere(DiagnosticDescriptor descriptor, params string[] arguments) =>
        new(descriptor, null, default, default, arguments.ToEquatable());

    public Diagnostic ToDiagnostic() => Diagnostic.Create(
        Descriptor,
        Path is null ? Location.None : Location.Create(Path, Span, Lines),
        [.. Arguments.Items]);
}

/// <summary>What was read from a file: null if anything was wrong with it, and what.</summary>
internal sealed record Parsed<T>(T? Value, EquatableArray<DiagnosticInfo> Diagnostics) where T : class, IEquatable<T>;
