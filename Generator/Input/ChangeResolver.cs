using System.Collections.Immutable;
using BpfVerifier.Generator.Model;

namespace BpfVerifier.Generator.Input;

/// <summary>Joins the ledger files and decides for each change when it holds on this release.</summary>
internal static class ChangeResolver
{
    public static Parsed<ChangePlan> Resolve(ImmutableArray<LedgerModel> ledgers, SymbolsModel release, CatalogModel catalog)
    {
        var diagnostics = new List<DiagnosticInfo>();
        var present = new HashSet<string>(release.Names, StringComparer.Ordinal);
        var known = catalog.Symbols.ToDictionary(s => s.Name, s => s.Since, StringComparer.Ordinal);
        var plan = new SortedDictionary<string, ResolvedChange>(StringComparer.Ordinal);
        foreach (ChangeModel change in ledgers.OrderBy(l => l.FileName, StringComparer.Ordinal).SelectMany(l => l.Changes))
        {
            foreach (string symbol in change.Needs)
            {
                if (!NeededPart.TryParse(symbol, out _) && !present.Contains(symbol) && !known.ContainsKey(symbol.Split('.')[0]))
                    diagnostics.Add(At(Diagnostics.UnknownSymbol, change, change.Name, symbol));
            }
            if (plan.ContainsKey(change.Name))
                diagnostics.Add(At(Diagnostics.BadName, change, "The change " + change.Name + " occurs twice in the ledger"));
            plan[change.Name] = Resolve(change, release.Release, present, known);
        }
        var result = new ChangePlan(plan.Values.ToEquatable(), ledgers.Select(l => l.FileName).OrderBy(n => n, StringComparer.Ordinal).ToEquatable());
        return new Parsed<ChangePlan>(diagnostics.Count > 0 ? null : result, diagnostics.ToEquatable());
    }

    private static ResolvedChange Resolve(ChangeModel change, ReleaseNumber release, HashSet<string> present, Dictionary<string, string> known)
    {
        if (change.Since.CompareTo(release) <= 0)
            return new ResolvedChange(change, ChangeRule.Always, 0, default);
        foreach (StableLevel level in change.Stable)
        {
            if (level.Branch == release)
                return new ResolvedChange(change, level.Patch == 0 ? ChangeRule.Always : ChangeRule.FromPatch, level.Patch, default);
        }
        EquatableArray<CatalogSymbol> missing = change.Needs.Where(need => !IsThere(need)).Select(need => new CatalogSymbol(NeededPart.NameOf(need), Since(need))).ToEquatable();
        return new ResolvedChange(change, missing.Count == 0 ? ChangeRule.Modular : ChangeRule.Never, 0, missing);

        bool IsThere(string need) => NeededPart.TryParse(need, out NeededPart part) ? part.Since.CompareTo(release) <= 0 : present.Contains(need);
        // A struct older than a member that is missing says nothing about the member.
        string Since(string symbol) => NeededPart.TryParse(symbol, out NeededPart part) ? part.Since.ToString() : known.TryGetValue(symbol, out string? since) || (known.TryGetValue(symbol.Split('.')[0], out since) && Later(since)) ? since : "";
        bool Later(string since) => ReleaseNumber.TryParse(since, out ReleaseNumber number) && number.CompareTo(release) > 0;
    }

    private static DiagnosticInfo At(Microsoft.CodeAnalysis.DiagnosticDescriptor descriptor, ChangeModel change, params string[] arguments) =>
        new(descriptor, change.Place.Path, change.Place.Span, change.Place.Lines, arguments.ToEquatable());
}
