using System.Collections.Immutable;
using BpfVerifier.Analyzers.Kernels;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace BpfVerifier.Analyzers.KernelUse;

/// <summary>What the attributes around a member say.</summary>
/// <param name="Entry">Target kernels that can enter it.</param>
/// <param name="ProgramTypes">Types of the programs it makes; empty if it does not say.</param>
internal sealed record OwnerContext(KernelSet Entry, ImmutableArray<long> ProgramTypes);

/// <summary>Judges one operation, given the kernels that can come by.</summary>
internal sealed class UseCheck(KnownSymbols known, TargetKernels targets, FactsCache facts, Guards guards)
{
    /// <summary>Property of a diagnostic: the release to ask for in a guard.</summary>
    public const string ReleaseProperty = "Release";

    /// <summary>Property of a diagnostic, present if the use is right on kernels before that release.</summary>
    public const string BeforeProperty = "Before";

    /// <summary>Whether an operation uses something that not all targets have, or have alike.</summary>
    public bool IsCandidate(IOperation operation) => Used(operation).Any(symbol => facts.Of(symbol)?.Matters(targets) == true);

    /// <summary>What the attributes of a member and of the types and assembly around it say.</summary>
    public OwnerContext ContextOf(ISymbol owner)
    {
        KernelSet entry = targets.All;
        ImmutableArray<long> programTypes = [];
        for (ISymbol? symbol = owner; symbol is not null; symbol = symbol is IMethodSymbol { AssociatedSymbol: { } property } ? property : symbol.ContainingSymbol)
        {
            if (symbol is INamespaceSymbol or IModuleSymbol)
                continue;
            if (LifeReader.Read(symbol, known) is { } life)
                entry &= targets.Where(k => life.IsIn(k) is not false);
            if (programTypes.IsEmpty && symbol.GetAttributes().FirstOrDefault(a => KnownSymbols.Is(a, known.ForProgramType)) is { ConstructorArguments.Length: 1 } made)
                programTypes = KnownSymbols.Numbers(made.ConstructorArguments[0]);
        }
        return new OwnerContext(entry, programTypes);
    }

    /// <summary>What is wrong with an operation.</summary>
    public IEnumerable<Diagnostic> Check(IOperation operation, FlowState state, OwnerContext owner)
    {
        if (state.Reach.IsEmpty)
            return [];
        var found = new List<Diagnostic>();
        if (guards.OfGuard(operation) is { } truth)
            CheckGuard(operation, truth, state.Reach, found);
        bool size = IsSize(operation);
        foreach (ISymbol symbol in Used(operation))
        {
            if (facts.Of(symbol) is not { } fact || IsCompared(operation))
                continue;
            CheckPresence(operation, fact, state.Reach, found);
            CheckChanges(operation, fact, state.Reach, size, found);
            if (fact.Life.Offers.Length > 0)
                CheckOffers(operation, fact, state.Reach & fact.Present, owner, found);
        }
        return found;
    }

    private void CheckGuard(IOperation operation, Truth truth, KernelSet reach, List<Diagnostic> found)
    {
        if (operation is IInvocationOperation call && guards.AskedFor(call) is { } asked)
        {
            if (!asked.MayExist)
                found.Add(Diagnostic.Create(Rules.UnknownKernel, operation.Syntax.GetLocation(), asked));
            else if ((truth.False & reach).IsEmpty)
                found.Add(Diagnostic.Create(Rules.AlwaysTrue, operation.Syntax.GetLocation(), operation.Syntax, targets.Describe(reach)));
        }
        if ((truth.True & reach).IsEmpty)
            found.Add(Diagnostic.Create(Rules.NeverTrue, operation.Syntax.GetLocation(), operation.Syntax, targets.Describe(reach)));
    }

