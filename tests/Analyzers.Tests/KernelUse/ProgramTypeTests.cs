using Xunit;

namespace BpfVerifier.Analyzers.Tests.KernelUse;

/// <summary>Helpers and kfuncs in programs of a type.</summary>
public class ProgramTypeTests
{
    private const string Xdp = "[ForProgramType(bpf_prog_type.BPF_PROG_TYPE_XDP)] ";

    [Fact]
    public Task Kfunc_NotOfferedToTheType_Invalid() => Analysis.Members(Xdp + "void M() { _ = {|BPFK0006:Kfuncs.bpf_get_file_xattr|}; }", "6.12,6.19");

    [Fact]
    public Task Kfunc_OfferedToTheType_Valid() =>
        Analysis.Members("[ForProgramType(bpf_prog_type.BPF_PROG_TYPE_LSM)] void M() { _ = Kfuncs.bpf_get_file_xattr; }", "6.12,6.19");

    [Fact]
    public Task Kfunc_OfferedToOneOfTwoTypes_Invalid() =>
        Analysis.Members("[ForProgramType(bpf_prog_type.BPF_PROG_TYPE_LSM, bpf_prog_type.BPF_PROG_TYPE_XDP)] void M() { _ = {|BPFK0006:Kfuncs.bpf_get_file_xattr|}; }", "6.12,6.19");

    [Fact]
    public Task Kfunc_OfferedToAll_Valid() => Analysis.Members(Xdp + "void M() { _ = Kfuncs.bpf_obj_new_impl; }", "6.12,6.18");

    [Fact]
    public Task Kfunc_WhereNoTypeIsSaid_Valid() => Analysis.Statements("_ = Kfuncs.bpf_get_file_xattr; _ = Kfuncs.bpf_get_file_xattr.Call(1);", "6.12,6.19");

    [Fact]
    public Task Kfunc_OfferedLaterToTheType_Invalid() =>
        Analysis.Members(Xdp + "void M() { _ = {|BPFK0006:Kfuncs.bpf_key_put|}; if (Kernel.IsAtLeast(6, 18)) _ = Kfuncs.bpf_key_put; }", "6.17,6.18");

    [Fact]
    public Task Helper_NotOfferedToTheType_Invalid() => Analysis.Members(Xdp + "void M() { _ = {|BPFK0006:Helpers.bpf_skb_load_bytes|}; _ = Helpers.bpf_xdp_adjust_head; }", "6.12");

    [Fact]
    public Task Helper_OfATypeThatIsNotJudged_Valid() => Analysis.Members("[ForProgramType(bpf_prog_type.BPF_PROG_TYPE_EXT)] void M() { _ = Helpers.bpf_skb_load_bytes; }", "6.12");

    [Fact]
    public Task Type_SaidByTheClass_Invalid() => Analysis.Source(Xdp + "class C { object P => {|BPFK0006:Helpers.bpf_skb_load_bytes|}; class D { object P => {|BPFK0006:Helpers.bpf_skb_load_bytes|}; } }", "6.12");

    [Fact]
    public Task Type_SaidByTheMemberGoesFirst_Valid() =>
        Analysis.Source(Xdp + "class C { [ForProgramType(bpf_prog_type.BPF_PROG_TYPE_SCHED_CLS)] object P => Helpers.bpf_skb_load_bytes; }", "6.12");

    [Fact]
    public Task CallFrom_TypeItIsNotOfferedTo_Invalid() => Analysis.Statements("_ = {|BPFK0006:Helpers.bpf_skb_load_bytes|}.CallFrom(bpf_prog_type.BPF_PROG_TYPE_XDP);", "6.12");

    [Fact]
    public Task CallFrom_TypeItIsOfferedTo_Valid() =>
        Analysis.Statements("_ = Helpers.bpf_skb_load_bytes.CallFrom(bpf_prog_type.BPF_PROG_TYPE_SCHED_CLS); _ = Kfuncs.bpf_get_file_xattr.CallFrom(btfId: 1, programType: bpf_prog_type.BPF_PROG_TYPE_LSM);", "6.12");

    [Fact]
    public Task CallFrom_TypeThatIsNotConstant_Valid() => Analysis.Statements("_ = Helpers.bpf_skb_load_bytes.CallFrom((bpf_prog_type)number);", "6.12");

    [Fact]
    public Task CallFrom_KfuncByNameOfTheArgument_Invalid() =>
        Analysis.Statements("_ = {|BPFK0006:Kfuncs.bpf_get_file_xattr|}.CallFrom(btfId: 1, programType: bpf_prog_type.BPF_PROG_TYPE_XDP);", "6.12");

    [Fact]
    public async Task Message_SaysToWhomSinceWhen()
    {
        Assert.Equal(["BPFK0006: 'Kfuncs.bpf_key_put' is reachable on Linux 6.17, which does not offer it to programs of type BPF_PROG_TYPE_XDP; offered since 6.18"],
            await Analysis.Messages("_ = Kfuncs.bpf_key_put.CallFrom(bpf_prog_type.BPF_PROG_TYPE_XDP, 1);", "6.17,6.18"));
        Assert.Equal(["BPFK0006: 'Helpers.bpf_skb_load_bytes' is reachable on Linux 6.12, which does not offer it to programs of type BPF_PROG_TYPE_XDP; no release known here does"],
            await Analysis.Messages("_ = Helpers.bpf_skb_load_bytes.CallFrom(bpf_prog_type.BPF_PROG_TYPE_XDP);", "6.12"));
    }
}
