namespace BpfVerifier.Runtime;

/// <summary>Makes, copies and takes back states, so that the walk allocates nothing once it is warm.</summary>
internal sealed class StatePool(LivenessMarks? marks)
{
    private readonly Stack<VerifierState> _states = new();
    private readonly Stack<FrameState> _frames = new();

    private const int SlotBytes = 136;
    private const int ReferenceBytes = 20;
    private const int HistoryBytes = 24;
    private const int MaxPooledHistory = 1024;

    private long _stateBytes;

    /// <summary>Bytes held by live and pooled states, with their marks, histories and references; a close estimate.</summary>
    public long Bytes => _stateBytes + (marks?.Bytes ?? 0);

    /// <summary>States held at one time at most: one is only made when none is left in the pool.</summary>
    public int MostHeld { get; private set; }

    public FrameState NewFrame(int callSite, int frameNo, int subprogNo)
    {
        FrameState frame = Frame();
        frame.Reset(callSite, frameNo, subprogNo);
        frame.Marks = marks?.Allocate() ?? 0;
        return frame;
    }

    public VerifierState NewState()
    {
        if (_states.TryPop(out VerifierState? state))
            return state;
        _stateBytes += 400;
        MostHeld++;
        return new VerifierState();
    }

    public void Free(FrameState frame)
    {
        marks?.Free(frame.Marks);
        frame.Marks = 0;
        _frames.Push(frame);
    }

    public void Free(VerifierState state)
    {
        for (int i = 0; i < VerifierState.MaxFrames; i++)
        {
            if (state.Frames[i] is { } frame)
                Free(frame);
            state.Frames[i] = null;
        }
        Reset(state);
        // One long path must not leave every pooled state with room for it.
        if (state.History.Length > MaxPooledHistory)
            ResizeHistory(state, 0);
        _states.Push(state);
    }

    /// <summary>Makes a state as new; its frames are left alone.</summary>
    public void Reset(VerifierState state)
    {
        state.Parent = state.LoopEntry = state.EqualState = state.Next = null;
        state.Refs.Clear();
        state.HistoryCount = 0;
        state.CurFrame = state.Branches = state.InsnIdx = state.FirstInsnIdx = state.LastInsnIdx = 0;
        state.ActiveLocks = state.ActiveLockPtr = state.ActivePreemptLocks = state.ActiveRcuLocks = 0;
        state.ActiveLockId = state.ActiveIrqId = 0;
        state.Speculative = state.InSleepable = state.Cleaned = state.UsedAsLoopEntry = state.InFreeList = false;
        state.DfsDepth = state.CallbackUnrollDepth = state.MayGotoDepth = 0;
        state.MissCount = state.HitCount = 0;
    }

    /// <summary>A copy of <paramref name="from"/> with frames, references and locks, its parent link and counters, and the jump history if asked for.</summary>
    public VerifierState Copy(VerifierState from, bool withHistory = true)
    {
        VerifierState to = NewState();
        CopyInto(to, from, withHistory);
        return to;
    }

    public void CopyInto(VerifierState to, VerifierState from, bool withHistory = true)
    {
        for (int i = 0; i < VerifierState.MaxFrames; i++)
        {
            if (i > from.CurFrame)
            {
                if (to.Frames[i] is { } unused)
                    Free(unused);
                to.Frames[i] = null;
                continue;
            }
            FrameState target = to.Frames[i] ??= NewFrame(0, 0, 0);
            FrameState source = from.Frames[i]!;
            long before = VariableBytes(target);
            target.CopyFrom(source);
            _stateBytes += VariableBytes(target) - before;
            marks?.Copy(source.Marks, target.Marks);
        }
        to.CurFrame = from.CurFrame;
        to.Parent = from.Parent;
        to.Branches = from.Branches;
        to.InsnIdx = from.InsnIdx;
        to.FirstInsnIdx = from.FirstInsnIdx;
        to.LastInsnIdx = from.LastInsnIdx;
        to.HistoryCount = 0;
        if (withHistory)
        {
            if (to.History.Length < from.HistoryCount)
                ResizeHistory(to, from.HistoryCount);
            from.History.AsSpan(0, from.HistoryCount).CopyTo(to.History);
            to.HistoryCount = from.HistoryCount;
        }
        _stateBytes -= to.Refs.Capacity * ReferenceBytes;
        to.Refs.CopyFrom(from.Refs);
        _stateBytes += to.Refs.Capacity * ReferenceBytes;
        to.ActiveLocks = from.ActiveLocks;
        to.ActiveLockId = from.ActiveLockId;
        to.ActiveLockPtr = from.ActiveLockPtr;
        to.ActivePreemptLocks = from.ActivePreemptLocks;
        to.ActiveIrqId = from.ActiveIrqId;
        to.ActiveRcuLocks = from.ActiveRcuLocks;
        to.Speculative = from.Speculative;
        to.InSleepable = from.InSleepable;
        to.Cleaned = from.Cleaned;
        to.DfsDepth = from.DfsDepth;
        to.CallbackUnrollDepth = from.CallbackUnrollDepth;
        to.MayGotoDepth = from.MayGotoDepth;
        to.UsedAsLoopEntry = from.UsedAsLoopEntry;
        to.LoopEntry = from.LoopEntry;
        to.EqualState = from.EqualState;
        to.MissCount = to.HitCount = 0;
        to.InFreeList = false;
        to.Next = null;
    }

    public void PushHistory(VerifierState state, in JumpHistoryEntry entry)
    {
        if (state.HistoryCount == state.History.Length)
            ResizeHistory(state, Math.Max(8, state.HistoryCount * 2));
        state.History[state.HistoryCount++] = entry;
    }

    private void ResizeHistory(VerifierState state, int length)
    {
        _stateBytes += (length - state.History.Length) * (long)HistoryBytes;
        Array.Resize(ref state.History, length);
    }

    private static long VariableBytes(FrameState frame) => ((long)frame.Stack.Length * SlotBytes) + ((long)frame.Refs.Capacity * ReferenceBytes);

    private FrameState Frame()
    {
        if (_frames.TryPop(out FrameState? frame))
            return frame;
        _stateBytes += 1700;
        return new FrameState();
    }
}
