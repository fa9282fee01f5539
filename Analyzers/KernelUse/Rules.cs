using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace BpfVerifier.Analyzers.KernelUse;

/// <summary>The rules about the use of kernel symbols. docs/rules/ has a page for each.</summary>
internal static class Rules
{
    private const string Category = "KernelAbi";

    public static readonly DiagnosticDescriptor TooNew = Rule("BPFK0001", "A target kernel does not have the symbol yet",
        "'{0}' is reachable on Linux {1}; it is there since {2}", DiagnosticSeverity.Warning);

    public static readonly DiagnosticDescriptor Gone = Rule("BPFK0002", "A target kernel no longer has the symbol",
        "'{0}' is reachable on Linux {1}; it is not there any more since {2}", DiagnosticSeverity.Warning);

    public static readonly DiagnosticDescriptor PrototypeChanged = Rule("BPFK0003", "The prototype or the flags of a helper or kfunc differ between target kernels",
        "'{0}' is reachable on Linux {1} and on {2}; it changed in {3}", DiagnosticSeverity.Warning);

    public static readonly DiagnosticDescriptor FieldChanged = Rule("BPFK0004", "A field lies or is declared otherwise in a target kernel",
        "'{0}' is reachable on Linux {1}, where it is not what it is here; it changed in {2}", DiagnosticSeverity.Warning);

    public static readonly DiagnosticDescriptor NumberChanged = Rule("BPFK0005", "A number is another in a target kernel",
        "'{0}' is reachable on Linux {1}, where it is another number; it changed in {2}", DiagnosticSeverity.Warning);

    public static readonly DiagnosticDescriptor NotOffered = Rule("BPFK0006", "A target kernel does not offer the helper or kfunc to this type of program",
        "'{0}' is reachable on Linux {1}, which does not offer it to programs of type {2}; {3}", DiagnosticSeverity.Warning);

    public static readonly DiagnosticDescriptor Unguarded = Rule("BPFK0007", "A member that needs another kernel is used without a guard",
        "'{0}' is reachable on Linux {1}; it is only for {2}", DiagnosticSeverity.Warning);

    public static readonly DiagnosticDescriptor NeverTrue = Rule("BPFK0008", "A guard is false on every target kernel that comes by",
        "'{0}' is false on every target kernel that comes by: Linux {1}", DiagnosticSeverity.Warning);

    public static readonly DiagnosticDescriptor AlwaysTrue = Rule("BPFK0009", "A guard is true on every target kernel that comes by",
        "'{0}' is true on every target kernel that comes by: Linux {1}", DiagnosticSeverity.Info);

    public static readonly DiagnosticDescriptor UnknownKernel = Rule("BPFK0010", "There is no such kernel",
        "'{0}' is no release of Linux", DiagnosticSeverity.Warning);

    public static readonly DiagnosticDescriptor Targets = Rule("BPFK0011", "The target kernels are not understood",
        "BpfTargetKernels: {0}", DiagnosticSeverity.Warning, WellKnownDiagnosticTags.CompilationEnd);

    public static readonly DiagnosticDescriptor Unknown = Rule("BPFK0012", "It is not known whether a target kernel has the symbol",
        "'{0}' is reachable on Linux {1}, of which it is not known whether it has it; it is there since {2}", DiagnosticSeverity.Info);

    public static readonly DiagnosticDescriptor SizeChanged = Rule("BPFK0013", "The size of a struct is another in a target kernel",
        "The size of '{0}' is taken where Linux {1} can be running, which has another; it changed in {2}", DiagnosticSeverity.Info);

    /// <summary>All of them.</summary>
    public static ImmutableArray<DiagnosticDescriptor> All { get; } =
        [TooNew, Gone, PrototypeChanged, FieldChanged, NumberChanged, NotOffered, Unguarded, NeverTrue, AlwaysTrue, UnknownKernel, Targets, Unknown, SizeChanged];

    private static DiagnosticDescriptor Rule(string id, string title, string message, DiagnosticSeverity severity, params string[] tags) => new(
        id, title, message, Category, severity, isEnabledByDefault: true, helpLinkUri: "docs/rules/" + id + ".md", customTags: tags);
}
