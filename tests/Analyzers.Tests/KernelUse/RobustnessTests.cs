using System.Collections.Concurrent;
using System.Collections.Immutable;
using BpfVerifier.Analyzers.KernelUse;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Xunit;

namespace BpfVerifier.Analyzers.Tests.KernelUse;

/// <summary>Code as it is while somebody types: the analyzer must not fail on it.</summary>
public class RobustnessTests
{
    private const string Source = """
        [assembly: SinceKernel("5.10")]
        [SinceKernel("6.1"), ForProgramType(bpf_prog_type.BPF_PROG_TYPE_XDP)]
        partial class C<T>(int start) : IDisposable where T : unmanaged
        {
            [KernelGuard("6.12", Before = "7.0")] static bool Has { get; } = Kernel.IsAtLeast(6, 12);
            const uint Flag = (uint)bpf_map_type.BPF_MAP_TYPE_ARENA;
            readonly HelperDescriptor _helper = Helpers.bpf_loop;
            public C() : this(Helpers.bpf_loop.Id) { }
            [RemovedInKernel("7.1")] event Action? E { add { _ = Kfuncs.bpf_key_put; } remove { } }
            public void Dispose() { GC.SuppressFinalize(this); }
            int this[int i] => i switch { 1 when Has => Helpers.bpf_loop.Id, > 3 and < 7 => sizeof(T), _ => throw new Exception() };
            static unsafe int M(bool other, ref bool by, Func<int, bool>? f = null)
            {
                bool has = other && Kernel.IsAtLeast(6, 1) || Has;
                try { if (!has) return 1; goto end; }
                catch (Exception e) when (e.Message.Length > Kfuncs.bpf_cpumask_create.Name.Length) { has = false; throw; }
                finally { has |= Kernel.IsAtLeast(6, 19); }
                end:
                (has, var pair) = (Kernel.IsAtLeast(7, 0), (1, 2));
                bpf_attr a = new() { prog_token_fd = 3, prog_type = (uint)bpf_prog_type.BPF_PROG_TYPE_NETFILTER };
                bpf_attr* p = &a;
                p->link_create.tcx.relative_fd = (uint)sizeof(bpf_attr);
                Action<int> l = x => { if (Local(x)) _ = Kfuncs.bpf_key_put.CallFrom(bpf_prog_type.BPF_PROG_TYPE_XDP, x); };
                foreach (var i in Items()) l(i);
                using var d = new C<int>();
                lock (d) { while (has is not true) { if (Kernel.IsAtLeast(minor: 1, major: 6)) break; else continue; } }
                return f?.Invoke(3) ?? by ? Helpers.bpf_loop.Id : Kfuncs.bpf_dynptr_adjust.Name.Length;
                bool Local(int n) => n > 0 ? Local(n - 1) : Kernel.IsAtLeast(6, n);
                static System.Collections.Generic.IEnumerable<int> Items() { yield return Helpers.bpf_loop.Id; if (Has) yield break; }
            }
        }
        """;

    [Fact]
    public async Task Source_AsItIs_HasDiagnosticsAndNoException()
    {
        (ImmutableArray<Diagnostic> found, Exception[] exceptions) = await Run(Source);
        Assert.Empty(exceptions);
        Assert.NotEmpty(found);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Source_WithATokenGone_MakesNoException(int seed)
    {
        SyntaxToken[] tokens = [.. CSharpSyntaxTree.ParseText(Analysis.WithPreamble(Source)).GetRoot().DescendantTokens()];
        var random = new Random(seed);
        for (int i = 0; i < 40; i++)
        {
            SyntaxToken gone = tokens[random.Next(tokens.Length - 1)];
            string text = Analysis.WithPreamble(Source).Remove(gone.SpanStart, gone.Span.Length);
            (_, Exception[] exceptions) = await Run(text, preamble: false);
            Assert.Empty(exceptions);
        }
    }

    [Fact]
    public async Task Source_CutOffAnywhere_MakesNoException()
    {
        string whole = Analysis.WithPreamble(Source);
        for (int length = 200; length < whole.Length; length += 71)
            Assert.Empty((await Run(whole[..length], preamble: false)).Exceptions);
    }

    private static async Task<(ImmutableArray<Diagnostic> Found, Exception[] Exceptions)> Run(string source, bool preamble = true)
    {
        CSharpCompilation compilation = CSharpCompilation.Create("test", [CSharpSyntaxTree.ParseText(preamble ? Analysis.WithPreamble(source) : source)], Analysis.References,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true));
        var exceptions = new ConcurrentQueue<Exception>();
        ImmutableArray<Diagnostic> found = await compilation.WithAnalyzers([new KernelUseAnalyzer()], new CompilationWithAnalyzersOptions(
            new AnalyzerOptions([], new Analysis.Provider(Analysis.Targets)), (e, _, _) => exceptions.Enqueue(e), concurrentAnalysis: true, logAnalyzerExecutionTime: false)).GetAnalyzerDiagnosticsAsync();
        return (found, [.. exceptions]);
    }
}
