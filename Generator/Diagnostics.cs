using Microsoft.CodeAnalysis;

namespace BpfVerifier.Generator;

/// <summary>Everything the generator may complain of. All are errors: tables from a half-read file would give wrong verdicts.</summary>
internal static class Diagnostics
{
    private const string Category = "KernelAbi";

    public static readonly DiagnosticDescriptor Syntax = new("BPFK2001", "The file is not JSON", "Not JSON: {0}",
        Category, DiagnosticSeverity.Error, true);

    public static readonly DiagnosticDescriptor MissingKey = new("BPFK2002", "A key is missing", "The key \"{0}\" is missing",
        Category, DiagnosticSeverity.Error, true);

    public static readonly DiagnosticDescriptor WrongKind = new("BPFK2003", "A value is of the wrong kind", "Expected {0}",
        Category, DiagnosticSeverity.Error, true);

    public static readonly DiagnosticDescriptor Schema = new("BPFK2004", "The schema is not one this generator reads",
        "Schema {0} is not known here; this generator reads schema {1}", Category, DiagnosticSeverity.Error, true);

    public static readonly DiagnosticDescriptor UnknownName = new("BPFK2005", "A kernel name has no counterpart in the runtime",
        "{0} '{1}' is not known; teach Generator/Input/TypeNames.cs (and the runtime's enum) what it means",
        Category, DiagnosticSeverity.Error, true);

    public static readonly DiagnosticDescriptor UnknownSymbol = new("BPFK2006", "A change needs a symbol no release has",
        "Change {0} needs '{1}', which is in no release of the catalogue", Category, DiagnosticSeverity.Error, true);

    public static readonly DiagnosticDescriptor BadName = new("BPFK2007", "A name is used twice or cannot be used", "{0}",
        Category, DiagnosticSeverity.Error, true);

    public static readonly DiagnosticDescriptor Files = new("BPFK2008", "An input file is missing, doubled or of unknown kind", "{0}",
        Category, DiagnosticSeverity.Error, true);

    public static readonly DiagnosticDescriptor Undefined = new("BPFK2009", "Something refers to what the file does not define",
        "{0} '{1}' is not defined in this file", Category, DiagnosticSeverity.Error, true);

    public static readonly DiagnosticDescriptor UnknownType = new("BPFK2010", "A kernel type is in no release",
        "The kernel type '{0}' is in no release of the catalogue", Category, DiagnosticSeverity.Error, true);
}
