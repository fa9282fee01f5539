using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace BpfVerifier.Analyzers;

/// <summary>
/// BPFK1002: code under a change of the ledger uses a symbol of the kernel that this release lacks and that the change does not
/// declare to need. The modular flavour would turn the change on where it cannot be. Code is under a change when it stands under one
/// or in a function that is called only under one.
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
        helpLinkUri: "docs/rules/BPFK1002.md",
        customTags: WellKnownDiagnosticTags.CompilationEnd);

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
            if (compilation.GetTypeByMetadataName("BpfVerifier.Runtime.Changes") is not { } changes
                || compilation.GetTypeByMetadataName("BpfVerifier.Runtime.NeedsAttribute") is not { } needs
                || compilation.GetTypeByMetadataName("BpfVerifier.Runtime.NotInReleaseAttribute") is not { } absent)
                return;
            var found = new Found(changes, needs, absent);
            start.RegisterOperationAction(found.Look, OperationKind.FieldReference, OperationKind.Invocation, OperationKind.MethodReference, OperationKind.ObjectCreation, OperationKind.PropertyReference);
            start.RegisterCompilationEndAction(found.Report);
        });
    }

    /// <summary>What a compilation holds, gathered by many threads.</summary>
    private sealed class Found(INamedTypeSymbol changes, INamedTypeSymbol needs, INamedTypeSymbol absent)
    {
        private readonly ConcurrentBag<GuardedCall> _calls = [];
        private readonly ConcurrentBag<(ISymbol Function, ImmutableSortedSet<string> Guards, string Symbol, SyntaxNode Syntax)> _uses = [];
        private readonly ConcurrentDictionary<IFieldSymbol, string> _absent = new(SymbolEqualityComparer.Default);

        public void Look(OperationAnalysisContext context)
        {
            if (context.Operation is IFieldReferenceOperation { Field: { IsConst: true } field })
            {
                string symbol = _absent.GetOrAdd(field, f => Argument(f, absent) is { Value: string name } ? name : "");
                if (symbol.Length > 0)
                    _uses.Add((Function(context, out ImmutableSortedSet<string> guards), guards, symbol, context.Operation.Syntax));
                return;
            }
            foreach (ISymbol called in Called(context.Operation))
            {
                // Its own code is in another compilation, or generated.
                if (called.DeclaringSyntaxReferences.IsEmpty || SymbolEqualityComparer.Default.Equals(called.ContainingType, changes))
                    continue;
                ISymbol from = Function(context, out ImmutableSortedSet<string> guards);
                _calls.Add(new GuardedCall(from, called, guards));
            }
        }

        public void Report(CompilationAnalysisContext context)
        {
            if (_uses.IsEmpty)
                return;
            var reached = new ReachedUnder(_calls);
            var declared = new Dictionary<string, HashSet<string>>(StringComparer.Ordinal);
            foreach ((ISymbol function, ImmutableSortedSet<string> guards, string symbol, SyntaxNode syntax) in _uses)
            {
                ImmutableSortedSet<string>[] ways = [.. reached.Of(function).Select(guards.Union)];
                // Used without any change too: then it is no part of one.
                if (ways.Any(way => way.IsEmpty))
                    continue;
                // One change that declares it answers for those it is asked together with.
                string[] undeclared = [.. ways.Where(way => !way.Any(change => Declared(change).Contains(symbol))).SelectMany(way => way).Distinct().OrderBy(change => change, StringComparer.Ordinal)];
                if (undeclared.Length > 0)
                    context.ReportDiagnostic(Diagnostic.Create(Rule, syntax.GetLocation(), syntax.ToString(), string.Join(", ", undeclared), symbol));
            }

            HashSet<string> Declared(string change)
            {
                if (!declared.TryGetValue(change, out HashSet<string>? symbols))
                {
                    TypedConstant? names = changes.GetMembers(change).Select(member => Argument(member, needs)).FirstOrDefault();
                    symbols = names is { Kind: TypedConstantKind.Array } known ? new HashSet<string>(known.Values.Select(n => n.Value).OfType<string>(), StringComparer.Ordinal) : [];
                    declared.Add(change, symbols);
                }
                return symbols;
            }
        }

        /// <summary>The function an operation stands in, and the changes under which it does within that function.</summary>
        private ISymbol Function(OperationAnalysisContext context, out ImmutableSortedSet<string> guards)
        {
            guards = [.. new ChangeGuards(changes).Of(context.Operation, out IMethodSymbol? local).Select(change => change.Name)];
            return (local ?? context.ContainingSymbol).OriginalDefinition;
        }

        private static IEnumerable<ISymbol> Called(IOperation operation) => operation switch
        {
            IInvocationOperation call => [call.TargetMethod.OriginalDefinition],
            IMethodReferenceOperation mention => [mention.Method.OriginalDefinition],
            IObjectCreationOperation { Constructor: { } made } => [made.OriginalDefinition],
            // Which of the two is asked matters little: both are called where the property is named.
            IPropertyReferenceOperation { Property: { } property } => ((ISymbol?[])[property.GetMethod?.OriginalDefinition, property.SetMethod?.OriginalDefinition]).OfType<ISymbol>(),
            _ => [],
        };

        /// <summary>What the attribute says of the symbol, which takes one argument; null without it.</summary>
        private static TypedConstant? Argument(ISymbol symbol, INamedTypeSymbol attribute)
        {
            ImmutableArray<TypedConstant>? arguments = symbol.GetAttributes().FirstOrDefault(a => SymbolEqualityComparer.Default.Equals(a.AttributeClass, attribute))?.ConstructorArguments;
            return arguments is { Length: 1 } known ? known[0] : null;
        }
    }
}
