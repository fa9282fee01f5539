using System.Collections.Immutable;
using BpfVerifier.Generator.Emit;
using BpfVerifier.Generator.Input;
using BpfVerifier.Generator.Model;
using Microsoft.CodeAnalysis;

namespace BpfVerifier.Generator;

/// <summary>
/// Makes the tables the verifier is compiled against out of a release's <c>abi.json</c>, the catalogue of all releases and
/// the ledger of verifier changes: additional files marked with <c>KernelAbi</c> metadata. One file of C# per table.
/// </summary>
[Generator(LanguageNames.CSharp)]
public sealed class TablesGenerator : IIncrementalGenerator
{
    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        // Bindings are made in a project of their own, by another generator.
        IncrementalValuesProvider<InputFile> files = InputFile.Provide(context).Where(file => file.Kind != InputFile.Bindings);
        context.RegisterSourceOutput(
            files.Collect().Select((all, _) => CheckFiles(all)).WithTrackingName(TrackingNames.FileSet),
            (output, diagnostics) => Report(output, diagnostics));

        IncrementalValueProvider<ReleaseModel?> release = Single(context, files, InputFile.Release, ReleaseReader.Read, TrackingNames.Release);
        IncrementalValueProvider<CatalogModel?> catalog = Single(context, files, InputFile.Catalog, CatalogReader.Read, TrackingNames.Catalog);
        IncrementalValueProvider<TypesModel?> types = Single(context, files, InputFile.Types, TypesReader.Read, TrackingNames.Types);
        IncrementalValueProvider<ImmutableArray<LedgerModel>> ledgers = Many(context, files, InputFile.Ledger, LedgerReader.Read, TrackingNames.Ledger).Collect();

