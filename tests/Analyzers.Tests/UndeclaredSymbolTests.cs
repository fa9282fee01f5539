using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Xunit;

namespace BpfVerifier.Analyzers.Tests;

public class UndeclaredSymbolTests
{
    private const string Generated = """
        using System;
        namespace BpfVerifier.Runtime
        {
            class NeedsAttribute : Attribute { public NeedsAttribute(params string[] symbols) { } }
            class NotInReleaseAttribute : Attribute { public NotInReleaseAttribute(string symbol) { } }
            static class Uapi
            {
                public const int OLD = 1;
                [NotInRelease("LATER")] public const int LATER = 2;
            }
            class Changes
            {
                [Needs("OTHER", "LATER")] public bool Declares => true;
                [Needs("OTHER")] public bool DeclaresOther => true;
                public bool DeclaresNothing => true;
                public bool Plain = true;
            }
        }
        """;

    [Theory]
    [InlineData("return c.DeclaresNothing ? Uapi.LATER : 0;")]
    [InlineData("return c.DeclaresOther ? Uapi.LATER : 0;")]
    [InlineData("return c.DeclaresNothing ? Uapi.OLD | Uapi.LATER : 0;")]
    [InlineData("return !c.DeclaresNothing ? 0 : Uapi.LATER;")]
    [InlineData("if (c.DeclaresNothing) return Uapi.LATER; return 0;")]
    [InlineData("if (c.DeclaresNothing && x > 0) { x++; return Uapi.LATER; } return 0;")]
    [InlineData("if (x > 0 && c.DeclaresNothing && x == Uapi.LATER) return 1; return 0;")]
    [InlineData("if (!c.DeclaresNothing || x == Uapi.LATER) return 1; return 0;")]
    [InlineData("if (!c.DeclaresNothing) return 0; return Uapi.LATER;")]
    [InlineData("if (!c.DeclaresNothing || x > 3) { x++; return 0; } return Uapi.LATER;")]
    [InlineData("if (!c.DeclaresNothing) throw new System.Exception(); if (x > 0) { return Uapi.LATER; } return 0;")]
    [InlineData("while (c.DeclaresNothing) x += Uapi.LATER; return x;")]
    [InlineData("return x switch { 1 when c.DeclaresNothing => Uapi.LATER, _ => 0 };")]
    [InlineData("switch (x) { case int n when c.DeclaresNothing: return Uapi.LATER; } return 0;")]
    public async Task UndeclaredUnderAChange_IsReported(string body) => Assert.Equal(["BPFK1002"], await Analyze(body));

    [Theory]
    [InlineData("return Uapi.LATER;")]
    [InlineData("return c.DeclaresNothing ? Uapi.OLD : 0;")]
    [InlineData("return c.Declares ? Uapi.LATER : 0;")]
    [InlineData("return c.DeclaresNothing ? 0 : Uapi.LATER;")]
    [InlineData("return x > 0 ? Uapi.LATER : 0;")]
    [InlineData("return c.Plain ? Uapi.LATER : 0;")]
    [InlineData("if (c.DeclaresNothing && c.Declares) return Uapi.LATER; return 0;")]
    [InlineData("if (c.DeclaresNothing || x > 0) return Uapi.LATER; return 0;")]
    [InlineData("if (x == Uapi.LATER && c.DeclaresNothing) return 1; return 0;")]
    [InlineData("if (!c.DeclaresNothing) x++; return Uapi.LATER;")]
    [InlineData("if (!c.DeclaresNothing && x > 0) return 0; return Uapi.LATER;")]
    [InlineData("if (!c.Declares) return 0; return Uapi.LATER;")]
    public async Task DeclaredOrNotUnderAChange_IsFine(string body) => Assert.Empty(await Analyze(body));

    [Fact]
    public async Task TheMessageNamesChangeAndSymbol()
    {
        Diagnostic found = Assert.Single(await Diagnose("return c.DeclaresOther ? Uapi.LATER : 0;"));
        Assert.Equal("'Uapi.LATER' is not in this release, and DeclaresOther does not declare to need 'LATER'; add it to the change's needs in the ledger", found.GetMessage());
    }

    private static async Task<string[]> Analyze(string body) => [.. (await Diagnose(body)).Select(d => d.Id)];

    private static async Task<ImmutableArray<Diagnostic>> Diagnose(string body)
    {
        SyntaxTree[] trees =
        [
            CSharpSyntaxTree.ParseText(Generated),
            CSharpSyntaxTree.ParseText($"namespace BpfVerifier.Runtime {{ class C {{ int M(Changes c, int x) {{ {body} }} }} }}"),
        ];
        IEnumerable<MetadataReference> references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => path.Length > 0).Select(path => MetadataReference.CreateFromFile(path));
        CSharpCompilation compilation = CSharpCompilation.Create("test", trees, references, new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        Assert.Empty(compilation.GetDiagnostics().Where(d => d.Severity == DiagnosticSeverity.Error));
        return await compilation.WithAnalyzers([new UndeclaredSymbolAnalyzer()]).GetAnalyzerDiagnosticsAsync();
    }
}
