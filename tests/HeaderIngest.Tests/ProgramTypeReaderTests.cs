using BpfVerifier.HeaderIngest.Abi;
using BpfVerifier.HeaderIngest.Emulation;
using BpfVerifier.HeaderIngest.Image;

namespace BpfVerifier.HeaderIngest.Tests;

/// <summary>What a kernel's callbacks are asked and what is made of their answers; the callbacks are written here.</summary>
public class ProgramTypeReaderTests
{
    // Where SyntheticVerifier has these members.
    private const ulong Bits = 0, ExpectedAttachType = 8, Aux = 16, Length = 24, SavedState = 32;

    private readonly SyntheticVerifier _verifier = new();
    private readonly List<string> _unknown = [];
    private readonly SortedDictionary<string, ProgramTypeVariation> _varies = new(StringComparer.Ordinal);

    private SortedDictionary<string, string> Helpers(Func<FakeMachine, ulong[], string?> body)
    {
        (ProgramTypeReader reader, FakeMachine machine, VerifierOps ops) = Reader();
        machine.Implement(_verifier.GetProto, (m, a) => body(m, a) is { } helper ? _verifier.Protos[helper] : 0);
        return reader.HelpersOf(ops, _varies)!;
    }

    private List<ContextAccess> Context(Func<FakeMachine, ulong[], bool> body)
    {
        (ProgramTypeReader reader, FakeMachine machine, VerifierOps ops) = Reader();
        // Only the lowest byte is the answer.
        machine.Implement(_verifier.IsValidAccess, (m, a) => body(m, a) ? 0x101u : 0x100);
        return reader.ContextOf(ops, _varies)!;
    }

    private (ProgramTypeReader, FakeMachine, VerifierOps) Reader()
    {
        KernelFile kernel = _verifier.Kernel.Build();
        var machine = new FakeMachine(kernel);
        var answers = new KernelAnswers(kernel, machine);
        return (new ProgramTypeReader(kernel, machine, answers, SyntheticVerifier.Reader(kernel), _unknown.Add), machine, Assert.Single(VerifierOps.Read(kernel)));
    }

    [Fact]
    public void The_verifiers_table_names_types_and_callbacks()
    {
        (ProgramTypeReader reader, _, VerifierOps ops) = Reader();
        Assert.Equal(("XDP", 1ul, "xdp_verifier_ops"), (ops.Type, ops.Number, ops.Symbol));
        Assert.Equal(["get_func_proto", "is_valid_access"], ops.Callbacks.Keys);
        Assert.Equal([("one", 1), ("three", 3), ("two", 2)], reader.Helpers.Select(h => (h.Key, h.Value)));
    }

    [Fact]
    public void Helpers_are_those_with_a_prototype()
    {
        Assert.Equal([("one", "bpf_one_proto"), ("three", "bpf_two_proto")], Helpers((_, a) => a[0] switch { 1 => "one", 3 => "two", _ => null }).Select(h => (h.Key, h.Value)));
        Assert.Empty(_varies);
        Assert.Empty(_unknown);
    }

    [Fact]
    public void Where_the_attach_type_was_looked_at_every_other_one_is_asked()
    {
        var helpers = Helpers((m, a) => a[0] == 1 ? m.Read(a[1] + ExpectedAttachType, 4) == 2 ? "three" : "one" : a[0] == 2 ? m.Read(a[1] + ExpectedAttachType, 4) == 1 ? "two" : null : null);
        Assert.Equal(["one"], helpers.Keys);
        Assert.Equal(["attach B", "attach C"], _varies.Keys);
        Assert.Equal([("two", "bpf_two_proto")], _varies["attach B"].Helpers!.Select(h => (h.Key, h.Value)));
        Assert.Equal([("one", "bpf_three_proto")], _varies["attach C"].Helpers!.Select(h => (h.Key, h.Value)));
        Assert.Empty(_unknown);
    }

    [Fact]
    public void Sleeping_is_a_bit_among_others()
    {
        Helpers((m, a) => a[0] == 1 && (m.Read(a[1] + Bits, 1) & 2) == 0 ? "one" : null);
        Assert.Equal([("sleepable", "one", null)], _varies.SelectMany(v => v.Value.Helpers!.Select(h => (v.Key, h.Key, h.Value))));
        Assert.Empty(_unknown);
    }

    [Fact]
    public void Capabilities_and_the_lockdown_are_taken_away_one_by_one()
    {
        Helpers((m, a) => a[0] switch
        {
            1 => m.Ask("bpf_token_capable", 0, KernelAnswers.CapPerfmon) != 0 ? "one" : null,
            2 => m.Ask("capable", KernelAnswers.CapBpf) != 0 || m.Ask("capable", KernelAnswers.CapSysAdmin) != 0 ? "two" : null,
            _ => m.Ask("security_locked_down", 1) == 0 ? "three" : null,
        });
        Assert.Equal([("locked down", "three"), ("without BPF", "two"), ("without PERFMON", "one")], _varies.SelectMany(v => v.Value.Helpers!.Select(h => (v.Key, h.Key))));
    }

