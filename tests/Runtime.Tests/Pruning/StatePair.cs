using BpfVerifier.Runtime.Tests.Scalars;

namespace BpfVerifier.Runtime.Tests.Pruning;

/// <summary>A remembered state and a current one at the same instruction, to be compared.</summary>
internal sealed class StatePair
{
    private readonly Lab _lab;

    public StatePair(bool modular)
    {
        _lab = new Lab(modular);
        Old = _lab.Verification.Pool.Copy(_lab.Verification.State);
        Cur = _lab.Verification.Pool.Copy(_lab.Verification.State);
    }

    public VerifierState Old { get; }

    public VerifierState Cur { get; }

    public Changes Changes => _lab.Changes;

    /// <summary>The walk from the old state read this register.</summary>
    public void Used(int regno)
    {
        if (_lab.Verification.Marks is { } marks)
            marks[LivenessMarks.Reg(Old.Cur, regno)] |= Live.Read64;
        else
            _lab.Verification.Aux[Old.InsnIdx].LiveRegsBefore |= (ushort)(1 << regno);
    }

    /// <summary>The walk from the old state read this slot.</summary>
    public void UsedSlot(int slot)
    {
        if (_lab.Verification.Marks is { } marks)
            marks[LivenessMarks.Slot(Old.Cur, slot)] |= Live.Read64;
    }

    public void Slots(SlotType old, SlotType cur)
    {
        Old.Cur.GrowStack(1);
        Cur.Cur.GrowStack(1);
        Old.Cur.Stack[0].Types = StackSlot.All(old);
        Cur.Cur.Stack[0].Types = StackSlot.All(cur);
        UsedSlot(0);
    }

    public bool Equal(Exactness exactness = Exactness.NotExact) => _lab.Verification.StatesEqual(Old, Cur, exactness);
}
