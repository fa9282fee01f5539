using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Xunit;

namespace BpfVerifier.Analyzers.Tests.KernelUse;

/// <summary>Guards that say nothing, names that are none, and the property.</summary>
public class GuardRuleTests
{
    [Theory]
    [InlineData("if (Kernel.IsAtLeast(6, 1)) { }")]
    [InlineData("if ({|BPFK0008:Kernel.IsAtLeast(7, 4)|}) { }")]
    [InlineData("if ({|BPFK0009:Kernel.IsAtLeast(5, 10)|}) { }")]
    [InlineData("if (Kernel.IsAtLeast(6, 12)) { if ({|BPFK0009:Kernel.IsAtLeast(6, 1)|}) { } if (Kernel.IsAtLeast(7, 0)) { } }")]
    [InlineData("if (!Kernel.IsAtLeast(6, 12)) { if ({|BPFK0008:Kernel.IsAtLeast(7, 0)|}) { } }")]
    [InlineData("bool b = {|BPFK0008:Kernel.IsAtLeast(9, 0)|};")]
    [InlineData("if (Kernel.IsAtLeast(number, 0)) { }")]
    [InlineData("if ({|BPFK0008:Kernel.IsAtLeast(7, 4)|}) { _ = Helpers.bpf_loop; _ = Kernel.IsAtLeast(1, 1); }")]
    [InlineData("if ({|BPFK0010:Kernel.IsAtLeast(6, 25)|}) { }")]
    [InlineData("if ({|BPFK0010:Kernel.IsAtLeast(2, 6)|}) { }")]
    [InlineData("if ({|BPFK0010:Kernel.IsAtLeast(6, -1)|}) { }")]
    public Task Guard(string statements) => Analysis.Statements(statements);

    [Fact]
    public Task GuardMember_NeverTrue_Invalid() => Analysis.Members("[KernelGuard(\"9.0\")] static bool Has => true; void M() { if ({|BPFK0008:Has|}) { } }");

    [Fact]
    public Task GuardMember_OnAllTargets_MayStillBeFalse_Valid() => Analysis.Members("[KernelGuard(\"5.10\")] static bool Has => true; void M() { if (Has) { } }");

    [Theory]
    [InlineData("[SinceKernel(\"6.1\")] void M() { }")]
    [InlineData("[{|BPFK0010:SinceKernel(\"6.25\")|}] void M() { }")]
    [InlineData("[{|BPFK0010:SinceKernel(\"six\")|}] int P { get; }")]
    [InlineData("[{|BPFK0010:RemovedInKernel(\"6.1.3\")|}] int f;")]
    [InlineData("[{|BPFK0010:ChangedInKernel(\"\", \"what\")|}] event Action? E;")]
    [InlineData("[{|BPFK0010:KernelGuard(\"6.1\", Before = \"v6.12\")|}] static bool G => true;")]
    [InlineData("[{|BPFK0010:SinceKernel(\"6.1\", After = \"5.99\")|}] class D { }")]
    [InlineData("[{|BPFK0010:SinceKernel(null!)|}] void M() { }")]
    public Task Name(string member) => Analysis.Members(member);

    [Theory]
    [InlineData("5.10", null)]
    [InlineData("5.10,6.1,6.12-7.3", null)]
    [InlineData(" 5.10 ; 6.1\n6.12-7.3 ,, ", null)]
    [InlineData("5.15", null)]
    [InlineData("6.x", "'6.x' is neither a release (6.12) nor a range of releases (6.12-7.3)")]
    [InlineData("6.1-6.2-6.3", "'6.1-6.2-6.3' is neither a release (6.12) nor a range of releases (6.12-7.3)")]
    [InlineData("-6.1", "'-6.1' is neither a release (6.12) nor a range of releases (6.12-7.3)")]
    [InlineData("6.1.5", "'6.1.5' is neither a release (6.12) nor a range of releases (6.12-7.3)")]
    [InlineData("99999999999.1", "'99999999999.1' is neither a release (6.12) nor a range of releases (6.12-7.3)")]
    [InlineData("6.25", "Linux has no release 6.25")]
    [InlineData("6.12-6.25", "Linux has no release 6.25")]
    [InlineData("6.12-6.1", "'6.12-6.1' ends before it begins")]
    [InlineData("998.0", "998.0 is newer than 7.3, the newest release known here, and judged as that")]
    [InlineData("4.19", "4.19 is older than 5.10, the oldest release known here: of most symbols it is not known whether it has them")]
    public async Task Targets(string property, string? problem)
    {
        ImmutableArray<Diagnostic> found = await Analysis.Find("class C { }", property);
        Assert.Equal(problem is null ? [] : ["BPFK0011: BpfTargetKernels: " + problem], found.Select(d => d.Id + ": " + d.GetMessage(System.Globalization.CultureInfo.InvariantCulture)));
    }

    [Fact]
    public async Task Targets_MoreThanCanBeToldApart_AreTold()
    {
        ImmutableArray<Diagnostic> found = await Analysis.Find("class C { }", "7.0-7.900");
        Assert.Contains(found, d => d.GetMessage(System.Globalization.CultureInfo.InvariantCulture).Contains("the newest 128 are looked at", StringComparison.Ordinal));
    }

    [Fact]
    public Task Targets_RangeAcrossMajorNumbers_HasAllBetween() =>
        Analysis.Statements("if ({|BPFK0008:Kernel.IsAtLeast(6, 3)|}) { } if ({|BPFK0009:Kernel.IsAtLeast(5, 18)|}) { } if (Kernel.IsAtLeast(6, 0)) { } if (Kernel.IsAtLeast(5, 19)) { } if (Kernel.IsAtLeast(6, 2)) { }", "5.18-6.2");

    [Fact]
    public Task Suppression_ByPragma_Valid() => Analysis.Statements("""

        #pragma warning disable BPFK0001
            _ = Helpers.bpf_loop;
        #pragma warning restore BPFK0001
            _ = {|BPFK0001:Helpers.bpf_loop|};
        """);

    [Fact]
    public async Task Nothing_IsReportedWithoutTheProperty() =>
        Assert.Empty(await Analysis.Find(Analysis.WithPreamble("class C { object P => Helpers.bpf_loop; [SinceKernel(\"six\")] void M() { } }"), null));
}
