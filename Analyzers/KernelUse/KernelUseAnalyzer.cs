using System.Collections.Concurrent;
using System.Collections.Immutable;
using BpfVerifier.Analyzers.Kernels;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace BpfVerifier.Analyzers.KernelUse;

/// <summary>
/// BPFK0001 to BPFK0013: symbols of BpfVerifier.Abi are used where a target kernel (<c>BpfTargetKernels</c>) lacks them or has them otherwise.
/// Does nothing in a project without target kernels. Flow analysis runs for members only in which something is used that matters.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class KernelUseAnalyzer : DiagnosticAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = Rules.All;

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterCompilationStartAction(static start =>
        {
            if (!start.Options.AnalyzerConfigOptionsProvider.GlobalOptions.TryGetValue(TargetKernels.Option, out string? option) || string.IsNullOrWhiteSpace(option)
                || KnownSymbols.Of(start.Compilation) is not { } known || SymbolEqualityComparer.Default.Equals(known.Bindings, start.Compilation.Assembly))
                return;
            TargetKernels targets = TargetKernels.Parse(option, known.Catalog);
            if (!targets.Problems.IsEmpty)
                start.RegisterCompilationEndAction(end => ReportProblems(end, targets));
            start.RegisterSymbolAction(symbol => KernelNames.Check(symbol, known), SymbolKind.NamedType, SymbolKind.Method, SymbolKind.Property, SymbolKind.Field, SymbolKind.Event);
            if (targets.All.IsEmpty)
                return;
            var facts = new FactsCache(known, targets);
            var guards = new Guards(known, targets);
            var check = new UseCheck(known, targets, facts, guards);
            start.RegisterOperationBlockStartAction(block => Collect(block, check, guards));
        });
    }

    private static void ReportProblems(CompilationAnalysisContext context, TargetKernels targets)
    {
        foreach (string problem in targets.Problems)
            context.ReportDiagnostic(Diagnostic.Create(Rules.Targets, Location.None, problem));
    }

    // Looks for candidates while the driver walks the operations anyway, and follows the flow only when there is one.
    private static void Collect(OperationBlockStartAnalysisContext block, UseCheck check, Guards guards)
    {
        int candidates = 0;
        block.RegisterOperationAction(
            operation =>
            {
                if (candidates == 0 && (check.IsCandidate(operation.Operation) || guards.OfGuard(operation.Operation) is not null))
                    Interlocked.Exchange(ref candidates, 1);
            },
            OperationKind.FieldReference, OperationKind.PropertyReference, OperationKind.MethodReference, OperationKind.EventReference,
            OperationKind.Invocation, OperationKind.ObjectCreation, OperationKind.SizeOf);
        block.RegisterOperationBlockEndAction(end =>
        {
            if (candidates == 0)
                return;
            var seen = new HashSet<ControlFlowGraph>();
            var reported = new HashSet<(string, Location, string)>();
            foreach (IOperation part in end.OperationBlocks)
            {
                if (part.Kind is OperationKind.Attribute or OperationKind.None || !seen.Add(end.GetControlFlowGraph(part)))
                    continue;
                var flow = new KernelFlow(guards, end.CancellationToken);
                OwnerContext owner = check.ContextOf(end.OwningSymbol);
                flow.Run(end.GetControlFlowGraph(part), owner.Entry, (operation, state) =>
                {
                    foreach (Diagnostic diagnostic in check.Check(operation, state, owner))
                    {
                        if (reported.Add((diagnostic.Id, diagnostic.Location, diagnostic.GetMessage(System.Globalization.CultureInfo.InvariantCulture))))
                            end.ReportDiagnostic(diagnostic);
                    }
                });
            }
        });
    }
}
