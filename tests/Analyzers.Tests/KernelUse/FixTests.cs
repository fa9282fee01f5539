using System.Collections.Immutable;
using BpfVerifier.Analyzers.Fixes;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;
using Xunit;

namespace BpfVerifier.Analyzers.Tests.KernelUse;

/// <summary>What the fixes write. What they wrote compiles, and the analyzer finds nothing in it any more unless a test says so.</summary>
public class FixTests
{
    [Theory]
    // around a statement
    [InlineData("_ = Helpers.bpf_loop;", "if (Kernel.IsAtLeast(6, 1)) { _ = Helpers.bpf_loop; }")]
    [InlineData("if (other) _ = Helpers.bpf_loop;", "if (other) if (Kernel.IsAtLeast(6, 1)) { _ = Helpers.bpf_loop; }")]
    [InlineData("if (Helpers.bpf_loop.Id > 0) { number++; }", "if (Kernel.IsAtLeast(6, 1)) { if (Helpers.bpf_loop.Id > 0) { number++; } }")]
    [InlineData("switch (number) { case 1: _ = Helpers.bpf_loop; break; }", "switch (number) { case 1: if (Kernel.IsAtLeast(6, 1)) { _ = Helpers.bpf_loop; } break; }")]
    [InlineData("Action a = () => { _ = Helpers.bpf_loop; };", "Action a = () => { if (Kernel.IsAtLeast(6, 1)) { _ = Helpers.bpf_loop; } };")]
    // in front of a declaration or a result
    [InlineData("var h = Helpers.bpf_loop; number = h.Id;", "if (!Kernel.IsAtLeast(6, 1)) throw new PlatformNotSupportedException(\"Needs Linux 6.1 or later.\"); var h = Helpers.bpf_loop; number = h.Id;")]
    [InlineData("int.TryParse(Helpers.bpf_loop.Name, out int i); number = i;", "if (!Kernel.IsAtLeast(6, 1)) throw new PlatformNotSupportedException(\"Needs Linux 6.1 or later.\"); int.TryParse(Helpers.bpf_loop.Name, out int i); number = i;")]
    [InlineData("Func<int> f = () => { return Helpers.bpf_loop.Id; };", "Func<int> f = () => { if (!Kernel.IsAtLeast(6, 1)) throw new PlatformNotSupportedException(\"Needs Linux 6.1 or later.\"); return Helpers.bpf_loop.Id; };")]
    // the other direction
    [InlineData("_ = Kfuncs.bpf_kfunc_call_test1;", "if (!Kernel.IsAtLeast(6, 12)) { _ = Kfuncs.bpf_kfunc_call_test1; }", "6.1,6.12")]
    [InlineData("var k = Kfuncs.bpf_kfunc_call_test1;", "if (Kernel.IsAtLeast(6, 12)) throw new PlatformNotSupportedException(\"Needs Linux before 6.12.\"); var k = Kfuncs.bpf_kfunc_call_test1;", "6.1,6.12")]
    // what is another, changed or not offered
    [InlineData("number = (int)bpf_attach_type.__MAX_BPF_ATTACH_TYPE;", "if (Kernel.IsAtLeast(7, 2)) { number = (int)bpf_attach_type.__MAX_BPF_ATTACH_TYPE; }", "7.1,7.2")]
    [InlineData("number = Kfuncs.bpf_key_put.CallFrom(bpf_prog_type.BPF_PROG_TYPE_XDP, 1).imm;", "if (Kernel.IsAtLeast(6, 18)) { number = Kfuncs.bpf_key_put.CallFrom(bpf_prog_type.BPF_PROG_TYPE_XDP, 1).imm; }", "6.17,6.18")]
    [InlineData("number = sizeof(btf_header);", "if (Kernel.IsAtLeast(7, 1)) { number = sizeof(btf_header); }", "7.0,7.1")]
    public async Task Guard(string before, string after, string targets = "5.10,6.1") =>
        Same(Method(after), await Fix(Method(before), KernelUseFixes.Guard, targets));