    [Fact]
    public void What_cannot_be_run_or_rests_on_what_a_running_kernel_changes_is_unknown()
    {
        ulong variable = _verifier.Kernel.Variable("targets", new byte[8]), queue = _verifier.Kernel.Variable("system_wq", new byte[8]), constant = _verifier.Kernel.Constant("table", new byte[8]);
        var helpers = Helpers((m, a) => a[0] switch
        {
            1 => m.Read(variable, 8) == 0 ? "one" : null,
            2 => m.Read(queue, 8) + m.Read(constant, 8) == 0 ? "two" : null,
            _ => throw new InvalidOperationException("no way"),
        });
        Assert.Equal(["two"], helpers.Keys);
        Assert.Equal(["helper one for XDP: depends on the variable targets", "helper three for XDP: no way"], _unknown);
    }

    [Fact]
    public void What_rests_on_anything_else_about_the_program_is_unknown()
    {
        Assert.Empty(Helpers((m, a) => a[0] switch
        {
            1 => m.Read(a[1] + Length, 4) == 0 ? "one" : null,
            2 => m.Read(m.Read(a[1] + Aux, 8) + SavedState, 8) == 0 ? "two" : null,
            _ => null,
        }));
        Assert.Equal(["helper one for XDP: depends on len of the program", "helper two for XDP: depends on aux.saved_state of the program"], _unknown);
    }

    [Fact]
    public void A_condition_whose_answer_is_unsure_leaves_the_others_alone()
    {
        ulong variable = _verifier.Kernel.Variable("targets", new byte[8]);
        var helpers = Helpers((m, a) => a[0] != 1 ? null : m.Read(a[1] + ExpectedAttachType, 4) switch { 1 => m.Read(variable, 8) == 0 ? "two" : null, 2 => null, _ => "one" });
        Assert.Equal(["one"], helpers.Keys);
        Assert.Null(_varies["attach B"].Helpers);
        Assert.Equal(["one"], _varies["attach C"].Helpers!.Keys);
        Assert.Equal(["helpers for XDP (attach B): depends on the variable targets"], _unknown);
    }

    [Fact]
    public void A_prototype_nobody_knows_is_an_error()
    {
        (ProgramTypeReader reader, FakeMachine machine, VerifierOps ops) = Reader();
        machine.Implement(_verifier.GetProto, (_, _) => _verifier.GetProto);
        Assert.Contains("helper one for XDP: no prototype is at xdp_func_proto", Assert.Throws<IngestException>(() => reader.HelpersOf(ops, _varies)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Context_accesses_carry_what_the_callback_wrote_of_them()
    {
        List<ContextAccess> accesses = Context((m, a) =>
        {
            (ulong offset, ulong size, ulong access) = (a[0], a[1], a[2]);
            if (offset == 4 && size == 4 && access == 1)
                m.Write(a[4], BitConverter.GetBytes(2));
            if (offset == 16 && size == 8)
            {
                m.Write(a[4], BitConverter.GetBytes(3 | 1024));
                m.Write(a[4] + 8, BitConverter.GetBytes(0x1234));
                m.Write(a[4] + 16, BitConverter.GetBytes(_verifier.Target));
            }
            if (offset == 8 && size == 2)
                m.Write(a[4] + 8, BitConverter.GetBytes(4));
            return (offset, size, access) is (4, 4, 1) or (16, 8, 1) or (8, 2, 2) or (255, 1, 1);
        });
        Assert.Equal(
            [
                new('r', 4, 4, "PTR_TO_PACKET", 0),
                new('r', 16, 8, "PTR_TO_BTF_ID|PTR_TRUSTED", 0, "task_struct"),
                new('r', 255, 1, "NOT_INIT", 0),
                new('w', 8, 2, "NOT_INIT", 4),
            ],
            accesses);
        Assert.Empty(_varies);
    }

    [Fact]
    public void Context_accesses_that_depend_on_the_attach_type_are_listed_whole_for_each()
    {
        List<ContextAccess> accesses = Context((m, a) => (a[0], a[1], a[2]) is (0, 4, 1) || (a[0], a[1], a[2]) is (4, 4, 1) && m.Read(a[3] + ExpectedAttachType, 4) == 2);
        Assert.Equal([new('r', 0, 4, "NOT_INIT", 0)], accesses);
        Assert.Equal("attach C", Assert.Single(_varies).Key);
        Assert.Equal([new ContextRun('r', 0, 5, 4, 4, "NOT_INIT", 0)], _varies["attach C"].Ctx!);
    }

    [Fact]
    public void Conditions_that_say_the_same_are_joined()
    {
        ProgramTypeVariation Of(string when, string helper) => new() { When = [when], Helpers = new(StringComparer.Ordinal) { [helper] = null } };
        List<ProgramTypeVariation> joined = ProgramTypeVariation.Join([Of("attach A", "x"), Of("attach B", "y"), Of("attach C", "x")]);
        Assert.Equal(["attach A", "attach C"], joined[0].When);
        Assert.Equal(["attach B"], joined[1].When);
    }
}
