using BpfVerifier.HeaderIngest.Abi;
using BpfVerifier.HeaderIngest.Facts;

namespace BpfVerifier.HeaderIngest.Tests;

public class FactsComparisonTests
{
    private static KernelFacts Facts(string proto, string register, string flag) => new()
    {
        HelperIds = new(StringComparer.Ordinal) { ["one"] = 1 },
        Protos = new(StringComparer.Ordinal) { ["bpf_one_proto"] = new ProtoInfo { Func = "bpf_one", Ret = "RET_INTEGER", Args = [] } },
        Helpers = new(StringComparer.Ordinal) { ["XDP"] = new(StringComparer.Ordinal) { ["one"] = proto } },
        VerifierOps = new(StringComparer.Ordinal) { ["XDP"] = "xdp_verifier_ops" },
        Callbacks = new(StringComparer.Ordinal) { ["XDP"] = new(StringComparer.Ordinal) { ["get_func_proto"] = "f" } },
        Kfuncs = new(StringComparer.Ordinal) { ["XDP"] = [new KfuncSet("s", null, new(StringComparer.Ordinal) { ["k"] = [flag] })] },
        Context = new(StringComparer.Ordinal) { ["XDP"] = [new ContextAccess('r', 0, 4, register, 0), new ContextAccess('w', 4, 4, "NOT_INIT", 0)] },
    };

    [Fact]
    public void Agreement_is_counted_and_each_difference_names_both_sides()
    {
        List<SectionAgreement> sections = FactsComparison.Compare(Facts("a_proto", "PTR_TO_PACKET", "ACQUIRE"), Facts("b_proto", "NOT_INIT", "RELEASE"));
        Assert.Equal(
            [("helper numbers", 1, 0), ("prototypes", 1, 0), ("verifier callbacks", 1, 0), ("verifier tables", 1, 0), ("helpers by program type", 0, 1), ("context accesses", 1, 1), ("kfuncs by program type", 0, 1)],
            sections.Select(s => (s.Section, s.Agree, s.Differences.Count)));
        Assert.Equal("XDP one: image a_proto, file b_proto", Assert.Single(sections[4].Differences));
        Assert.StartsWith("XDP r 4 at 0: image PTR_TO_PACKET", Assert.Single(sections[5].Differences), StringComparison.Ordinal);
    }

    [Fact]
    public void What_only_one_side_has_is_a_difference()
    {
        KernelFacts one = Facts("p", "r", "f"), other = Facts("p", "r", "f");
        other.Kfuncs.Clear();
        var text = new StringWriter();
        Assert.False(FactsCommand.Compare(one, other, text));
        Assert.Contains("kfuncs by program type: 0 of 1 agree", text.ToString(), StringComparison.Ordinal);
        Assert.Contains("XDP s k: image [f] filter none, file none", text.ToString(), StringComparison.Ordinal);
        Assert.True(FactsCommand.Compare(one, one, TextWriter.Null));
    }
}
