using BpfVerifier.Analyzers.Kernels;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace BpfVerifier.Analyzers.KernelUse;

/// <summary>BPFK0010 in attributes: releases that are none.</summary>
internal static class KernelNames
{
    public static void Check(SymbolAnalysisContext context, KnownSymbols known)
    {
        foreach (AttributeData attribute in context.Symbol.GetAttributes())
        {
            if (!KnownSymbols.Is(attribute, known.Since) && !KnownSymbols.Is(attribute, known.Removed) && !KnownSymbols.Is(attribute, known.Changed) && !KnownSymbols.Is(attribute, known.Guard))
                continue;
            IEnumerable<TypedConstant> releases = attribute.ConstructorArguments.Take(1)
                .Concat(attribute.NamedArguments.Where(a => a.Key is "After" or "Before" && !a.Value.IsNull).Select(a => a.Value));
            foreach (TypedConstant release in releases)
            {
                string? text = release.Value as string;
                if (KernelNumber.TryParse(text, out KernelNumber number) && number.MayExist)
                    continue;
                Location location = attribute.ApplicationSyntaxReference?.GetSyntax(context.CancellationToken).GetLocation() ?? context.Symbol.Locations[0];
                context.ReportDiagnostic(Diagnostic.Create(Rules.UnknownKernel, location, text ?? "null"));
            }
        }
    }
}