    private void CheckPresence(IOperation operation, SymbolFacts fact, KernelSet reach, List<Diagnostic> found)
    {
        KernelSet absent = reach & fact.Absent, unknown = reach - fact.Present - fact.Absent;
        Moment? came = fact.Life.Came, went = fact.Life.Went;
        KernelSet gone = went is { } end ? absent & targets.Where(k => k >= end.Release) : KernelSet.Empty;
        string name = Name(fact.Symbol);
        if (!absent.IsEmpty && !SymbolEqualityComparer.Default.Equals(fact.Symbol.ContainingAssembly, known.Bindings))
        {
            found.Add(Make(Rules.Unguarded, operation, gone.IsEmpty ? came : went, !gone.IsEmpty, name, targets.Describe(absent), Needs(fact.Life)));
            return;
        }
        if (!gone.IsEmpty)
            found.Add(Make(Rules.Gone, operation, went, true, name, targets.Describe(gone), went!.Value.ToString()));
        if (!(absent - gone).IsEmpty)
            found.Add(Make(Rules.TooNew, operation, came, false, name, targets.Describe(absent - gone), came?.ToString() ?? ""));
        else if (absent.IsEmpty && !unknown.IsEmpty)
            found.Add(Make(Rules.Unknown, operation, came, false, name, targets.Describe(unknown), came?.ToString() ?? ""));
    }

    private static string Needs(SymbolLife life) => string.Join(" and ", new[]
    {
        life.Came is { } came ? "Linux " + came.Release + " and later" : null,
        life.Went is { } went ? "Linux before " + went.Release : null,
    }.Where(part => part is not null));

    private void CheckChanges(IOperation operation, SymbolFacts fact, KernelSet reach, bool size, List<Diagnostic> found)
    {
        KernelSet here = reach & fact.Present;
        ChangeAmongTargets[] changes = [.. fact.Changes.Where(c => !(c.Before & here).IsEmpty)];
        if (changes.Length == 0)
            return;
        KernelSet before = changes.Aggregate(KernelSet.Empty, (all, c) => all | c.Before) & here;
        Moment last = changes[changes.Length - 1].Change.At;
        if (fact.Symbol is INamedTypeSymbol)
        {
            if (size)
                found.Add(Make(Rules.SizeChanged, operation, last, false, Name(fact.Symbol), targets.Describe(before), Told(changes)));
        }
        else if (fact.Symbol is IPropertySymbol && fact.Life.Offers.Length > 0)
        {
            // A call is right on either side; only code that runs on both cannot fit both.
            ChangeAmongTargets[] both = [.. changes.Where(c => !(c.After & here).IsEmpty)];
            if (both.Length > 0)
            {
                KernelSet old = both.Aggregate(KernelSet.Empty, (all, c) => all | c.Before) & here;
                found.Add(Make(Rules.PrototypeChanged, operation, both[both.Length - 1].Change.At, false, Name(fact.Symbol), targets.Describe(old), targets.Describe(here - old), Told(both)));
            }
        }
        else if (fact.Symbol is IFieldSymbol { IsConst: true })
            found.Add(Make(Rules.NumberChanged, operation, last, false, Name(fact.Symbol), targets.Describe(before), Told(changes)));
        else
            found.Add(Make(Rules.FieldChanged, operation, last, false, Name(fact.Symbol), targets.Describe(before), Told(changes)));
    }

    private static string Told(IEnumerable<ChangeAmongTargets> changes) => string.Join("; ", changes.Select(c => c.Change.At + ": " + c.Change.What));

    private void CheckOffers(IOperation operation, SymbolFacts fact, KernelSet here, OwnerContext owner, List<Diagnostic> found)
    {
        ImmutableArray<long> types = CalledFrom(operation) is { } called ? [called] : owner.ProgramTypes;
        foreach (long type in types.Where(t => !fact.NotJudgedFor.Contains(t)))
        {
            KernelSet without = targets.Where(k => fact.Life.IsOffered(k, type) is false) & here;
            if (without.IsEmpty)
                continue;
            Offer[] offers = [.. fact.Life.Offers.Where(o => o.ProgramTypes.Contains(type))];
            bool withdrawn = offers.Length > 0 && !offers[offers.Length - 1].Offered;
            string told = offers.Length == 0 ? "no release known here does" : string.Join(", ", offers.Select(o => (o.Offered ? "offered since " : "withdrawn in ") + o.At));
            found.Add(Make(Rules.NotOffered, operation, offers.Length == 0 ? null : offers[offers.Length - 1].At, withdrawn, Name(fact.Symbol), targets.Describe(without), TypeName(type), told));
        }
    }

