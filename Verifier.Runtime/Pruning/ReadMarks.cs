namespace BpfVerifier.Runtime;

/// <summary>
/// Liveness found while walking (releases that have it): a read is recorded at the same place of the checkpoint the path
/// grew from, and on up its parents until a write on the way hides it.
/// </summary>
internal sealed partial class Verification
{
    private bool WasRead(int handle) => (Marks![handle] & Live.Read) != 0;

    /// <summary>A register was read; nothing in releases without marks.</summary>
    /// <param name="frame">The frame it belongs to.</param>
    /// <param name="regno">Its number.</param>
    /// <param name="width"><see cref="Live.Read64"/>, or <see cref="Live.Read32"/> when only the low half was.</param>
    public Errno MarkRegRead(FrameState frame, int regno, Live width) => MarkRead(LivenessMarks.Reg(frame, regno), width);

    /// <summary>A stack slot of <paramref name="frame"/> was read; nothing in releases without marks.</summary>
    public Errno MarkSlotRead(FrameState frame, int slot) => MarkRead(LivenessMarks.Slot(frame, slot), Live.Read64);

    /// <summary>
    /// A register value moved between frames together with its history (arguments into a callee, r0 back to the caller):
    /// reads of the copy are reads of what the original came from.
    /// </summary>
    public void MoveRegMarks(FrameState from, int fromRegno, FrameState to, int toRegno) =>
        Marks?.CopyPlace(LivenessMarks.Reg(from, fromRegno), LivenessMarks.Reg(to, toRegno));

    private Errno MarkRead(int place, Live width)
    {
        if (Marks is { } marks)
            MarkReadAbove(marks, place, marks.Parent(place), width, writesHide: true);
        return Errno.None;
    }

    /// <summary>Records a read of <paramref name="place"/> at <paramref name="parent"/> and upwards.</summary>
    /// <param name="marks">All marks.</param>
    /// <param name="place">What was read.</param>
    /// <param name="parent">The place above it.</param>
    /// <param name="width">How much was read.</param>
    /// <param name="writesHide">
    /// A write at <paramref name="place"/> itself hides the read. Not where a finished state's reads are carried over to an
    /// equal one. The link does not tell: the state above a finished one may be gone, and its block be another's.
    /// </param>
    private void MarkReadAbove(LivenessMarks marks, int place, int parent, Live width, bool writesHide)
    {
        int walked = 0;
        while (parent != 0)
        {
            if (writesHide && (marks[place] & Live.Written) != 0)
                break;
            ref Live above = ref marks[parent];
            if ((above & Live.Done) != 0)
                throw NotModeled("read after the last path from a state was walked");
            if ((above & Live.Read) == width || (above & Live.Read64) != 0)
                break;
            above |= width;
            if (width == Live.Read64)
                above &= ~Live.Read32;
            place = parent;
            parent = marks.Parent(place);
            writesHide = true;
            walked++;
        }
        if (LongestMarkReadWalk < walked)
            LongestMarkReadWalk = walked;
    }

    /// <summary>What the walk from <paramref name="old"/> read is read by the equal state <paramref name="cur"/> too.</summary>
    private void PropagateLiveness(LivenessMarks marks, VerifierState old, VerifierState cur)
    {
        for (int i = 0; i <= old.CurFrame; i++)
        {
            FrameState oldFrame = old.Frames[i]!, curFrame = cur.Frames[i]!;
            // Of a caller's registers only r6 to r9 outlive the call.
            for (int regno = i < old.CurFrame ? 6 : 0; regno < FrameState.FramePointer; regno++)
                PropagateReads(marks, LivenessMarks.Reg(oldFrame, regno), LivenessMarks.Reg(curFrame, regno));
            int slots = Math.Min(oldFrame.SlotCount, curFrame.SlotCount);
            for (int slot = 0; slot < slots; slot++)
                PropagateReads(marks, LivenessMarks.Slot(oldFrame, slot), LivenessMarks.Slot(curFrame, slot));
        }
    }

    private void PropagateReads(LivenessMarks marks, int old, int cur)
    {
        Live had = marks[cur] & Live.Read, reads = marks[old] & Live.Read;
        if (had != Live.Read64 && reads != Live.None && had != reads)
            MarkReadAbove(marks, old, cur, reads, writesHide: false);
    }

    /// <summary>The current state continues from a checkpoint just made of it: what it reads from now on, the checkpoint needs.</summary>
    private static void ConnectToCheckpoint(LivenessMarks marks, VerifierState cur, VerifierState checkpoint)
    {
        for (int i = 0; i <= cur.CurFrame; i++)
        {
            FrameState frame = cur.Frames[i]!, above = checkpoint.Frames[i]!;
            for (int regno = 0; regno < FrameState.FramePointer; regno++)
            {
                int place = LivenessMarks.Reg(frame, regno);
                // A caller's r1 to r5 stay linked to the call; r0 comes back from the callee with its own links.
                if (i == cur.CurFrame || regno >= 6)
                    marks.Parent(place) = LivenessMarks.Reg(above, regno);
                marks[place] = Live.None;
            }
            for (int slot = 0; slot < frame.SlotCount; slot++)
            {
                int place = LivenessMarks.Slot(frame, slot);
                marks.Parent(place) = LivenessMarks.Slot(above, slot);
                marks[place] = Live.None;
            }
        }
    }

    /// <summary>Forgets what nobody read in a state all of whose paths are walked, so that it equals more states.</summary>
    private void CleanByMarks(LivenessMarks marks, VerifierState state)
    {
        if (IsDone(marks, state))
            return;
        for (int i = 0; i <= state.CurFrame; i++)
        {
            FrameState frame = state.Frames[i]!;
            for (int regno = 0; regno < FrameState.FramePointer; regno++)
            {
                int place = LivenessMarks.Reg(frame, regno);
                if (!WasRead(place))
                    frame.Regs[regno].SetNotInit(this);
                marks[place] |= Live.Done;
            }
            for (int slot = 0; slot < frame.SlotCount; slot++)
            {
                int place = LivenessMarks.Slot(frame, slot);
                if (!WasRead(place))
                    ForgetSlot(ref frame.Stack[slot]);
                marks[place] |= Live.Done;
            }
        }
    }

    private static bool IsDone(LivenessMarks marks, VerifierState state) =>
        (marks[LivenessMarks.Reg(state.Frames[0]!, 0)] & Live.Done) != 0;

    private void ForgetSlot(ref StackSlot slot)
    {
        slot.Spilled.SetNotInit(this);
        slot.Types = 0;
    }
}
