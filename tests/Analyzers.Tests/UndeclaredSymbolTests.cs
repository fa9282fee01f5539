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

    /// <summary>Members of a class beside <c>int M(Changes c, int x)</c>, whose body calls them.</summary>
    [Theory]
    [InlineData("return c.DeclaresNothing ? N() : 0;", "int N() => Uapi.LATER;")]
    [InlineData("if (!c.DeclaresNothing) return 0; return N();", "int N() { int y = 1; return y + O(); } int O() => Uapi.LATER;")]
    [InlineData("return c.DeclaresNothing ? N() + N() : 0;", "int N() => Uapi.LATER;")]
    [InlineData("return c.DeclaresNothing ? N() : c.DeclaresOther ? N() : 0;", "int N() => Uapi.LATER;")]
    [InlineData("return c.Declares ? N() : c.DeclaresOther ? N() : 0;", "int N() => Uapi.LATER;")]
    [InlineData("return c.DeclaresNothing ? P : 0;", "int P => Uapi.LATER;")]
    [InlineData("return c.DeclaresNothing ? new Q().R : 0;", "class Q { public int R; internal Q() => R = Uapi.LATER; }")]
    [InlineData("System.Func<int> f = null; if (c.DeclaresNothing) f = N; return f();", "int N() => Uapi.LATER;")]
    [InlineData("System.Func<int> f = null; if (c.DeclaresNothing) f = () => N(); return f();", "int N() => Uapi.LATER;")]
    [InlineData("return c.DeclaresNothing ? N(3) : 0;", "int N(int n) => n == 0 ? Uapi.LATER : N(n - 1);")]
    [InlineData("return c.DeclaresNothing ? N(3) : 0;", "int N(int n) => n == 0 ? Uapi.LATER : O(n - 1); int O(int n) => N(n);")]
    [InlineData("return c.DeclaresNothing ? N() : 0; int N() => Uapi.LATER;", "")]
    [InlineData("return c.DeclaresNothing ? N<int>() : 0;", "int N<T>() => Uapi.LATER;")]
    public async Task UndeclaredInAFunctionCalledOnlyUnderAChange_IsReported(string body, string members) => Assert.Equal(["BPFK1002"], await Analyze(body, members));

    [Theory]
    [InlineData("return c.Declares ? N() : 0;", "int N() => Uapi.LATER;")]
    [InlineData("return c.DeclaresNothing ? N() : 0;", "int N() => Uapi.OLD;")]
    [InlineData("return c.DeclaresNothing ? N() : N();", "int N() => Uapi.LATER;")]
    [InlineData("return c.DeclaresNothing ? N(c) : 0;", "int N(Changes c) => c.Declares ? Uapi.LATER : 0;")]
    [InlineData("return c.Declares ? N(c) : 0;", "int N(Changes c) => c.DeclaresNothing ? Uapi.LATER : 0;")]
    [InlineData("return c.Declares ? N(c) : 0;", "int N(Changes c) => c.DeclaresNothing ? O() : 0; int O() => Uapi.LATER;")]
    [InlineData("return c.DeclaresNothing ? N() : O();", "int N() => Uapi.LATER; int O() => N();")]
    [InlineData("return c.DeclaresNothing ? N() : 0;", "int N() => O(); int O() => 1; int Unused() => Uapi.LATER;")]
    [InlineData("return c.DeclaresNothing ? ToString().Length : 0;", "public override string ToString() => new string('a', Uapi.LATER);")]
    [InlineData("if (c.DeclaresNothing) new D().Dispose(); return 0;", "class D : System.IDisposable { public void Dispose() { int x = Uapi.LATER; } }")]
    [InlineData("if (!c.DeclaresNothing) return N(); return N(); int N() => Uapi.LATER;", "")]
    public async Task DeclaredOrCalledWithoutAChangeToo_IsFine(string body, string members) => Assert.Empty(await Analyze(body, members));

    [Fact]
    public async Task EveryWayWithoutTheSymbolIsNamed()
    {
        Diagnostic found = Assert.Single(await Diagnose("return c.DeclaresNothing ? N() : c.DeclaresOther ? N() : 0;", "int N() => Uapi.LATER;"));
        Assert.Contains("and DeclaresNothing, DeclaresOther does not declare", found.GetMessage(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ManyFunctionsAndWays_AreLookedThroughQuickly()
    {
        // Each calls every later one, twice: ways double with each, functions do not.
        const int functions = 40;
        string members = string.Concat(Enumerable.Range(0, functions).Select(i => $"int F{i}(Changes c) => (c.DeclaresNothing ? 1 : 0) + "
            + string.Join(" + ", Enumerable.Range(i + 1, functions - i - 1).Select(j => $"(c.DeclaresOther ? F{j}(c) : F{j}(c))").Append("Uapi.LATER")) + "; "));
        var clock = System.Diagnostics.Stopwatch.StartNew();
        Assert.Equal(functions, (await Diagnose("return c.DeclaresNothing ? F0(c) : 0;", members)).Length);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 30);
    }

    [Fact]
    public async Task TheMessageNamesChangeAndSymbol()
    {
        Diagnostic found = Assert.Single(await Diagnose("return c.DeclaresOther ? Uapi.LATER : 0;"));
        Assert.Equal("'Uapi.LATER' is not in this release, and DeclaresOther does not declare to need 'LATER'; add it to the change's needs in the ledger", found.GetMessage());
    }

    private static async Task<string[]> Analyze(string body, string members = "") => [.. (await Diagnose(body, members)).Select(d => d.Id)];

    private static async Task<ImmutableArray<Diagnostic>> Diagnose(string body, string members = "")
    {
        SyntaxTree[] trees =
        [
            CSharpSyntaxTree.ParseText(Generated),
            CSharpSyntaxTree.ParseText($"namespace BpfVerifier.Runtime {{ class C {{ int M(Changes c, int x) {{ {body} }} {members} }} }}"),
        ];
        IEnumerable<MetadataReference> references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => path.Length > 0).Select(path => MetadataReference.CreateFromFile(path));
        CSharpCompilation compilation = CSharpCompilation.Create("test", trees, references, new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        Assert.Empty(compilation.GetDiagnostics().Where(d => d.Severity == DiagnosticSeverity.Error));
        return await compilation.WithAnalyzers([new UndeclaredSymbolAnalyzer()]).GetAnalyzerDiagnosticsAsync();
    }
}
