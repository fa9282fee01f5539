using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using BpfVerifier.Analyzers.KernelUse;
using BpfVerifier.Bench.Typing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;

// Types into the middle of a project of 20,000 lines and asks, after each key, for the diagnostics of the file typed in, as an editor does: with our
// analyzer, and with one that only has the operations of the file made, which is the compiler's own part. Milliseconds of processor time, so that other
// work of the machine does not count; medians of the keys.
const int Lines = 20_000, Keys = 30, Warm = 5;

Console.WriteLine("| files | lines a file | compiler ms | with the analyzer ms | analyzer adds ms | reported |");
Console.WriteLine("|---|---|---|---|---|---|");
foreach (int files in new[] { 1, 40 })
{
    CSharpCompilation project = BigProject.Make(files, Lines);
    if (project.GetDiagnostics().FirstOrDefault(d => d.Severity == DiagnosticSeverity.Error) is { } error)
        throw new InvalidOperationException(error.ToString());
    (double plain, double ours, int reported) = await Type(project);
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {files} | {Lines / files} | {plain:F1} | {ours:F1} | {ours - plain:F1} | {reported} |"));
}
return 0;

static async Task<(double Plain, double Ours, int Reported)> Type(CSharpCompilation project)
{
    SyntaxTree tree = project.SyntaxTrees[project.SyntaxTrees.Length / 2];
    int at = tree.ToString().IndexOf("int sum = 0;", tree.Length / 2, StringComparison.Ordinal);
    var plain = new List<double>();
    var ours = new List<double>();
    int reported = 0;
    for (int key = 0; key < Warm + Keys; key++)
    {
        SourceText text = (await tree.GetTextAsync()).WithChanges(new TextChange(new TextSpan(at, 0), key % 10 == 9 ? ";\n" : "9"));
        SyntaxTree edited = tree.WithChangedText(text);
        project = project.ReplaceSyntaxTree(tree, edited);
        tree = edited;
        // One after the other on copies that share nothing bound, so that what else the machine does weighs on both alike.
        (double withoutTime, _) = await Ask(project.Clone(), tree, new OperationsOnly());
        (double withTime, reported) = await Ask(project.Clone(), tree, new KernelUseAnalyzer());
        if (key < Warm)
            continue;
        plain.Add(withoutTime);
        ours.Add(withTime);
    }
    return (Median(plain), Median(ours), reported);
}

static async Task<(double Milliseconds, int Reported)> Ask(CSharpCompilation project, SyntaxTree tree, DiagnosticAnalyzer analyzer)
{
    var options = new CompilationWithAnalyzersOptions(new AnalyzerOptions([], new Targets()), (e, _, _) => throw new InvalidOperationException("the analyzer failed", e), concurrentAnalysis: true, logAnalyzerExecutionTime: false);
    TimeSpan start = Environment.CpuUsage.TotalTime;
    ImmutableArray<Diagnostic> found = await project.WithAnalyzers([analyzer], options).GetAnalyzerSemanticDiagnosticsAsync(project.GetSemanticModel(tree), null, default);
    return ((Environment.CpuUsage.TotalTime - start).TotalMilliseconds, found.Length);
}

static double Median(List<double> times)
{
    times.Sort();
    return times[times.Count / 2];
}

/// <summary>Looks at every operation that ours looks at, and does nothing.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class OperationsOnly : DiagnosticAnalyzer
{
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [new DiagnosticDescriptor("NONE", "", "", "", DiagnosticSeverity.Warning, true)];

    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterOperationBlockStartAction(static block => block.RegisterOperationAction(
            static _ => { },
            OperationKind.FieldReference, OperationKind.PropertyReference, OperationKind.MethodReference, OperationKind.EventReference, OperationKind.Invocation, OperationKind.ObjectCreation, OperationKind.SizeOf));
    }
}

internal sealed class Targets : AnalyzerConfigOptionsProvider
{
    public override AnalyzerConfigOptions GlobalOptions { get; } = new Values("5.10,6.1,6.12-7.3");

    public override AnalyzerConfigOptions GetOptions(SyntaxTree tree) => new Values(null);

    public override AnalyzerConfigOptions GetOptions(AdditionalText textFile) => new Values(null);

    private sealed class Values(string? targets) : AnalyzerConfigOptions
    {
        public override bool TryGetValue(string key, [NotNullWhen(true)] out string? value)
        {
            value = key == "build_property.BpfTargetKernelList" ? targets : null;
            return value is not null;
        }
    }
}
