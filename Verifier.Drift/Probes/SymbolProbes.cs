using BpfVerifier.Btf;
using BpfVerifier.Facts;
using BpfVerifier.Objects;

namespace BpfVerifier.Drift.Probes;

/// <summary>kfuncs, kernel variables, untyped symbols, configuration variables.</summary>
internal static class SymbolProbes
{
    public static IEnumerable<Probe> Of(IEnumerable<SymbolRequirement> symbols) =>
        from symbol in symbols
        select new Probe(symbol.IsFunction ? DriftSubject.Kfunc : DriftSubject.Symbol, symbol.Name, symbol.IsWeak ? "weak" : "", symbol.Uses, kernel => On(kernel, symbol))
        {
            ImpactWhenAccepted = DriftImpact.MadeUpFor,
            ChangeImpact = DriftImpact.None,
        };

    public static IEnumerable<Probe> Of(IEnumerable<ConfigRequirement> variables) =>
        from variable in variables
        select new Probe(DriftSubject.Config, variable.Name, variable.IsWeak ? "weak" : "", variable.Uses, _ =>
            variable.Name.StartsWith("CONFIG_", StringComparison.Ordinal) ? Finding.Unknown("the kernel's configuration is not part of its facts") : Finding.Present());

    private static Finding On(KernelView kernel, SymbolRequirement symbol)
    {
        DriftImpact ifAbsent = symbol.IsWeak ? DriftImpact.MadeUpFor : DriftImpact.Breaks;
        if (symbol.IsUntyped)
        {
            return kernel.Profile.Symbols is not { } table ? Finding.Unknown("the kernel's symbols are not known")
                : table.TryGetAddress(symbol.Name, out _) ? Finding.Present()
                : Finding.Absent("no such symbol in the kernel image", ifAbsent);
        }
        if (!symbol.IsFoundIn(kernel.Types, kernel.Profile.Release, out string complaint))
        {
            bool exists = kernel.Types.Find(symbol.Name, symbol.IsFunction ? BtfKind.Func : BtfKind.Var) > 0;
            string why = exists ? $"of another type there ({(complaint.Length > 0 ? complaint : "declared weak, so left out")})"
                : symbol.IsFunction ? $"{KnownSymbols.Life(KnownSymbols.Catalog.Kfuncs, symbol.Name)}; modules are not looked into"
                : "no such variable in the kernel's BTF";
            return Finding.Absent(why, ifAbsent);
        }
        return symbol.IsFunction ? OnKfunc(kernel, symbol) : Finding.Present();
    }

    private static Finding OnKfunc(KernelView kernel, SymbolRequirement symbol)
    {
        if (kernel.Facts.Kfuncs is null)
            return Finding.Unknown(Finding.WithoutImage);
        string print = "";
        var refused = new List<string>();
        string? refusedType = null;
        foreach (RequirementUse use in symbol.Uses)
        {
            if (kernel.Facts.ProgramType((int)use.Program.Type) is not { } type || type == "EXT")
                continue;
            if (kernel.Facts.KfuncFlags(type, symbol.Name) is { } flags)
            {
                print = $"{Prototype.Of(kernel.Types, symbol.Name)}{string.Concat(flags.Select(f => " KF_" + f))}";
                continue;
            }
            refused.Add(use.Program.Name);
            refusedType ??= type;
        }
        // A weak one is called too where the kernel has it.
        return refused.Count == 0 ? Finding.Present(print) : Finding.Absent($"not offered to {refusedType} programs") with { Programs = refused };
    }
}
