using Xunit;

namespace BpfVerifier.Analyzers.Tests.KernelUse;

/// <summary>Symbols that are not the same in every target.</summary>
public class ChangeTests
{
    [Fact]
    public Task Prototype_ChangedBetweenTargets_Invalid() => Analysis.Statements("_ = {|BPFK0003:Kfuncs.bpf_dynptr_adjust|};", "6.12,6.19");

    [Theory]
    [InlineData("6.12,6.18")]
    [InlineData("7.2,7.3")]
    public Task Prototype_SameInAllTargets_Valid(string targets) => Analysis.Statements("_ = Kfuncs.bpf_dynptr_adjust;", targets);

    [Fact]
    public Task Prototype_OnEitherSideOfAGuard_Valid() =>
        Analysis.Statements("if (Kernel.IsAtLeast(6, 19)) { _ = Kfuncs.bpf_dynptr_adjust; } else { _ = Kfuncs.bpf_dynptr_adjust; }", "6.12,6.19");

    [Fact]
    public Task Flags_ChangedBetweenTargets_Invalid() => Analysis.Statements("_ = {|BPFK0003:Kfuncs.bpf_iter_num_new|};", "7.2,7.3");

    [Fact]
    public Task HelperPrototype_ChangedBetweenTargets_Invalid() => Analysis.Statements("_ = {|BPFK0003:Helpers.bpf_redirect_map|};", "6.1,6.12");

    [Fact]
    public Task HelperPrototype_WhereHeadersAreMissingBetween_Valid() => Analysis.Statements("_ = Helpers.bpf_redirect_map;", "6.12,7.1");

    [Fact]
    public Task Field_DeclaredOtherwiseInATarget_Invalid() => Analysis.Statements("bpf_sk_lookup l = default; _ = {|BPFK0004:l.remote_port|}; _ = l.remote_ip4;", "5.10,6.1");

    [Fact]
    public Task Field_DeclaredOtherwiseInAllTargets_Invalid() => Analysis.Statements("bpf_sk_lookup l = default; _ = {|BPFK0004:l.remote_port|};", "5.10");

    [Fact]
    public Task Field_BehindAGuard_Valid() => Analysis.Statements("bpf_sk_lookup l = default; if (Kernel.IsAtLeast(6, 1)) _ = l.remote_port;", "5.10,6.1");

    [Fact]
    public Task Number_AnotherInATarget_Invalid() => Analysis.Statements("_ = {|BPFK0005:bpf_attach_type.__MAX_BPF_ATTACH_TYPE|};", "6.19,7.3");

    [Fact]
    public Task Number_TheNewestOfAllTargets_Valid() => Analysis.Statements("_ = bpf_attach_type.__MAX_BPF_ATTACH_TYPE;", "7.2,7.3");

    [Fact]
    public Task Number_BehindAGuard_Valid() => Analysis.Statements("if (Kernel.IsAtLeast(7, 2)) _ = bpf_attach_type.__MAX_BPF_ATTACH_TYPE;", "6.19,7.3");

    [Fact]
    public Task Macro_AnotherInATarget_Invalid() => Analysis.Statements("_ = {|BPFK0005:Bpf.BPF_F_REDIRECT_FLAGS|};", "6.12,7.3");

    [Fact]
    public Task Size_AnotherInATarget_Invalid() =>
        Analysis.Statements("_ = {|BPFK0013:sizeof(bpf_attr)|}; _ = {|BPFK0013:Unsafe.SizeOf<bpf_attr>()|}; _ = {|BPFK0013:System.Runtime.InteropServices.Marshal.SizeOf<bpf_attr>()|};", "6.12,7.3");

    [Fact]
    public Task Size_SameInAllTargets_Valid() => Analysis.Statements("_ = sizeof(bpf_attr); _ = sizeof(bpf_insn);", "6.18,7.3");

    [Fact]
    public Task Type_WhoseSizeIsNotTaken_Valid() => Analysis.Statements("bpf_attr a = default; a = new bpf_attr(); _ = new bpf_attr[3];", "5.10,7.3");

    [Fact]
    public async Task Messages_SayWhatChanged()
    {
        Assert.Equal(["BPFK0003: 'Kfuncs.bpf_iter_num_new' is reachable on Linux 7.2 and on 7.3; it changed in 7.3: +KF_SPINLOCK_SAFE"], await Analysis.Messages("_ = Kfuncs.bpf_iter_num_new;", "7.2,7.3"));
        Assert.Equal(["BPFK0004: 'bpf_sk_lookup.remote_port' is reachable on Linux 5.10, where it is not what it is here; it changed in 6.1 (not in 5.10; between them unknown): type of remote_port __u32 -> __be16"],
            await Analysis.Messages("bpf_sk_lookup l = default; _ = l.remote_port;", "5.10,6.1"));
        Assert.Equal(["BPFK0005: 'bpf_link_type.__MAX_BPF_LINK_TYPE' is reachable on Linux 7.0, 7.1, where it is another number; it changed in 7.2: value 15 -> 16"],
            await Analysis.Messages("_ = bpf_link_type.__MAX_BPF_LINK_TYPE;", "7.0-7.2"));
        Assert.Equal(["BPFK0013: The size of 'btf_header' is taken where Linux 7.0 can be running, which has another; it changed in 7.1: size 24 -> 32"], await Analysis.Messages("_ = sizeof(btf_header);", "7.0-7.2"));
    }
}