        // Each table has a step with just what it is made from, so that an edit elsewhere in a file leaves it alone.
        Emit(context, "Abi.g.cs",
            release.Select((r, _) => r is null ? null : new IdentityPart(r.Identity, r.Kinds, r.Helpers.Count)).WithTrackingName(TrackingNames.Identity),
            part => AbiEmitter.Emit(part.Identity, part.Kinds, part.HelperCount),
            ("Tables.g.cs", _ => AbiEmitter.EmitTables()),
            ("LinuxVerifier.g.cs", part => VerifierEmitter.Emit(part.Identity)));
        Emit(context, "HelperTable.g.cs",
            release.Select((r, _) => r?.Helpers).WithTrackingName(TrackingNames.Helpers), HelperTableEmitter.Emit);
        Emit(context, "HelperId.g.cs",
            release.Combine(catalog).Select((pair, _) => pair is ({ } r, { } c) ? new HelperIdPart(r.Helpers, c) : null).WithTrackingName(TrackingNames.HelperIds),
            part => HelperIdEmitter.Emit(part.Helpers, part.Catalog));
        Emit(context, "ContextTable.g.cs",
            release.Select((r, _) => r is null ? null : new ContextPart(r.Contexts, r.ContextOps)).WithTrackingName(TrackingNames.Contexts),
            part => ContextTableEmitter.Emit(part.Contexts, part.Ops));
        Emit(context, "KfuncTable.g.cs",
            release.Select((r, _) => r?.Kfuncs).WithTrackingName(TrackingNames.Kfuncs), KfuncTableEmitter.Emit);
        Emit(context, "BtfSets.g.cs",
            release.Select((r, _) => r?.Image).WithTrackingName(TrackingNames.Image), BtfSetsEmitter.Emit,
            ("RawTracepoints.g.cs", RawTracepointsEmitter.Emit));
        Emit(context, "StructOpsTable.g.cs",
            release.Select((r, _) => r?.StructOps).WithTrackingName(TrackingNames.StructOps), StructOpsEmitter.Emit);
        Emit(context, "Uapi.g.cs",
            release.Combine(catalog).Select((pair, _) => pair is ({ } r, { } c) ? new ConstantPart(r.Enums, r.Macros, c) : null).WithTrackingName(TrackingNames.Constants),
            part => UapiEmitter.Emit(part.Enums, part.Macros, part.Catalog));
        EmitStructs(context, release, catalog, types);
        EmitChanges(context, release, catalog, ledgers);
    }

    private sealed record IdentityPart(ReleaseIdentity Identity, KindsModel Kinds, int HelperCount);

    private sealed record HelperIdPart(HelperModel Helpers, CatalogModel Catalog);

    private sealed record ContextPart(EquatableArray<ContextModel> Contexts, EquatableArray<ContextOps> Ops);

    private sealed record ConstantPart(EquatableArray<EnumModel> Enums, EquatableArray<NamedValue> Macros, CatalogModel Catalog);

    private sealed record StructPart(TypesModel Types, EquatableArray<StructModel> Structs);

    private sealed record ChangePart(ChangePlan Plan, ReleaseNumber Release);

    private static void EmitStructs(
        IncrementalGeneratorInitializationContext context,
        IncrementalValueProvider<ReleaseModel?> release,
        IncrementalValueProvider<CatalogModel?> catalog,
        IncrementalValueProvider<TypesModel?> types)
    {
        IncrementalValueProvider<Parsed<StructPart>> part = types.Combine(release.Combine(catalog))
            .Select((all, _) => all is ({ } t, ({ } r, { } c)) ? SelectStructs(t, r, c) : new Parsed<StructPart>(null, default))
            .WithTrackingName(TrackingNames.Structs);
        context.RegisterSourceOutput(part, (output, parsed) =>
        {
            Report(output, parsed.Diagnostics);
            if (parsed.Value is { } value)
                output.AddSource("KernelStruct.g.cs", KernelStructEmitter.Emit(value.Types, value.Structs));
        });
    }

    private static Parsed<StructPart> SelectStructs(TypesModel types, ReleaseModel release, CatalogModel catalog)
    {
        var wanted = new HashSet<string>(types.Types.Select(t => t.Name), StringComparer.Ordinal);
        var known = new HashSet<string>(catalog.Structs, StringComparer.Ordinal);
        EquatableArray<StructModel> structs = release.Structs.Where(s => wanted.Contains(s.Name)).ToEquatable();
        known.UnionWith(structs.Select(s => s.Name));
        EquatableArray<DiagnosticInfo> unknown = types.Types
            .Where(t => !known.Contains(t.Name))
            .Select(t => new DiagnosticInfo(Diagnostics.UnknownType, t.Place.Path, t.Place.Span, t.Place.Lines, new([t.Name])))
            .ToEquatable();
        return new Parsed<StructPart>(unknown.Count > 0 ? null : new StructPart(types, structs), unknown);
    }

    private static void EmitChanges(
        IncrementalGeneratorInitializationContext context,
        IncrementalValueProvider<ReleaseModel?> release,
        IncrementalValueProvider<CatalogModel?> catalog,
        IncrementalValueProvider<ImmutableArray<LedgerModel>> ledgers)
    {
        IncrementalValueProvider<SymbolsModel?> symbols = release
            .Select((r, _) => r is null ? null : SymbolsModel.From(r)).WithTrackingName(TrackingNames.Symbols);
        IncrementalValueProvider<Parsed<ChangePart>> part = ledgers.Combine(symbols.Combine(catalog))
            .Select((all, _) => all is (var l, ({ } s, { } c)) ? ResolveChanges(l, s, c) : new Parsed<ChangePart>(null, default))
            .WithTrackingName(TrackingNames.Changes);
        context.RegisterSourceOutput(part, (output, parsed) =>
        {
            Report(output, parsed.Diagnostics);
            if (parsed.Value is { } value)
                output.AddSource("Changes.g.cs", ChangesEmitter.Emit(value.Plan, value.Release));
        });
    }

    private static Parsed<ChangePart> ResolveChanges(ImmutableArray<LedgerModel> ledgers, SymbolsModel symbols, CatalogModel catalog)
    {
        Parsed<ChangePlan> plan = ChangeResolver.Resolve(ledgers, symbols, catalog);
        return new Parsed<ChangePart>(plan.Value is null ? null : new ChangePart(plan.Value, symbols.Release), plan.Diagnostics);
    }

    private static EquatableArray<DiagnosticInfo> CheckFiles(ImmutableArray<InputFile> files)
    {
        var diagnostics = new List<DiagnosticInfo>();
        // A project without any is one that has nothing to do with us.
        foreach (string kind in files.IsEmpty ? [] : new[] { InputFile.Release, InputFile.Catalog, InputFile.Types })
        {
            InputFile[] found = [.. files.Where(f => f.Kind == kind)];
            if (found.Length == 0)
                diagnostics.Add(DiagnosticInfo.Nowhere(Diagnostics.Files, "No additional file has the metadata KernelAbi=\"" + kind + "\""));
            foreach (InputFile second in found.Skip(1))
                diagnostics.Add(At(second, "There is another file with KernelAbi=\"" + kind + "\": " + found[0].FileName));
        }
        foreach (InputFile file in files.Where(f => f.Kind is not (InputFile.Release or InputFile.Catalog or InputFile.Types or InputFile.Ledger)))
            diagnostics.Add(At(file, "KernelAbi=\"" + file.Kind + "\" is not one of release, catalog, ledger, types, bindings"));
        return diagnostics.ToEquatable();

        static DiagnosticInfo At(InputFile file, string message) => new(Diagnostics.Files, file.Path, default, default, new([message]));
    }

    private static IncrementalValuesProvider<T> Many<T>(
        IncrementalGeneratorInitializationContext context,
        IncrementalValuesProvider<InputFile> files,
        string kind,
        Func<InputFile, Parsed<T>> read,
        string step) where T : class, IEquatable<T>
    {
        IncrementalValuesProvider<Parsed<T>> parsed = files.Where(f => f.Kind == kind).Select((file, _) => read(file)).WithTrackingName(step);
        context.RegisterSourceOutput(parsed, (output, result) => Report(output, result.Diagnostics));
        return parsed.Where(p => p.Value is not null).Select((p, _) => p.Value!);
    }

    private static IncrementalValueProvider<T?> Single<T>(
        IncrementalGeneratorInitializationContext context,
        IncrementalValuesProvider<InputFile> files,
        string kind,
        Func<InputFile, Parsed<T>> read,
        string step) where T : class, IEquatable<T> =>
        Many(context, files, kind, read, step).Collect().Select((all, _) => all.IsEmpty ? null : all[0]);

    private static void Emit<T>(
        IncrementalGeneratorInitializationContext context,
        string hint,
        IncrementalValueProvider<T?> part,
        Func<T, string> emit,
        params (string Hint, Func<T, string> Emit)[] more) where T : class =>
        context.RegisterSourceOutput(part, (output, value) =>
        {
            if (value is null)
                return;
            output.AddSource(hint, emit(value));
            foreach ((string other, Func<T, string> emitOther) in more)
                output.AddSource(other, emitOther(value));
        });

    private static void Report(SourceProductionContext output, EquatableArray<DiagnosticInfo> diagnostics)
    {
        foreach (DiagnosticInfo diagnostic in diagnostics)
            output.ReportDiagnostic(diagnostic.ToDiagnostic());
    }
}
