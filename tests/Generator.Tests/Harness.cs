using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Basic.Reference.Assemblies;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;

namespace BpfVerifier.Generator.Tests;

/// <summary>A file given to the generator.</summary>
internal sealed class InputText(string path, string kind, string text) : AdditionalText
{
    private readonly SourceText _text = SourceText.From(text);

    public override string Path { get; } = path;

    public string Kind { get; } = kind;

    public string Text { get; } = text;

    public override SourceText GetText(CancellationToken cancellationToken = default) => _text;

    public InputText With(string text) => new(Path, Kind, text);

    /// <summary>The same with the one occurrence of <paramref name="old"/> replaced.</summary>
    public InputText Replace(string old, string replacement)
    {
        Assert.Equal(2, Text.Split(old).Length);
        return With(Text.Replace(old, replacement, StringComparison.Ordinal));
    }
}

/// <summary>The files of one run.</summary>
internal sealed record InputSet(InputText Release, InputText Catalog, InputText Ledger, InputText Counts, InputText Types)
{
    /// <summary>Those under Inputs: a release with a little of everything.</summary>
    public static InputSet Small { get; } = new(
        new("/src/abi.json", "release", Embedded("abi.json")),
        new("/src/catalog.json", "catalog", Embedded("catalog.json")),
        new("/src/ledger.json", "ledger", Embedded("ledger.json")),
        new("/src/ledger.counts.json", "ledger", Embedded("ledger.counts.json")),
        new("/src/kernel-types.json", "types", Embedded("kernel-types.json")));

    /// <summary>A catalogue as the bindings are made from.</summary>
    public static InputText Bindings { get; } = new("/src/bindings.json", "bindings", Embedded("bindings.json"));

    public ImmutableArray<AdditionalText> All => [Release, Catalog, Ledger, Counts, Types];

    private static string Embedded(string name)
    {
        using var reader = new StreamReader(typeof(InputSet).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}

/// <summary>Runs the generator as the compiler does.</summary>
internal static class Harness
{
    public static CSharpParseOptions ParseOptions { get; } = new(LanguageVersion.CSharp13);

    public static CSharpCompilation Compilation(params string[] sources) => CSharpCompilation.Create(
        "Test",
        sources.Select((s, i) => CSharpSyntaxTree.ParseText(s, ParseOptions, $"Source{i}.cs")),
        Net80.References.All,
        new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));

    public static GeneratorDriver Driver(IEnumerable<AdditionalText> files, bool track = false) => Driver(new TablesGenerator(), files, track);

    public static GeneratorDriver Driver(IIncrementalGenerator generator, IEnumerable<AdditionalText> files, bool track) => CSharpGeneratorDriver.Create(
        [generator.AsSourceGenerator()],
        files,
        ParseOptions,
        new Options(),
        new GeneratorDriverOptions(IncrementalGeneratorOutputKind.None, track));

    public static GeneratorRunResult Run(IEnumerable<AdditionalText> files) =>
        Driver(files).RunGenerators(s_compilation).GetRunResult().Results.Single();

    /// <summary>The small release with one file replaced, on top of a run without.</summary>
    public static GeneratorRunResult RunWith(InputText before, InputText after) =>
        s_small.Value.ReplaceAdditionalText(before, after).RunGenerators(s_compilation).GetRunResult().Results.Single();

    private static readonly CSharpCompilation s_compilation = Compilation();

    private static readonly Lazy<GeneratorDriver> s_small = new(() => Driver(InputSet.Small.All).RunGenerators(s_compilation));

    private sealed class Options : AnalyzerConfigOptionsProvider
    {
        public override AnalyzerConfigOptions GlobalOptions { get; } = new Values("");

        public override AnalyzerConfigOptions GetOptions(SyntaxTree tree) => GlobalOptions;

        public override AnalyzerConfigOptions GetOptions(AdditionalText textFile) => textFile is InputText input ? new Values(input.Kind) : GlobalOptions;
    }

    private sealed class Values(string kind) : AnalyzerConfigOptions
    {
        public override bool TryGetValue(string key, [NotNullWhen(true)] out string? value)
        {
            value = key == "build_metadata.AdditionalFiles.KernelAbi" ? kind : null;
            return value is not null;
        }
    }
}
