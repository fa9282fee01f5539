using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace BpfVerifier.Analyzers.Kernels;

/// <summary>Reads the attributes of a symbol.</summary>
internal static class LifeReader
{
    /// <summary>What they say; null if they say nothing.</summary>
    public static SymbolLife? Read(ISymbol symbol, KnownSymbols known)
    {
        var presences = new List<Presence>();
        var changes = new List<Change>();
        var offers = new List<Offer>();
        foreach (AttributeData attribute in symbol.GetAttributes())
        {
            if (attribute.ConstructorArguments.Length == 0 || attribute.ConstructorArguments[0].Kind == TypedConstantKind.Array || !KernelNumber.TryParse(attribute.ConstructorArguments[0].Value as string, out KernelNumber release))
                continue;
            var at = new Moment(release, KernelNumber.TryParse(Named(attribute, "After") as string, out KernelNumber after) && after < release ? after : null, Named(attribute, "OrEarlier") is true);
            if (KnownSymbols.Is(attribute, known.Since))
                presences.Add(new(at, true));
            else if (KnownSymbols.Is(attribute, known.Removed))
                presences.Add(new(at, false));
            else if (KnownSymbols.Is(attribute, known.Changed) && attribute.ConstructorArguments.Length == 2)
                changes.Add(new(at, attribute.ConstructorArguments[1].Value as string ?? ""));
            else if ((KnownSymbols.Is(attribute, known.OfferedTo) || KnownSymbols.Is(attribute, known.WithdrawnFrom)) && attribute.ConstructorArguments.Length == 2)
                offers.Add(new(at, KnownSymbols.Is(attribute, known.OfferedTo), KnownSymbols.Numbers(attribute.ConstructorArguments[1])));
        }
        return presences.Count + changes.Count + offers.Count == 0
            ? null
            : new SymbolLife([.. presences.OrderBy(p => p.At.Release)], [.. changes.OrderBy(c => c.At.Release)], [.. offers.OrderBy(o => o.At.Release)]);
    }

    private static object? Named(AttributeData attribute, string name)
    {
        foreach (KeyValuePair<string, TypedConstant> argument in attribute.NamedArguments)
        {
            if (argument.Key == name)
                return argument.Value.Kind == TypedConstantKind.Array ? null : argument.Value.Value;
        }
        return null;
    }
}
