using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;
using BpfVerifier.Analyzers.KernelUse;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;
using Xunit;

namespace BpfVerifier.Analyzers.Tests.KernelUse;

/// <summary>Runs the analyzer on source in which <c>{|ID:text|}</c> marks what is to be found.</summary>
internal static partial class Analysis
{
    /// <summary>Releases on both sides of 6.1, 6.12 and 7.0.</summary>
    public const string Targets = "5.10,6.1,6.12-7.3";

    private const string Preamble = """
        using System;
        using System.Diagnostics;
        using System.Linq;
        using System.Runtime.CompilerServices;
        using BpfVerifier.Abi;
        #pragma warning disable CS0168, CS0219, CS8019, CS0162

        """;

    private static readonly MetadataReference[] s_references =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Where(path => path.Length > 0).Select(path => MetadataReference.CreateFromFile(path)),
    ];

    /// <summary>Compares what is found in statements of a method with what is marked.</summary>
    public static Task Statements(string statements, string targets = Targets) => Members("void M(bool other, int number) { " + statements + " }", targets);

    /// <summary>Compares what is found in members of a class with what is marked.</summary>
    public static Task Members(string members, string targets = Targets) => Source("unsafe class C { " + members + " }", targets);

    /// <summary>Compares what is found in a file with what is marked.</summary>
    public static async Task Source(string source, string targets = Targets)
    {
        (string text, List<(string Id, TextSpan Span)> expected) = Unmark(Preamble + source);
        ImmutableArray<Diagnostic> found = await Find(text, targets);
        string[] Lines(IEnumerable<(string Id, TextSpan Span)> all) => [.. all.OrderBy(a => a.Span.Start).ThenBy(a => a.Id, StringComparer.Ordinal).Select(a => a.Id + ": " + text.Substring(a.Span.Start, a.Span.Length))];
        Assert.Equal(Lines(expected), Lines(found.Where(d => d.Location.IsInSource).Select(d => (d.Id, d.Location.SourceSpan))));
    }

    /// <summary>All that is found in statements of a method, as ID and message.</summary>
    public static async Task<string[]> Messages(string statements, string targets = Targets) =>
        [.. (await Find(Unmark(Preamble + "unsafe class C { void M(bool other, int number) { " + statements + " } }").Text, targets)).Select(d => d.Id + ": " + d.GetMessage(System.Globalization.CultureInfo.InvariantCulture))];

    public static Task<ImmutableArray<Diagnostic>> Find(string text, string? targets) => Find(Compile(text), targets);

    public static async Task<ImmutableArray<Diagnostic>> Find(Compilation compilation, string? targets)
    {
        // A mistake of the analyzer is a mistake of the test, not a diagnostic AD0001 that nobody looks for.
        var exceptions = new System.Collections.Concurrent.ConcurrentQueue<Exception>();
        ImmutableArray<Diagnostic> found = await compilation.WithAnalyzers([new KernelUseAnalyzer()], new CompilationWithAnalyzersOptions(
            new AnalyzerOptions([], new Provider(targets)), (exception, _, _) => exceptions.Enqueue(exception), concurrentAnalysis: true, logAnalyzerExecutionTime: false)).GetAnalyzerDiagnosticsAsync();
        Assert.Empty(exceptions);
        return [.. found.OrderBy(d => d.Location.SourceSpan.Start)];
    }

    public static CSharpCompilation Compile(string text)
    {
        CSharpCompilation compilation = CSharpCompilation.Create("test", [CSharpSyntaxTree.ParseText(text, CSharpParseOptions.Default.WithLanguageVersion(LanguageVersion.CSharp13))], s_references,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true));
        Assert.Empty(compilation.GetDiagnostics().Where(d => d.Severity == DiagnosticSeverity.Error));
        return compilation;
    }

    public static string WithPreamble(string text) => Preamble + text;

    public static IReadOnlyList<MetadataReference> References => s_references;

    private static (string Text, List<(string, TextSpan)> Marks) Unmark(string marked)
    {
        var marks = new List<(string, TextSpan)>();
        int removed = 0;
        string text = Mark().Replace(marked, match =>
        {
            string inner = match.Groups["text"].Value;
            foreach (string id in match.Groups["ids"].Value.Split(','))
                marks.Add((id, new TextSpan(match.Index - removed, inner.Length)));
            removed += match.Length - inner.Length;
            return inner;
        });
        return (text, marks);
    }

    [GeneratedRegex(@"\{\|(?<ids>[A-Z0-9,]+):(?<text>.*?)\|\}", RegexOptions.Singleline, 1000)]
    private static partial Regex Mark();

    /// <summary>The project's property.</summary>
    internal sealed class Provider(string? targets) : AnalyzerConfigOptionsProvider
    {
        public override AnalyzerConfigOptions GlobalOptions { get; } = new Options(targets);

        public override AnalyzerConfigOptions GetOptions(SyntaxTree tree) => new Options(null);

        public override AnalyzerConfigOptions GetOptions(AdditionalText textFile) => new Options(null);
    }

    private sealed class Options(string? targets) : AnalyzerConfigOptions
    {
        public override bool TryGetValue(string key, [NotNullWhen(true)] out string? value)
        {
            value = key == "build_property.BpfTargetKernelList" ? targets : null;
            return value is not null;
        }
    }
}
