namespace BpfVerifier.Generator.Model;

/// <summary>Names with values that some release has.</summary>
/// <param name="Helpers">Helpers without prefix; those without a number are left out.</param>
/// <param name="Constants">Enumerators and macros with a value.</param>
/// <param name="Macros">Names of those constants that only headers tell of.</param>
/// <param name="Symbols">Every name of every section, ordered; helpers with their prefix.</param>
/// <param name="Structs">Structures and unions, ordered.</param>
internal sealed record CatalogModel(
    EquatableArray<NamedValue> Helpers, EquatableArray<NamedValue> Constants, EquatableArray<string> Macros, EquatableArray<CatalogSymbol> Symbols, EquatableArray<string> Structs);

/// <summary>A name and the first release of the catalogue that has it.</summary>
internal readonly record struct CatalogSymbol(string Name, string Since);

/// <summary>A patch level of a stable branch.</summary>
internal readonly record struct StableLevel(ReleaseNumber Branch, int Patch);

/// <summary>An entry of the ledger.</summary>
internal sealed record ChangeModel(
    string Name,
    string Summary,
    string? Commit,
    string? Subject,
    string Kind,
    ReleaseNumber Since,
    EquatableArray<StableLevel> Stable,
    EquatableArray<string> Needs,
    bool IsInt,
    int Before,
    int After,
    DiagnosticPlace Place);

/// <summary>Where an entry or a symbol it needs stands, for complaints that only a look at all files can raise.</summary>
internal readonly record struct DiagnosticPlace(string Path, Microsoft.CodeAnalysis.Text.TextSpan Span, Microsoft.CodeAnalysis.Text.LinePositionSpan Lines);

/// <summary>One ledger file.</summary>
internal sealed record LedgerModel(string FileName, EquatableArray<ChangeModel> Changes);

/// <summary>A kernel type the verifier names, and members it asks for in every release.</summary>
internal sealed record KernelTypeModel(string Name, EquatableArray<string> Members, DiagnosticPlace Place);

/// <summary>The kernel types the verifier names.</summary>
internal sealed record TypesModel(EquatableArray<KernelTypeModel> Types);