    /// <summary>The program type of <c>descriptor.CallFrom(type)</c>, if the operation is its descriptor and the type is constant.</summary>
    private long? CalledFrom(IOperation descriptor)
    {
        if (descriptor.Parent is not IInvocationOperation { TargetMethod: { Name: "CallFrom" } method } call || call.Instance != descriptor
            || !(SymbolEqualityComparer.Default.Equals(method.ContainingType, known.HelperDescriptor) || SymbolEqualityComparer.Default.Equals(method.ContainingType, known.KfuncDescriptor)))
            return null;
        foreach (IArgumentOperation argument in call.Arguments)
        {
            if (argument.Parameter?.Ordinal == 0 && argument.Value.ConstantValue is { HasValue: true, Value: IConvertible number })
                return number.ToInt64(System.Globalization.CultureInfo.InvariantCulture);
        }
        return null;
    }

    private string TypeName(long type) => known.ProgramType?.GetMembers().OfType<IFieldSymbol>()
        .FirstOrDefault(f => f.ConstantValue is IConvertible value && value.ToInt64(System.Globalization.CultureInfo.InvariantCulture) == type)?.Name
        ?? type.ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The symbols an operation uses.</summary>
    private static IEnumerable<ISymbol> Used(IOperation operation) => operation switch
    {
        IFieldReferenceOperation field => [field.Field],
        IPropertyReferenceOperation property => [property.Property],
        IMethodReferenceOperation method => [method.Method],
        IEventReferenceOperation member => [member.Event],
        IInvocationOperation call => call.TargetMethod.TypeArguments.IsEmpty ? [call.TargetMethod] : [call.TargetMethod, .. call.TargetMethod.TypeArguments],
        IObjectCreationOperation { Constructor: { } constructor } => [constructor],
        ISizeOfOperation size => [size.TypeOperand],
        _ => [],
    };

    private static bool IsSize(IOperation operation) => operation is ISizeOfOperation or IInvocationOperation { TargetMethod: { Name: "SizeOf", TypeArguments.Length: 1 } };

    // Comparing with a number that a kernel does not know is no use of it: the kernel will not have given it.
    private static bool IsCompared(IOperation operation)
    {
        if (operation is not IFieldReferenceOperation { Field.IsConst: true })
            return false;
        IOperation? parent = operation.Parent;
        while (parent is IConversionOperation or IParenthesizedOperation)
            parent = parent.Parent;
        return parent is IConstantPatternOperation or ICaseClauseOperation
            or IBinaryOperation { OperatorKind: BinaryOperatorKind.Equals or BinaryOperatorKind.NotEquals };
    }

    private static string Name(ISymbol symbol) => symbol is { ContainingType: { } type } and not INamedTypeSymbol
        ? symbol is IMethodSymbol { MethodKind: MethodKind.Constructor } ? type.Name : type.Name + "." + symbol.Name
        : symbol.Name;

    private static Diagnostic Make(DiagnosticDescriptor rule, IOperation operation, Moment? at, bool before, params object[] arguments)
    {
        ImmutableDictionary<string, string?> properties = ImmutableDictionary<string, string?>.Empty;
        if (at is { } moment)
            properties = properties.Add(ReleaseProperty, moment.Release.ToString());
        if (before)
            properties = properties.Add(BeforeProperty, "");
        return Diagnostic.Create(rule, operation.Syntax.GetLocation(), properties, arguments);
    }
}
