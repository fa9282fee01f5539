using BpfVerifier.Facts;
using BpfVerifier.Objects;

namespace BpfVerifier.Drift.Tests;

/// <summary>Known objects on the committed releases.</summary>
public sealed class ObjectDriftTests
{
    private static DriftAnswer Answer(ObjectDrift drift, DriftSubject subject, string name, string kernel) =>
        drift.Items.First(i => i.Subject == subject && i.Name == name).Answers.Single(a => a.Kernel == kernel);

    [Fact]
    public void Kernels_stand_oldest_first_whatever_the_order_asked()
    {
        ObjectDrift drift = DriftComparer.Compare(Kernels.Open("core/field_access.bpf.o"), [.. Kernels.All.Reverse()], new DriftOptions());
        Assert.Equal(Kernels.All.Select(k => k.Name), drift.Kernels);
        Assert.All(drift.Items, item => Assert.Equal(drift.Kernels, item.Answers.Select(a => a.Kernel)));
    }

    [Fact]
    public void A_field_that_moved_is_changed_and_made_up_for()
    {
        ObjectDrift drift = Kernels.Compare("core/field_access.bpf.o");
        foreach ((KernelView before, KernelView kernel) in Kernels.All.Zip(Kernels.All.Skip(1)))
        {
            DriftAnswer answer = Answer(drift, DriftSubject.Core, "struct task_struct.pid", kernel.Name);
            int was = Offset(before), now = Offset(kernel);
            Assert.Equal(was == now ? DriftStatus.Present : DriftStatus.Changed, answer.Status);
            Assert.Equal(DriftImpact.MadeUpFor, answer.Impact);
            Assert.Contains($"offset {now},", answer.Detail, StringComparison.Ordinal);
        }

        static int Offset(KernelView kernel)
        {
            var types = new BtfSymbols(kernel.Types);
            return types.Struct(types.Structs["task_struct"]).Members.Single(m => m.Name == "pid").Offset / 8;
        }
    }

    [Fact]
    public void A_missing_field_breaks_and_a_test_for_it_does_not()
    {
        ObjectDrift drift = Kernels.Compare("core/field_access.bpf.o");
        DriftItem[] missing = [.. drift.Items.Where(i => i.Name == "struct task_struct.no_such_field")];
        Assert.All(missing.Single(i => i.Question == "exists?").Answers, a => Assert.Equal((DriftStatus.Absent, DriftImpact.MadeUpFor), (a.Status, a.Impact)));
        Assert.All(missing.Single(i => i.Question == "offset").Answers, a => Assert.Equal((DriftStatus.Absent, DriftImpact.Breaks), (a.Status, a.Impact)));
        Assert.Equal("missing_field", Assert.Single(missing.Single(i => i.Question == "offset").Answers[0].Programs));
    }

    [Fact]
    public void Uses_carry_the_C_line()
    {
        ObjectDrift drift = Kernels.Compare("helper/availability.bpf.o");
        SourceLine? source = drift.Items.Single(i => i.Name == "bpf_redirect").Uses.Single().Source;
        Assert.NotNull(source);
        string[] lines = File.ReadAllLines(Path.Combine(Kernels.Samples, "helper/availability.bpf.c"));
        Assert.Contains("redirect", lines[source.Line - 1], StringComparison.Ordinal);
        Assert.EndsWith("helper/availability.bpf.c", source.File, StringComparison.Ordinal);
    }

    [Fact]
    public void A_helper_is_absent_only_for_the_programs_that_may_not_call_it()
    {
        ObjectDrift drift = Kernels.Compare("struct_ops/congestion_control.bpf.o");
        DriftAnswer answer = Answer(drift, DriftSubject.Helper, "bpf_setsockopt", Kernels.All[^1].Name);
        Assert.Equal((DriftStatus.Absent, DriftImpact.Breaks), (answer.Status, answer.Impact));
        Assert.Equal(["sets_option_too_late"], answer.Programs);
    }

    [Fact]
    public void An_attach_target_with_other_arguments_differs()
    {
        ObjectDrift drift = Kernels.Compare("core/field_access.bpf.o");
        DriftItem tracepoint = drift.Items.Single(i => i.Subject == DriftSubject.AttachTarget && i.Name == "sched_switch");
        foreach (((KernelView before, KernelView kernel), DriftAnswer answer) in Kernels.All.Zip(Kernels.All.Skip(1)).Zip(tracepoint.Answers.Skip(1)))
        {
            bool differs = Arguments(before) != Arguments(kernel);
            Assert.Equal(differs ? (DriftStatus.Changed, DriftImpact.Differs) : (DriftStatus.Present, DriftImpact.None), (answer.Status, answer.Impact));
        }

        static int Arguments(KernelView kernel) =>
            kernel.Types[kernel.Types[kernel.Types.Find("__bpf_trace_sched_switch", Btf.BtfKind.Func)].TypeId].VLen;
    }

    [Fact]
    public void Without_verdicts_what_is_not_reached_counts_as_needed()
    {
        Assert.Empty(Kernels.Compare("core/field_access.bpf.o", DriftVerdicts.None).Verdicts);
        foreach (string sample in (string[])["core/field_access.bpf.o", "helper/availability.bpf.o"])
        {
            IEnumerable<DriftAnswer> Breaking(DriftVerdicts verdicts) => Kernels.Compare(sample, verdicts).Items.SelectMany(i => i.Answers).Where(a => a.Impact == DriftImpact.Breaks);
            Assert.True(Breaking(DriftVerdicts.None).Count() >= Breaking(DriftVerdicts.WhereNeeded).Count());
        }
    }

    [Fact]
    public void An_object_that_cannot_be_opened_has_a_failure_and_no_items()
    {
        ObjectDrift drift = DriftComparer.Compare(BpfObject.Open(new byte[] { 1, 2, 3 }, "x.o"), Kernels.All, new DriftOptions());
        Assert.NotNull(drift.Object.Failure);
        Assert.Empty(drift.Items);
    }
}
