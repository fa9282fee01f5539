namespace BpfVerifier.Runtime;

/// <summary>Where the walk meets <see cref="StackLiveness"/>. All of it does nothing in releases that mark while walking.</summary>
internal sealed partial class Verification
{
    private StackLiveness? _liveness;

    /// <summary>After the control flow graph is known, before the walk.</summary>
    public Errno InitStackLiveness()
    {
        _liveness = Changes.LivenessByDataflow ? new StackLiveness(this) : null;
        return Errno.None;
    }

    /// <summary>The instruction may read slots (one bit each) of a frame.</summary>
    public Errno MarkStackRead(int frameNo, int insnIdx, ulong slotMask)
    {
        _liveness?.MarkRead(frameNo, insnIdx, slotMask);
        return Errno.None;
    }

    /// <summary>The current instruction writes slots of a frame as a whole.</summary>
    public void MarkStackWrite(int frameNo, ulong slotMask) => _liveness?.MarkWrite(frameNo, slotMask);

    /// <summary>Begins an instruction.</summary>
    public Errno ResetStackWriteMarks(int insnIdx)
    {
        _liveness?.BeginWrites(insnIdx);
        return Errno.None;
    }

    /// <summary>Ends an instruction.</summary>
    public Errno CommitStackWriteMarks()
    {
        _liveness?.CommitWrites();
        return Errno.None;
    }

    /// <summary>The state was changed to be in another function than before.</summary>
    public void ResetLiveStackCallchain() => _liveness?.ForgetCurrent();

    /// <summary>A path ended or a function returned: what it did with the stack becomes known to states along it.</summary>
    public Errno UpdateLiveStack()
    {
        _liveness?.Update(State);
        return Errno.None;
    }

    /// <summary>Forgets dead registers and slots of a finished state, so that it equals more states.</summary>
    private void CleanByLiveness(VerifierState state)
    {
        StackLiveness liveness = _liveness!;
        liveness.BeginQuery(state);
        state.Cleaned = true;
        for (int i = 0; i <= state.CurFrame; i++)
        {
            FrameState frame = state.Frames[i]!;
            int live = Aux[FrameInsnIdx(state, i)].LiveRegsBefore;
            for (int regno = 0; regno < FrameState.FramePointer; regno++)
                if ((live >> regno & 1) == 0)
                    frame.Regs[regno].SetNotInit(this);
            for (int slot = 0; slot < frame.SlotCount; slot++)
                if (!liveness.IsAlive(frame.FrameNo, slot))
                    ForgetSlot(ref frame.Stack[slot]);
        }
    }
}
