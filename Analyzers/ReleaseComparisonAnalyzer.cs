using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace BpfVerifier.Analyzers;

/// <summary>
/// BPFK1001: code of a release assembly compares kernel releases. What differs between kernels is an entry of the
/// ledger; a version number says neither what differs nor which stable branches took the change.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ReleaseComparisonAnalyzer : DiagnosticAnalyzer
{
    /// <summary>The rule.</summary>
    public static readonly DiagnosticDescriptor Rule = new(
        "BPFK1001",
        "Kernel releases are compared outside the ledger",
        "'{0}' compares kernel releases; add the difference to the ledger and ask Changes for it",
        "KernelAbi",
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: "docs/rules/BPFK1001.md");

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Rule];

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterCompilationStartAction(static start =>
        {
            // Only a release assembly has a ledger; everybody else may compare releases as they like.
            bool release = start.Options.AdditionalFiles.Any(file =>
                start.Options.AnalyzerConfigOptionsProvider.GetOptions(file).TryGetValue("build_metadata.AdditionalFiles.KernelAbi", out string? role) && role == "ledger");
            if (!release || start.Compilation.GetTypeByMetadataName("BpfVerifier.KernelRelease") is not { } type)
                return;
            start.RegisterOperationAction(operation => AnalyzeOperator(operation, type), OperationKind.Binary);
            start.RegisterOperationAction(operation => AnalyzeCall(operation, type), OperationKind.Invocation);
        });
    }

    private static void AnalyzeOperator(OperationAnalysisContext context, INamedTypeSymbol release)
    {
        var comparison = (IBinaryOperation)context.Operation;
        bool compares = comparison.OperatorKind is BinaryOperatorKind.Equals or BinaryOperatorKind.NotEquals or BinaryOperatorKind.LessThan
            or BinaryOperatorKind.LessThanOrEqual or BinaryOperatorKind.GreaterThan or BinaryOperatorKind.GreaterThanOrEqual;
        if (compares && (IsRelease(comparison.LeftOperand, release) || IsRelease(comparison.RightOperand, release)))
            Report(context);
    }

    private static void AnalyzeCall(OperationAnalysisContext context, INamedTypeSymbol release)
    {
        var call = (IInvocationOperation)context.Operation;
        if (call.TargetMethod.Name is "CompareTo" or "Equals" && call.Instance is { } instance && IsRelease(instance, release))
            Report(context);
    }

    /// <summary>A release, or one of its numbers, also behind a conversion.</summary>
    private static bool IsRelease(IOperation operand, INamedTypeSymbol release)
    {
        while (operand is IConversionOperation conversion)
            operand = conversion.Operand;
        return SymbolEqualityComparer.Default.Equals(operand.Type, release)
            || (operand is IPropertyReferenceOperation { Property: { Name: "Major" or "Minor" or "Patch" } property }
                && SymbolEqualityComparer.Default.Equals(property.ContainingType, release));
    }

    private static void Report(OperationAnalysisContext context) =>
        context.ReportDiagnostic(Diagnostic.Create(Rule, context.Operation.Syntax.GetLocation(), context.Operation.Syntax.ToString()));
}