    [Theory]
    [InlineData("object P => Helpers.bpf_loop;")]
    [InlineData("static readonly int s = Helpers.bpf_loop.Id;")]
    [InlineData("Func<int> F() => () => Helpers.bpf_loop.Id;")]
    public async Task Guard_IsNotOfferedWhereThereIsNoStatement(string member) =>
        Assert.Equal([KernelUseFixes.Annotate], await Keys("class C { " + member + " }", "5.10,6.1"));

    [Fact]
    public async Task Nothing_IsOfferedWhereNoKernelWouldDo() => Assert.Empty(await Keys(Method("_ = Helpers.bpf_skb_load_bytes.CallFrom(bpf_prog_type.BPF_PROG_TYPE_XDP);"), "6.12"));

    [Theory]
    [InlineData("object P => Helpers.bpf_loop;", "[SinceKernel(\"6.1\")] object P => Helpers.bpf_loop;")]
    [InlineData("int P { get { return Helpers.bpf_loop.Id; } }", "[SinceKernel(\"6.1\")] int P { get { return Helpers.bpf_loop.Id; } }")]
    [InlineData("static int s = Helpers.bpf_loop.Id;", "[SinceKernel(\"6.1\")] static int s = Helpers.bpf_loop.Id;")]
    [InlineData("public C() { _ = Helpers.bpf_loop; }", "[SinceKernel(\"6.1\")] public C() { _ = Helpers.bpf_loop; }")]
    [InlineData("[Obsolete] void M() { _ = Helpers.bpf_loop; }", "[Obsolete] [SinceKernel(\"6.1\")] void M() { _ = Helpers.bpf_loop; }")]
    [InlineData("void M() { Action a = () => { _ = Helpers.bpf_loop; }; }", "[SinceKernel(\"6.1\")] void M() { Action a = () => { _ = Helpers.bpf_loop; }; }")]
    [InlineData("[SinceKernel(\"5.11\")] void M() { _ = Kfuncs.bpf_cpumask_create; }", "[SinceKernel(\"6.12\")] void M() { _ = Kfuncs.bpf_cpumask_create; }", "5.10,6.1,6.12")]
    [InlineData("void M() { _ = Kfuncs.bpf_kfunc_call_test1; }", "[RemovedInKernel(\"6.12\")] void M() { _ = Kfuncs.bpf_kfunc_call_test1; }", "6.1,6.12")]
    public async Task Annotate(string before, string after, string targets = "5.10,6.1") =>
        Same("class C { " + after + " }", await Fix("class C { " + before + " }", KernelUseFixes.Annotate, targets));

    [Fact]
    public async Task TopLevelStatements_AreGuarded() => Same(
        "if (Kernel.IsAtLeast(6, 1)) { Console.WriteLine(Helpers.bpf_loop); } if (!Kernel.IsAtLeast(6, 1)) throw new PlatformNotSupportedException(\"Needs Linux 6.1 or later.\"); var h = Helpers.bpf_loop;",
        await FixAll("Console.WriteLine(Helpers.bpf_loop); var h = Helpers.bpf_loop;", KernelUseFixes.Guard, "5.10,6.1", OutputKind.ConsoleApplication));

    [Fact]
    public async Task Names_AreQualifiedWhereTheNamespaceIsNotUsed()
    {
        string source = "class C { void M() { _ = BpfVerifier.Abi.Helpers.bpf_loop; } }";
        Same("class C { void M() { if (BpfVerifier.Abi.Kernel.IsAtLeast(6, 1)) { _ = BpfVerifier.Abi.Helpers.bpf_loop; } } }", await Apply(source, KernelUseFixes.Guard, "5.10,6.1", all: false, preamble: false));
        Same("class C { [BpfVerifier.Abi.SinceKernel(\"6.1\")] void M() { _ = BpfVerifier.Abi.Helpers.bpf_loop; } }", await Apply(source, KernelUseFixes.Annotate, "5.10,6.1", all: false, preamble: false));
    }

    [Fact]
    public async Task All_Guards_OneForEachStatementWithTheStrictestNeed() => Same(
        Method("if (Kernel.IsAtLeast(6, 1)) { _ = Helpers.bpf_loop; } if (Kernel.IsAtLeast(6, 12)) { _ = (Helpers.bpf_loop, Kfuncs.bpf_cpumask_create); } if (Kernel.IsAtLeast(6, 1)) { _ = Helpers.bpf_loop; }"),
        await FixAll(Method("_ = Helpers.bpf_loop; _ = (Helpers.bpf_loop, Kfuncs.bpf_cpumask_create); _ = Helpers.bpf_loop;"), KernelUseFixes.Guard, "5.10,6.1,6.12"));

