using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace BpfVerifier.Analyzers;

/// <summary>A call of a function of this compilation, or a mention of it.</summary>
/// <param name="From">The function it stands in.</param>
/// <param name="To">The function.</param>
/// <param name="Guards">Names of the changes that must be on to come there, within <paramref name="From"/>.</param>
internal sealed record GuardedCall(ISymbol From, ISymbol To, ImmutableSortedSet<string> Guards);

/// <summary>
/// Under which changes the functions of a compilation are reached: for each, every set of changes of which all are on along some way of
/// calls from where the assembly is entered. Only the smallest sets are kept: an empty one says that it is reached without any change.
/// </summary>
internal sealed class ReachedUnder
{
    /// <summary>More ways than this to one function count as a way without a change.</summary>
    private const int MaxWays = 32;

    private static readonly ImmutableArray<ImmutableSortedSet<string>> s_withoutChange = [[]];

    private readonly Dictionary<ISymbol, ImmutableArray<ImmutableSortedSet<string>>> _ways = new(SymbolEqualityComparer.Default);

    /// <param name="calls">Every call the compilation makes of its own functions.</param>
    public ReachedUnder(IEnumerable<GuardedCall> calls)
    {
        ILookup<ISymbol, GuardedCall> from = calls.ToLookup<GuardedCall, ISymbol>(call => call.From, SymbolEqualityComparer.Default);
        var called = new HashSet<ISymbol>(from.SelectMany(group => group).Select(call => call.To), SymbolEqualityComparer.Default);
        var open = new Stack<ISymbol>();
        foreach (ISymbol function in from.Select(group => group.Key).Concat(called))
        {
            if ((!called.Contains(function) || IsEntry(function)) && Add(function, []))
                open.Push(function);
        }
        while (open.Count > 0)
        {
            ISymbol function = open.Pop();
            foreach (GuardedCall call in from[function])
            {
                bool grew = false;
                foreach (ImmutableSortedSet<string> way in _ways[function])
                    grew |= Add(call.To, way.Union(call.Guards));
                if (grew)
                    open.Push(call.To);
            }
        }
    }

    /// <summary>The sets of changes; what nobody calls is entered from outside, without a change. None for functions that only call each other.</summary>
    public ImmutableArray<ImmutableSortedSet<string>> Of(ISymbol function) =>
        _ways.TryGetValue(function, out ImmutableArray<ImmutableSortedSet<string>> ways) ? ways : s_withoutChange;

    /// <summary>Others may call it: by an interface, an inherited member or from another assembly, or in ways that are no calls in the source.</summary>
    private static bool IsEntry(ISymbol function) => function is not IMethodSymbol
    {
        MethodKind: MethodKind.Ordinary or MethodKind.LocalFunction or MethodKind.Constructor or MethodKind.PropertyGet or MethodKind.PropertySet,
        IsOverride: false, IsVirtual: false, IsAbstract: false,
    } method || IsPublic(method) || ImplementsInterface(method);

    private static bool IsPublic(IMethodSymbol method)
    {
        for (ISymbol? symbol = method; symbol is not null and not INamespaceSymbol; symbol = symbol.ContainingSymbol)
        {
            if (symbol.DeclaredAccessibility != Accessibility.Public)
                return false;
        }
        return true;
    }

    private static bool ImplementsInterface(IMethodSymbol method) => method.ContainingType is { } type && type.AllInterfaces
        .SelectMany(implemented => implemented.GetMembers()).Any(member => SymbolEqualityComparer.Default.Equals(type.FindImplementationForInterfaceMember(member), method));

    /// <summary>Notes a way; false when a known one is as small.</summary>
    private bool Add(ISymbol function, ImmutableSortedSet<string> way)
    {
        if (!_ways.TryGetValue(function, out ImmutableArray<ImmutableSortedSet<string>> ways))
            ways = [];
        if (ways.Any(way.IsSupersetOf))
            return false;
        ways = [.. ways.Where(known => !known.IsSupersetOf(way)), way];
        _ways[function] = ways.Length > MaxWays ? s_withoutChange : ways;
        return true;
    }
}
