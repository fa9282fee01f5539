using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;
using Xunit;

namespace BpfVerifier.Analyzers.Tests;

public class ReleaseComparisonTests
{
    [Theory]
    [InlineData("release == new KernelRelease(6, 12)")]
    [InlineData("release >= new KernelRelease(6, 12)")]
    [InlineData("release.Major > 5")]
    [InlineData("release.Patch == 3")]
    [InlineData("7 <= release.Minor")]
    [InlineData("release.CompareTo(new KernelRelease(6, 1)) > 0")]
    [InlineData("release.Equals(new KernelRelease(6, 1))")]
    public async Task Comparison_InReleaseAssembly_IsReported(string comparison) =>
        Assert.Equal(["BPFK1001"], await Analyze(comparison, ledger: true));

    [Theory]
    [InlineData("release.ToString() == \"6.12\"")]
    [InlineData("release.Branch.Minor + 1 == 3")]
    [InlineData("1 < 2")]
    public async Task OtherExpression_IsFine(string expression) =>
        Assert.Empty(await Analyze(expression, ledger: true));

    [Fact]
    public async Task Comparison_ElsewhereThanInReleaseAssembly_IsFine() =>
        Assert.Empty(await Analyze("release >= new KernelRelease(6, 12)", ledger: false));

    private static async Task<string[]> Analyze(string expression, bool ledger)
    {
        SyntaxTree tree = CSharpSyntaxTree.ParseText($"using BpfVerifier; class C {{ bool M(KernelRelease release) => {expression}; }}");
        IEnumerable<MetadataReference> references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => path.Length > 0).Select(path => MetadataReference.CreateFromFile(path));
        CSharpCompilation compilation = CSharpCompilation.Create("test", [tree], references, new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        Assert.Empty(compilation.GetDiagnostics().Where(d => d.Severity == DiagnosticSeverity.Error));
        AdditionalText file = new LedgerFile();
        var options = new AnalyzerOptions([file], new RoleProvider(ledger ? "ledger" : "release"));
        ImmutableArray<Diagnostic> found = await compilation.WithAnalyzers([new ReleaseComparisonAnalyzer()], options).GetAnalyzerDiagnosticsAsync();
        return [.. found.Select(d => d.Id)];
    }

    private sealed class LedgerFile : AdditionalText
    {
        public override string Path => "ledger.json";

        public override SourceText GetText(CancellationToken cancellationToken = default) => SourceText.From("{}");
    }

    private sealed class RoleProvider(string role) : AnalyzerConfigOptionsProvider
    {
        public override AnalyzerConfigOptions GlobalOptions { get; } = new Role(null);

        public override AnalyzerConfigOptions GetOptions(SyntaxTree tree) => new Role(null);

        public override AnalyzerConfigOptions GetOptions(AdditionalText textFile) => new Role(role);
    }

    private sealed class Role(string? role) : AnalyzerConfigOptions
    {
        public override bool TryGetValue(string key, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out string? value)
        {
            value = key == "build_metadata.AdditionalFiles.KernelAbi" ? role : null;
            return value is not null;
        }
    }
}