    [Fact]
    public async Task All_Guards_OfBothDirections() => Same(
        Method("if (Kernel.IsAtLeast(6, 1)) { if (!Kernel.IsAtLeast(6, 12)) { _ = Kfuncs.bpf_kfunc_call_test1; } }"),
        await FixAll(Method("_ = Kfuncs.bpf_kfunc_call_test1;"), KernelUseFixes.Guard, "5.10,6.1,6.12"));

    [Fact]
    public async Task All_Guards_OfStatementsWithinStatements() => Same(
        Method("if (Kernel.IsAtLeast(6, 1)) { Console.WriteLine(Helpers.bpf_loop.Id + new Func<int>(() => { if (!Kernel.IsAtLeast(6, 12)) throw new PlatformNotSupportedException(\"Needs Linux 6.12 or later.\"); return Kfuncs.bpf_cpumask_create.Name.Length; })()); }"),
        await FixAll(Method("Console.WriteLine(Helpers.bpf_loop.Id + new Func<int>(() => { return Kfuncs.bpf_cpumask_create.Name.Length; })());"), KernelUseFixes.Guard, "5.10,6.1,6.12"));

    [Fact]
    public async Task All_Annotations_OfBothDirections() => Same(
        "class C { [SinceKernel(\"6.1\")] [RemovedInKernel(\"6.12\")] void M() { _ = Kfuncs.bpf_kfunc_call_test1; } }",
        await FixAll("class C { void M() { _ = Kfuncs.bpf_kfunc_call_test1; } }", KernelUseFixes.Annotate, "5.10,6.1,6.12"));

    [Fact]
    public async Task All_Annotations_OneForEachMember() => Same(
        "class C { [SinceKernel(\"6.12\")] void M() { _ = Helpers.bpf_loop; _ = Kfuncs.bpf_cpumask_create; _ = Helpers.bpf_loop; } [SinceKernel(\"6.1\")] object P => Helpers.bpf_loop; }",
        await FixAll("class C { void M() { _ = Helpers.bpf_loop; _ = Kfuncs.bpf_cpumask_create; _ = Helpers.bpf_loop; } object P => Helpers.bpf_loop; }", KernelUseFixes.Annotate, "5.10,6.1,6.12"));

    [Fact]
    public async Task All_InManyDocuments()
    {
        (Document[] documents, ImmutableArray<Diagnostic> found) = await Open([Analysis.WithPreamble(Method("_ = Helpers.bpf_loop;")), Analysis.WithPreamble("class D { object P => Helpers.bpf_loop; }")], "5.10,6.1");
        Assert.Equal(2, found.Length);
        Solution solution = await FixAll(documents[0], found, KernelUseFixes.Annotate, FixAllScope.Project);
        foreach (Document document in documents)
            Assert.Contains("[SinceKernel(\"6.1\")]", (await solution.GetDocument(document.Id)!.GetTextAsync()).ToString(), StringComparison.Ordinal);
    }

    private static string Method(string statements) => "unsafe class C { void M(bool other, int number) { " + statements + " } }";

    private static Task<string> Fix(string source, string key, string targets) => Apply(source, key, targets, all: false);

    private static Task<string> FixAll(string source, string key, string targets, OutputKind kind = OutputKind.DynamicallyLinkedLibrary) => Apply(source, key, targets, all: true, kind: kind);

    private static async Task<string> Apply(string source, string key, string targets, bool all, bool preamble = true, OutputKind kind = OutputKind.DynamicallyLinkedLibrary)
    {
        string head = preamble ? Analysis.WithPreamble("") : "";
        (Document[] documents, ImmutableArray<Diagnostic> found) = await Open([head + source], targets, kind);
        Assert.NotEmpty(found);
        Solution solution;
        if (all)
            solution = await FixAll(documents[0], found, key, FixAllScope.Document);
        else
        {
            CodeAction action = Assert.Single(await Actions(documents[0], found[0]), a => a.EquivalenceKey == key);
            solution = (await action.GetOperationsAsync(CancellationToken.None)).OfType<ApplyChangesOperation>().Single().ChangedSolution;
        }
        Document changed = solution.GetDocument(documents[0].Id)!;
        Compilation compilation = (await changed.Project.GetCompilationAsync())!;
        Assert.Empty(compilation.GetDiagnostics().Where(d => d.Severity == DiagnosticSeverity.Error));
        Assert.Empty(await AnalyzeAsync(changed.Project, targets));
        return (await changed.GetTextAsync()).ToString()[head.Length..];
    }

