using Xunit;

namespace BpfVerifier.Analyzers.Tests.KernelUse;

/// <summary>Symbols that a target does not have, beside such as all have.</summary>
public class PresenceTests
{
    [Fact]
    public Task Helper_OfAllTargets_Valid() => Analysis.Statements("_ = Helpers.bpf_map_lookup_elem;");

    [Fact]
    public Task Helper_NewerThanOldestTarget_Invalid() => Analysis.Statements("_ = {|BPFK0001:Helpers.bpf_loop|};");

    [Fact]
    public Task Helper_NewerThanNoTarget_Valid() => Analysis.Statements("_ = Helpers.bpf_loop;", "6.1,6.12");

    [Fact]
    public Task Kfunc_NewerThanOldestTarget_Invalid() => Analysis.Statements("_ = {|BPFK0001:Kfuncs.bpf_stream_vprintk|}.Name;", "6.12");

    [Fact]
    public Task Kfunc_RemovedInATarget_Invalid() => Analysis.Statements("_ = {|BPFK0002:Kfuncs.bpf_kfunc_call_test1|};", "6.1,6.12");

    [Fact]
    public Task Kfunc_WithTargetsOnBothSidesOfItsLife_Invalid() => Analysis.Statements("_ = {|BPFK0001,BPFK0002:Kfuncs.bpf_kfunc_call_test1|};", "5.10,6.1,6.12");

    [Fact]
    public Task Kfunc_BeforeItsRemoval_Valid() => Analysis.Statements("_ = Kfuncs.bpf_kfunc_call_test1;", "6.1");

    [Fact]
    public Task Kfunc_InTheGapBeforeItCameBack_Invalid() => Analysis.Statements("_ = {|BPFK0001:Kfuncs.bpf_stream_vprintk|};", "6.17,6.18");

    [Fact]
    public Task Kfunc_AfterItCameBack_Valid() => Analysis.Statements("_ = Kfuncs.bpf_stream_vprintk;", "7.0,7.1");

    [Fact]
    public Task Enumerator_NewerThanOldestTarget_Invalid() => Analysis.Statements("var type = {|BPFK0001:bpf_map_type.BPF_MAP_TYPE_ARENA|};");

    [Fact]
    public Task Enumerator_BehindACast_Invalid() => Analysis.Statements("bpf_attr a = default; a.map_type = (uint){|BPFK0001:bpf_map_type.BPF_MAP_TYPE_ARENA|};");

    [Fact]
    public Task Enumerator_ThatIsOnlyCompared_Valid() =>
        Analysis.Statements("var t = (bpf_map_type)number; _ = t == bpf_map_type.BPF_MAP_TYPE_ARENA || t is bpf_map_type.BPF_MAP_TYPE_ARENA; switch (t) { case bpf_map_type.BPF_MAP_TYPE_ARENA: break; }");

    [Fact]
    public Task Field_NewerThanOldestTarget_Invalid() => Analysis.Statements("bpf_attr a = default; {|BPFK0001:a.prog_token_fd|} = 3; a.prog_type = 1;");

    [Fact]
    public Task Field_InAnInitializer_Invalid() => Analysis.Statements("var a = new bpf_attr { {|BPFK0001:prog_token_fd|} = 3, prog_type = 1 };");

    [Fact]
    public Task Field_OfANestedType_Invalid() => Analysis.Statements("bpf_attr a = default; {|BPFK0001:a.link_create.kprobe_multi|} = default; a.link_create.prog_fd = 1;");

    [Fact]
    public Task Field_OfATypeThatIsNewer_Invalid() => Analysis.Statements("bpf_token_info i = default; {|BPFK0001:i.allowed_cmds|} = 3;");

    [Fact]
    public Task Type_AsTypeArgument_Invalid() => Analysis.Statements("_ = {|BPFK0001:Unsafe.SizeOf<bpf_token_info>()|};");

    [Fact]
    public Task Constant_NewerThanOldestTarget_Invalid() => Analysis.Statements("int flag = {|BPFK0001:Bpf.BPF_F_TEST_REG_INVARIANTS|};");

    [Fact]
    public Task Constant_AsDefaultOfAConstant_Invalid() => Analysis.Members("const int Flag = {|BPFK0001:Bpf.BPF_F_TEST_REG_INVARIANTS|};");

    [Fact]
    public Task Nameof_Valid() => Analysis.Statements("_ = nameof(Helpers.bpf_loop);");

    [Fact]
    public Task AttributeArgument_Valid() => Analysis.Source("[ForProgramType(bpf_prog_type.BPF_PROG_TYPE_NETFILTER)] class C { }");

    [Fact]
    public Task Everywhere_InOneMember_Invalid() => Analysis.Members("""
        HelperDescriptor _field = {|BPFK0001:Helpers.bpf_loop|};
        HelperDescriptor Property => {|BPFK0001:Helpers.bpf_loop|};
        HelperDescriptor Auto { get; } = {|BPFK0001:Helpers.bpf_loop|};
        C() : this({|BPFK0001:Helpers.bpf_loop|}) { _ = {|BPFK0001:Helpers.bpf_loop|}; }
        C(HelperDescriptor h) { }
        int this[int i] { get { _ = {|BPFK0001:Helpers.bpf_loop|}; return 0; } }
        void Parameter(uint u = (uint){|BPFK0001:bpf_map_type.BPF_MAP_TYPE_ARENA|}) { }
        """);

    [Fact]
    public Task WithoutTargets_Valid() => Analysis.Statements("_ = Helpers.bpf_loop;", "");

    [Fact]
    public Task BetweenKnownReleases_WhereNobodyLooked_Unknown() => Analysis.Statements("_ = {|BPFK0012:Helpers.bpf_loop|};", "5.15,6.1");

    [Fact]
    public Task OlderThanTheOldestRelease_Unknown() => Analysis.Statements("_ = {|BPFK0012:Helpers.bpf_map_lookup_elem|};", "4.19");

    [Fact]
    public Task BetweenReleasesThatBothHaveIt_Valid() => Analysis.Statements("_ = Helpers.bpf_loop;", "6.6,6.12");

    [Fact]
    public async Task Message_SaysFromWhereAndSinceWhen()
    {
        Assert.Equal(["BPFK0001: 'Helpers.bpf_loop' is reachable on Linux 5.10; it is there since 6.1 (not in 5.10; between them unknown)"], await Analysis.Messages("_ = Helpers.bpf_loop;", "5.10,6.1"));
        Assert.Equal(["BPFK0002: 'Kfuncs.bpf_kfunc_call_test1' is reachable on Linux 6.12, 6.16 to 6.18; it is not there any more since 6.12 (not in 6.1; between them unknown)"],
            await Analysis.Messages("_ = Kfuncs.bpf_kfunc_call_test1;", "6.1,6.12,6.16-6.18"));
        Assert.Equal(["BPFK0012: 'Helpers.bpf_loop' is reachable on Linux 5.15, of which it is not known whether it has it; it is there since 6.1 (not in 5.10; between them unknown)"], await Analysis.Messages("_ = Helpers.bpf_loop;", "5.15"));
    }
}
