using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace BpfVerifier.Analyzers.Kernels;

/// <summary>The types of BpfVerifier.Abi that mean something to the analyzer.</summary>
internal sealed class KnownSymbols
{
    private const string Namespace = "BpfVerifier.Abi.";

    private KnownSymbols(INamedTypeSymbol since, Compilation compilation)
    {
        INamedTypeSymbol? Find(string name) => compilation.GetTypeByMetadataName(Namespace + name);
        Since = since;
        Removed = Find("RemovedInKernelAttribute");
        Changed = Find("ChangedInKernelAttribute");
        Guard = Find("KernelGuardAttribute");
        OfferedTo = Find("OfferedToAttribute");
        WithdrawnFrom = Find("WithdrawnFromAttribute");
        NotJudgedFor = Find("NotJudgedForAttribute");
        ForProgramType = Find("ForProgramTypeAttribute");
        Kernel = Find("Kernel");
        HelperDescriptor = Find("HelperDescriptor");
        KfuncDescriptor = Find("KfuncDescriptor");
        ProgramType = Find("bpf_prog_type");
        Bindings = since.ContainingAssembly;
        Catalog = [.. Releases(Bindings, Find("KernelCatalogAttribute")).OrderBy(r => r)];
    }

    /// <summary>Null if the compilation does not use BpfVerifier.Abi.</summary>
    public static KnownSymbols? Of(Compilation compilation) =>
        compilation.GetTypeByMetadataName(Namespace + "SinceKernelAttribute") is { } since ? new KnownSymbols(since, compilation) : null;

    public INamedTypeSymbol Since { get; }
    public INamedTypeSymbol? Removed { get; }
    public INamedTypeSymbol? Changed { get; }
    public INamedTypeSymbol? Guard { get; }
    public INamedTypeSymbol? OfferedTo { get; }
    public INamedTypeSymbol? WithdrawnFrom { get; }
    public INamedTypeSymbol? NotJudgedFor { get; }
    public INamedTypeSymbol? ForProgramType { get; }
    public INamedTypeSymbol? Kernel { get; }
    public INamedTypeSymbol? HelperDescriptor { get; }
    public INamedTypeSymbol? KfuncDescriptor { get; }
    public INamedTypeSymbol? ProgramType { get; }
    /// <summary>The assembly of the bindings.</summary>
    public IAssemblySymbol Bindings { get; }
    /// <summary>Releases the bindings' attributes were made from, oldest first.</summary>
    public ImmutableArray<KernelNumber> Catalog { get; }

    /// <summary>The numbers of a params array of program types.</summary>
    public static ImmutableArray<long> Numbers(TypedConstant array) => array.Kind != TypedConstantKind.Array || array.IsNull
        ? []
        : [.. array.Values.Select(v => v.Value).OfType<IConvertible>().Select(v => v.ToInt64(System.Globalization.CultureInfo.InvariantCulture))];

    public static bool Is(AttributeData attribute, INamedTypeSymbol? type) =>
        type is not null && SymbolEqualityComparer.Default.Equals(attribute.AttributeClass, type);

    private static IEnumerable<KernelNumber> Releases(IAssemblySymbol assembly, INamedTypeSymbol? catalog)
    {
        foreach (AttributeData attribute in assembly.GetAttributes().Where(a => Is(a, catalog) && a.ConstructorArguments.Length == 1))
        {
            foreach (TypedConstant release in attribute.ConstructorArguments[0].Kind == TypedConstantKind.Array ? attribute.ConstructorArguments[0].Values : [])
            {
                if (KernelNumber.TryParse(release.Value as string, out KernelNumber number))
                    yield return number;
            }
        }
    }
}
