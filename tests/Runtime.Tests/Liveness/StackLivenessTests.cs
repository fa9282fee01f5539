using BpfVerifier.Runtime.Tests.Scalars;

namespace BpfVerifier.Runtime.Tests.Liveness;

/// <summary>Stack liveness by data flow, on functions whose marks are set by hand.</summary>
public class StackLivenessTests
{
    private const ulong Slot0 = 1;

    /// <summary>0: nothing, 1: nothing, 2: jump to 4 or on, 3: nothing, 4: exit.</summary>
    private static (Verification Verification, StackLiveness Liveness) Diamond()
    {
        Verification verification = new Lab(modular: false).Verification;
        for (int i = 0; i < 4; i++)
            verification.Insns[i] = Lab.Insn(Opcode.Alu64 | Opcode.Mov | Opcode.K, 1);
        verification.Insns[2] = Lab.Insn(Opcode.Jmp | Opcode.Jeq | Opcode.K, 1, off: 1);
        verification.Insns[4] = Lab.Insn(Opcode.Jmp | Opcode.Exit, 0);
        verification.Subprogs = [new SubprogInfo(), new SubprogInfo { Start = 5, PostorderStart = 5 }];
        verification.SubprogCount = 1;
        verification.Postorder = [4, 3, 2, 1, 0];
        return (verification, new StackLiveness(verification));
    }

    private static void Writes(StackLiveness liveness, int insnIdx, ulong slots)
    {
        liveness.BeginWrites(insnIdx);
        liveness.MarkWrite(0, slots);
        liveness.CommitWrites();
    }

    private static bool IsAlive(Verification verification, StackLiveness liveness, int insnIdx)
    {
        verification.State.InsnIdx = insnIdx;
        liveness.BeginQuery(verification.State);
        return liveness.IsAlive(0, 0);
    }

    [Fact]
    public void Slot_is_alive_from_its_write_to_its_read()
    {
        (Verification verification, StackLiveness liveness) = Diamond();
        Writes(liveness, 1, Slot0);
        liveness.MarkRead(0, 3, Slot0);
        liveness.Update(verification.State);
        Assert.Equal([false, false, true, true, false], Enumerable.Range(0, 5).Select(i => IsAlive(verification, liveness, i)));
    }

    [Fact]
    public void Write_that_does_not_always_happen_hides_nothing()
    {
        (Verification verification, StackLiveness liveness) = Diamond();
        Writes(liveness, 1, Slot0);
        Writes(liveness, 1, 0);
        liveness.MarkRead(0, 3, Slot0);
        liveness.Update(verification.State);
        Assert.Equal([true, true, true, true, false], Enumerable.Range(0, 5).Select(i => IsAlive(verification, liveness, i)));
    }

    [Fact]
    public void Later_read_makes_earlier_instructions_alive()
    {
        (Verification verification, StackLiveness liveness) = Diamond();
        liveness.MarkRead(0, 1, Slot0);
        liveness.Update(verification.State);
        Assert.False(IsAlive(verification, liveness, 2));
        liveness.ForgetCurrent();
        liveness.MarkRead(0, 4, Slot0);
        liveness.Update(verification.State);
        // The exit has no successors and is not looked at; what follows a read there is nothing.
        Assert.False(IsAlive(verification, liveness, 4));
        liveness.MarkRead(0, 3, Slot0);
        liveness.Update(verification.State);
        Assert.True(IsAlive(verification, liveness, 2));
    }

    [Fact]
    public void Read_of_a_callers_slot_is_a_read_by_the_call()
    {
        (Verification verification, StackLiveness liveness) = Diamond();
        // Function 1 is instructions 5 and 6, called by instruction 1.
        verification.Insns[5] = Lab.Insn(Opcode.Alu64 | Opcode.Mov | Opcode.K, 1);
        verification.Insns[6] = Lab.Insn(Opcode.Jmp | Opcode.Exit, 0);
        verification.Subprogs = [new SubprogInfo(), new SubprogInfo { Start = 5, PostorderStart = 5 }, new SubprogInfo { Start = 7, PostorderStart = 7 }];
        verification.SubprogCount = 2;
        verification.Postorder = [4, 3, 2, 1, 0, 6, 5];
        VerifierState state = verification.State;
        state.Frames[1] = verification.Pool.NewFrame(1, 1, 1);
        state.CurFrame = 1;

        liveness.MarkRead(0, 5, Slot0);
        liveness.Update(state);

        state.CurFrame = 0;
        Assert.True(IsAlive(verification, liveness, 1));
        Assert.True(IsAlive(verification, liveness, 0));
        Assert.False(IsAlive(verification, liveness, 2));
    }
}
