using BpfVerifier.Runtime.Tests.Scalars;

namespace BpfVerifier.Runtime.Tests.Pruning;

/// <summary>A path may end at a remembered state only if that state allowed everything the current one can be.</summary>
public class StatesEqualTests
{
    private const int Rounds = 20_000;

    public static IEnumerable<object[]> Both => Lab.Both;

    [Theory]
    [MemberData(nameof(Both))]
    public void Precise_scalar_covers_every_value_of_an_equal_state(bool modular)
    {
        StatePair pair = new(modular);
        Samples samples = new(1, pair.Changes);
        pair.Used(1);
        int equal = 0;
        for (int i = 0; i < Rounds; i++)
        {
            ulong value = samples.Value();
            pair.Cur.Cur.Regs[1] = samples.Knowing(value);
            pair.Old.Cur.Regs[1] = samples.Knowing(samples.Next(2) == 0 ? value : samples.Value());
            pair.Old.Cur.Regs[1].Precise = true;
            if (!pair.Equal())
                continue;
            equal++;
            Assert.True(Allows(pair.Old.Cur.Regs[1], value));
        }
        // Far more than chance, far from all: both answers were tried.
        Assert.InRange(equal, 100, Rounds - 100);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public void State_equals_its_copy(bool modular)
    {
        StatePair pair = new(modular);
        Samples samples = new(2, pair.Changes);
        for (int regno = 0; regno < FrameState.FramePointer; regno++)
        {
            pair.Used(regno);
            pair.Old.Cur.Regs[regno] = samples.Knowing(samples.Value());
            pair.Old.Cur.Regs[regno].Precise = true;
            pair.Cur.Cur.Regs[regno] = pair.Old.Cur.Regs[regno];
        }
        Assert.True(pair.Equal());
        Assert.True(pair.Equal(Exactness.Exact));
        Assert.True(pair.Equal(Exactness.RangeWithin));
    }

    [Theory]
    [MemberData(nameof(Both))]
    public void Value_nothing_depends_on_may_differ_but_not_its_kind(bool modular)
    {
        StatePair pair = new(modular);
        pair.Used(1);
        pair.Old.Cur.Regs[1].SetUnknownImprecise();
        pair.Old.Cur.Regs[1].SetKnown(1);
        pair.Cur.Cur.Regs[1].SetUnknownImprecise();
        pair.Cur.Cur.Regs[1].SetKnown(2);
        Assert.True(pair.Equal());

        pair.Cur.Cur.Regs[1] = pair.Cur.Cur.Regs[FrameState.FramePointer];
        Assert.False(pair.Equal());
    }

    [Theory]
    [MemberData(nameof(Both))]
    public void Register_nobody_reads_may_hold_anything(bool modular)
    {
        StatePair pair = new(modular);
        pair.Old.Cur.Regs[1].SetUnknownImprecise();
        pair.Old.Cur.Regs[1].SetKnown(1);
        pair.Old.Cur.Regs[1].Precise = true;
        pair.Cur.Cur.Regs[1] = pair.Cur.Cur.Regs[FrameState.FramePointer];
        Assert.True(pair.Equal());
        pair.Used(1);
        Assert.False(pair.Equal());
    }

    [Theory]
    [MemberData(nameof(Both))]
    public void Packet_pointers_of_one_id_stay_of_one_id(bool modular)
    {
        StatePair pair = new(modular);
        for (int regno = 1; regno <= 2; regno++)
        {
            pair.Used(regno);
            ref RegState old = ref pair.Old.Cur.Regs[regno];
            old.SetUnknownImprecise();
            old.Type = RegKind.Packet;
            old.Range = 8;
            old.Id = 7;
            pair.Cur.Cur.Regs[regno] = old;
            pair.Cur.Cur.Regs[regno].Id = 20;
        }
        Assert.True(pair.Equal());
        pair.Cur.Cur.Regs[2].Id = 21;
        Assert.False(pair.Equal());
    }

    [Theory]
    [MemberData(nameof(Both))]
    public void More_packet_proved_readable_is_equal_less_is_not(bool modular)
    {
        StatePair pair = new(modular);
        pair.Used(1);
        ref RegState old = ref pair.Old.Cur.Regs[1];
        old.SetUnknownImprecise();
        old.Type = RegKind.Packet;
        old.Range = 14;
        pair.Cur.Cur.Regs[1] = old;
        pair.Cur.Cur.Regs[1].Range = 34;
        Assert.True(pair.Equal());
        pair.Cur.Cur.Regs[1].Range = 8;
        Assert.False(pair.Equal());
    }

    [Theory]
    [InlineData(SlotType.Misc, SlotType.Zero, true)]
    [InlineData(SlotType.Zero, SlotType.Misc, false)]
    [InlineData(SlotType.Zero, SlotType.Zero, true)]
    [InlineData(SlotType.Zero, SlotType.Invalid, false)]
    [InlineData(SlotType.Invalid, SlotType.Misc, true)]
    internal void Zero_stands_for_unknown_bytes_not_the_reverse(SlotType old, SlotType cur, bool equal)
    {
        StatePair pair = new(modular: false);
        pair.Slots(old, cur);
        Assert.Equal(equal, pair.Equal());
    }

    [Theory]
    [MemberData(nameof(Both))]
    public void What_a_speculative_path_showed_does_not_prune_a_real_one(bool modular)
    {
        StatePair pair = new(modular);
        pair.Cur.Speculative = true;
        Assert.True(pair.Equal());
        (pair.Old.Speculative, pair.Cur.Speculative) = (true, false);
        Assert.False(pair.Equal());
    }

    private static bool Allows(in RegState reg, ulong value) =>
        (value & ~reg.Var.Mask) == reg.Var.Value
        && value >= reg.UMin && value <= reg.UMax && (long)value >= reg.SMin && (long)value <= reg.SMax
        && (uint)value >= reg.U32Min && (uint)value <= reg.U32Max && (int)value >= reg.S32Min && (int)value <= reg.S32Max;
}
