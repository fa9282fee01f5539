using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace BpfVerifier.Analyzers.Kernels;

/// <summary>A change and the target kernels on either side of it.</summary>
internal readonly record struct ChangeAmongTargets(Change Change, KernelSet Before, KernelSet After);

/// <summary>What the target kernels have of a symbol.</summary>
/// <param name="Symbol">The symbol.</param>
/// <param name="Life">Its own life; without attributes of its own, that of the type around it.</param>
/// <param name="Present">Kernels that have it and what it belongs to.</param>
/// <param name="Absent">Kernels that do not. Of the others nobody knows.</param>
/// <param name="Changes">Its changes, oldest first.</param>
/// <param name="NotJudgedFor">Program types of which nothing is known.</param>
internal sealed record SymbolFacts(
    ISymbol Symbol, SymbolLife Life, KernelSet Present, KernelSet Absent, ImmutableArray<ChangeAmongTargets> Changes, ImmutableArray<long> NotJudgedFor)
{
    /// <summary>Whether using it may be wrong on one of the targets.</summary>
    public bool Matters(TargetKernels targets) => Present != targets.All || Changes.Any(c => !c.Before.IsEmpty) || Life.Offers.Length > 0;
}

/// <summary>Facts of symbols, read once.</summary>
internal sealed class FactsCache(KnownSymbols known, TargetKernels targets)
{
    private readonly System.Collections.Concurrent.ConcurrentDictionary<ISymbol, SymbolFacts?> _facts = new(SymbolEqualityComparer.Default);

    /// <summary>Null if no attribute says anything of the symbol or the types around it.</summary>
    public SymbolFacts? Of(ISymbol symbol) => _facts.GetOrAdd(symbol.OriginalDefinition, Make);

    private SymbolFacts? Make(ISymbol symbol)
    {
        SymbolLife? life = LifeReader.Read(symbol, known);
        SymbolFacts? around = Owner(symbol) is { } owner ? Of(owner) : null;
        if (life is null)
            return around is null ? null : around with { Symbol = symbol, Life = around.Life with { Changes = [], Offers = [] }, Changes = [] };
        KernelSet present = targets.Where(k => life.IsIn(k) is true), absent = targets.Where(k => life.IsIn(k) is false);
        return new SymbolFacts(
            symbol,
            life,
            around is null ? present : present & around.Present,
            around is null ? absent : absent | around.Absent,
            [.. life.Changes.Select(c => new ChangeAmongTargets(c, targets.Where(k => c.At.HadHappened(k) is false), targets.Where(k => c.At.HadHappened(k) is true)))],
            symbol.ContainingType is { } type && life.Offers.Length > 0 ? NotJudged(type) : []);
    }

    // The property of an accessor, the type of a member, the type around a type.
    private static ISymbol? Owner(ISymbol symbol) => symbol is IMethodSymbol { AssociatedSymbol: { } owner } ? owner : symbol.ContainingType;

    private ImmutableArray<long> NotJudged(INamedTypeSymbol type) =>
        [.. type.GetAttributes().Where(a => KnownSymbols.Is(a, known.NotJudgedFor) && a.ConstructorArguments.Length == 1).SelectMany(a => KnownSymbols.Numbers(a.ConstructorArguments[0]))];
}
