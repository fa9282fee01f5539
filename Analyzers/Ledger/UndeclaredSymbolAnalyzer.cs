using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace BpfVerifier.Analyzers;

/// <summary>
/// BPFK1002: code under a change of the ledger uses a symbol of the kernel that this release lacks and that the change does not
/// declare to need. The modular flavour would turn the change on where it cannot be.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class UndeclaredSymbolAnalyzer : DiagnosticAnalyzer
{
    /// <summary>The rule.</summary>
    public static readonly DiagnosticDescriptor Rule = new(
        "BPFK1002",
        "Code under a change uses a symbol that the change does not declare to need",
        "'{0}' is not in this release, and {1} does not declare to need '{2}'; add it to the change's needs in the ledger",
        "KernelAbi",
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: "docs/rules/BPFK1002.md");

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Rule];

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterCompilationStartAction(static start =>
        {
            // All three are generated into a release assembly, and into nothing else.
            Compilation compilation = start.Compilation;
            if (compilation.GetTypeByMetadataName("BpfVerifier.Runtime.Changes") is { } changes
                && compilation.GetTypeByMetadataName("BpfVerifier.Runtime.NeedsAttribute") is { } needs
                && compilation.GetTypeByMetadataName("BpfVerifier.Runtime.NotInReleaseAttribute") is { } absent)
                start.RegisterOperationAction(operation => Analyze(operation, changes, needs, absent), OperationKind.FieldReference);
        });
    }

    private static void Analyze(OperationAnalysisContext context, INamedTypeSymbol changes, INamedTypeSymbol needs, INamedTypeSymbol absent)
    {
        IFieldSymbol field = ((IFieldReferenceOperation)context.Operation).Field;
        if (Argument(field, absent) is not { Value: string symbol })
            return;
        IReadOnlyList<IPropertySymbol> guards = new ChangeGuards(changes).Of(context.Operation);
        // One change that declares it answers for those it is asked together with.
        if (guards.Count == 0 || guards.Any(change => Argument(change, needs) is { Kind: TypedConstantKind.Array } names && names.Values.Any(n => n.Value is string name && name == symbol)))
            return;
        context.ReportDiagnostic(Diagnostic.Create(Rule, context.Operation.Syntax.GetLocation(),
            context.Operation.Syntax.ToString(), string.Join(", ", guards.Select(g => g.Name).Distinct()), symbol));
    }

    /// <summary>What the attribute says of the symbol, which takes one argument; null without it.</summary>
    private static TypedConstant? Argument(ISymbol symbol, INamedTypeSymbol attribute)
    {
        ImmutableArray<TypedConstant>? arguments = symbol.GetAttributes().FirstOrDefault(a => SymbolEqualityComparer.Default.Equals(a.AttributeClass, attribute))?.ConstructorArguments;
        return arguments is { Length: 1 } known ? known[0] : null;
    }
}