    private static async Task<string[]> Keys(string source, string targets)
    {
        (Document[] documents, ImmutableArray<Diagnostic> found) = await Open([Analysis.WithPreamble(source)], targets);
        return [.. (await Actions(documents[0], Assert.Single(found))).Select(a => a.EquivalenceKey!)];
    }

    private static async Task<List<CodeAction>> Actions(Document document, Diagnostic diagnostic)
    {
        var actions = new List<CodeAction>();
        await new KernelUseFixes().RegisterCodeFixesAsync(new CodeFixContext(document, diagnostic, (action, _) => actions.Add(action), CancellationToken.None));
        return actions;
    }

    private static async Task<Solution> FixAll(Document document, ImmutableArray<Diagnostic> found, string key, FixAllScope scope)
    {
        var provider = new KernelUseFixes();
        var context = new FixAllContext(document, provider, scope, key, provider.FixableDiagnosticIds, new Known(found), CancellationToken.None);
        CodeAction action = (await provider.GetFixAllProvider().GetFixAsync(context))!;
        return (await action.GetOperationsAsync(CancellationToken.None)).OfType<ApplyChangesOperation>().Single().ChangedSolution;
    }

    private static async Task<(Document[], ImmutableArray<Diagnostic>)> Open(string[] sources, string targets, OutputKind kind = OutputKind.DynamicallyLinkedLibrary)
    {
        var workspace = new AdhocWorkspace();
        ProjectId id = ProjectId.CreateNewId();
        Solution solution = workspace.CurrentSolution.AddProject(ProjectInfo.Create(id, VersionStamp.Default, "test", "test", LanguageNames.CSharp,
            compilationOptions: new CSharpCompilationOptions(kind, allowUnsafe: true), parseOptions: CSharpParseOptions.Default.WithLanguageVersion(LanguageVersion.CSharp13), metadataReferences: Analysis.References));
        for (int i = 0; i < sources.Length; i++)
            solution = solution.AddDocument(DocumentId.CreateNewId(id), $"File{i}.cs", SourceText.From(sources[i]));
        Project project = solution.GetProject(id)!;
        Assert.Empty((await project.GetCompilationAsync())!.GetDiagnostics().Where(d => d.Severity == DiagnosticSeverity.Error));
        return ([.. project.Documents], await AnalyzeAsync(project, targets));
    }

    private static async Task<ImmutableArray<Diagnostic>> AnalyzeAsync(Project project, string targets) => await Analysis.Find((await project.GetCompilationAsync())!, targets);

    // Layout is the formatter's; words are ours.
    private static void Same(string expected, string actual) => Assert.Equal(Words(expected), Words(actual));

    private static string Words(string text) => CSharpSyntaxTree.ParseText(text).GetRoot().NormalizeWhitespace().ToFullString();

    private sealed class Known(ImmutableArray<Diagnostic> all) : FixAllContext.DiagnosticProvider
    {
        public override Task<IEnumerable<Diagnostic>> GetAllDiagnosticsAsync(Project project, CancellationToken cancellationToken) => Task.FromResult<IEnumerable<Diagnostic>>(all);

        public override async Task<IEnumerable<Diagnostic>> GetDocumentDiagnosticsAsync(Document document, CancellationToken cancellationToken)
        {
            SyntaxTree? tree = await document.GetSyntaxTreeAsync(cancellationToken);
            return all.Where(d => d.Location.SourceTree == tree);
        }

        public override Task<IEnumerable<Diagnostic>> GetProjectDiagnosticsAsync(Project project, CancellationToken cancellationToken) => Task.FromResult<IEnumerable<Diagnostic>>([]);
    }
}
