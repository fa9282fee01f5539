using Xunit;

namespace BpfVerifier.Analyzers.Tests.KernelUse;

/// <summary>Members of one's own that need a kernel: they may use what it has, and whoever uses them must have asked.</summary>
public class AnnotationTests
{
    [Fact]
    public Task Member_ForNewKernels_MayUseWhatTheyHave_Valid() =>
        Analysis.Members("[SinceKernel(\"6.1\")] void M() { _ = Helpers.bpf_loop; } [SinceKernel(\"6.1\")] object P { get { return Helpers.bpf_loop; } set { _ = Helpers.bpf_loop; } }");

    [Fact]
    public Task Member_ForKernelsNotNewEnough_Invalid() => Analysis.Members("[SinceKernel(\"6.1\")] void M() { _ = {|BPFK0001:Kfuncs.bpf_cpumask_create|}; }", "5.10,6.1,6.12,6.18");

    [Fact]
    public Task Member_OfATypeForNewKernels_Valid() => Analysis.Source("[SinceKernel(\"6.1\")] class C { object P => Helpers.bpf_loop; class D { object P => Helpers.bpf_loop; } }");

    [Fact]
    public Task Member_OfAnAssemblyForNewKernels_Valid() => Analysis.Source("[assembly: SinceKernel(\"6.1\")] class C { object P => Helpers.bpf_loop; }");

    [Fact]
    public Task Member_ForOldKernels_MayUseWhatTheyHad_Valid() => Analysis.Members("[RemovedInKernel(\"6.12\")] void M() { _ = Kfuncs.bpf_kfunc_call_test1; }", "6.1,6.12");

    [Fact]
    public Task Use_WithoutAGuard_Invalid() => Analysis.Members("[SinceKernel(\"6.1\")] void N() { } void M() { {|BPFK0007:N()|}; if (Kernel.IsAtLeast(6, 1)) N(); }");

    [Fact]
    public Task Use_OfPropertyConstructorEventAndMethodGroup_Invalid() => Analysis.Source("""
        class C { [SinceKernel("6.1")] public C() { } [SinceKernel("6.1")] public static int P { get; set; } [SinceKernel("6.1")] public static int F; [SinceKernel("6.1")] public static event Action? E; [SinceKernel("6.1")] public static void N() { } }
        class D { void M() { _ = {|BPFK0007:new C()|}; {|BPFK0007:C.P|} = 1; {|BPFK0007:C.F|} = 1; {|BPFK0007:C.E|} += () => { }; Action a = {|BPFK0007:C.N|}; } }
        """);

    [Fact]
    public Task Use_OfAMemberOfATypeForNewKernels_Invalid() => Analysis.Source("[SinceKernel(\"6.1\")] class C { public static void N() { } } class D { void M() { {|BPFK0007:C.N()|}; } }");

    [Fact]
    public Task Use_InsideTheTypeForNewKernels_Valid() => Analysis.Source("[SinceKernel(\"6.1\")] class C { static void N() { } void M() { N(); } }");

    [Fact]
    public Task Use_OfAMemberForOldKernels_Invalid() => Analysis.Members("[RemovedInKernel(\"6.12\")] void N() { } void M() { {|BPFK0007:N()|}; if (!Kernel.IsAtLeast(6, 12)) N(); }", "6.1,6.12");

    [Fact]
    public Task Use_FromAMemberForTheSameKernels_Valid() => Analysis.Members("[SinceKernel(\"6.1\")] void N() { } [SinceKernel(\"6.12\")] void M() { N(); }");

    [Fact]
    public Task Use_OfALocalFunctionForNewKernels_Invalid() => Analysis.Statements("{|BPFK0007:F()|}; if (Kernel.IsAtLeast(6, 1)) F(); [SinceKernel(\"6.1\")] static void F() { }");

    [Fact]
    public Task Use_OfAGenericMethod_Invalid() => Analysis.Members("[SinceKernel(\"6.1\")] static void N<T>() { } void M() { {|BPFK0007:N<int>()|}; }");

    [Fact]
    public async Task Message_SaysWhatForWhom()
    {
        System.Collections.Immutable.ImmutableArray<Microsoft.CodeAnalysis.Diagnostic> found = await Analysis.Find(
            Analysis.WithPreamble("class C { [SinceKernel(\"6.1\"), RemovedInKernel(\"7.0\")] static void N() { } void M() { N(); } }"), "5.10,6.1,7.0");
        Assert.Equal(["'C.N' is reachable on Linux 5.10, 7.0; it is only for Linux 6.1 and later and Linux before 7.0"], found.Select(d => d.GetMessage(System.Globalization.CultureInfo.InvariantCulture)));
    }
}
