namespace BpfVerifier.Runtime;

/// <summary>One register or slot among those known to hold equal scalars.</summary>
internal readonly record struct LinkedPlace(int FrameNo, int Number, bool IsReg);

/// <summary>Up to six <see cref="LinkedPlace"/>s packed into one word: a count in 4 bits, then 10 bits each (frame 3, number 6, register 1).</summary>
internal readonly record struct LinkedPlaces(ulong Bits)
{
    public int Count => (int)(Bits & 0xf);

    public LinkedPlace this[int i]
    {
        get
        {
            int bits = (int)(Bits >> (4 + (10 * i))) & 0x3ff;
            return new LinkedPlace(bits & 7, bits >> 3 & 0x3f, (bits >> 9) != 0);
        }
    }
}

/// <summary>The jump history: which way a state came, recorded where it was not a straight line.</summary>
internal sealed partial class Verification
{
    /// <summary>
    /// Records at the current instruction how it was reached, which stack slot it accesses and which scalars its branch
    /// narrowed. Several records of one instruction become one.
    /// </summary>
    public Errno PushJmpHistory(VerifierState state, int insnFlags, ulong linkedRegs)
    {
        if (_historyEntry >= 0)
        {
            ref JumpHistoryEntry entry = ref state.History[_historyEntry];
            entry.Flags |= insnFlags;
            entry.LinkedRegs = linkedRegs;
            return Errno.None;
        }
        _historyEntry = state.HistoryCount;
        Pool.PushHistory(state, new JumpHistoryEntry(InsnIdx, PrevInsnIdx, insnFlags, linkedRegs));
        return Errno.None;
    }

    /// <summary>Older releases: history is recorded together with the visit, and only at targets of jumps.</summary>
    private void PushJumpOnly(VerifierState state)
    {
        if (Aux[InsnIdx].JumpPoint)
            Pool.PushHistory(state, new JumpHistoryEntry(InsnIdx, PrevInsnIdx, 0, 0));
    }

    /// <summary>
    /// The instruction before <paramref name="idx"/> on the way the state came, with <paramref name="history"/> entries
    /// left; -1 and false at the state's beginning.
    /// </summary>
    private static bool TryStepBack(VerifierState state, ref int idx, ref int history)
    {
        // Coming by the state's first instruction again within one state is a loop; its history is not used up then.
        if (idx == state.FirstInsnIdx && (history == 0 || (history == 1 && state.History[0].Idx == idx)))
            return false;
        if (history > 0 && state.History[history - 1].Idx == idx)
            idx = state.History[--history].PrevIdx;
        else
            idx--;
        return true;
    }
}
