namespace BpfVerifier.Runtime;

/// <summary>
/// Pruning: at certain instructions the current state is compared with those remembered there. If one stands for it, the
/// path ends; if not, the current state may itself be remembered. When to remember and when to forget are heuristics, and
/// as they decide what is walked, they are the kernel's.
/// </summary>
internal sealed partial class Verification
{
    private const int LongHistory = 40;
    private const int MissesAllowed = 3;
    private const int MissesAllowedAtCheckpoints = 64;

    private ExploredStates? _explored;

    private ExploredStates Explored => _explored ??= new ExploredStates(Insns.Length);

    private enum Comparison
    {
        Miss,
        /// <summary>Of a path still being walked: says nothing, but the walk may be in a loop.</summary>
        MissInLoop,
        Hit,
        /// <summary>Equal to a state whose marks are not complete yet.</summary>
        HitInLoop,
        InfiniteLoop,
    }

    /// <summary>
    /// Looks for a remembered state that stands for the current one (<paramref name="prune"/> becomes true), else
    /// remembers the current one if it is worth it. Releases that do not mark prune points ahead ask at every instruction.
    /// </summary>
    public Errno IsStateVisited(int insnIdx, out bool prune)
    {
        prune = false;
        if (!Changes.HistoryPushedAfterVisit && !Aux[insnIdx].PrunePoint)
        {
            PushJumpOnly(State);
            return Errno.None;
        }
        VerifierState cur = State;
        bool force = IsForced(insnIdx);
        bool add = force || TestStateFreq
            || (JumpsProcessed - PrevJumpsProcessed >= 2 && InsnProcessed - PrevInsnProcessed >= 8);

        int bucket = Explored.Bucket(insnIdx, cur.Cur.CallSite);
        CleanLiveStates(bucket, insnIdx, cur);

        int statesSeen = 0;
        bool incomplete = false;
        VerifierState? before = null;
        for (VerifierState? old = Explored.First(bucket); old is not null;)
        {
            VerifierState? next = old.Next;
            statesSeen++;
            if (old.InsnIdx != insnIdx)
            {
                before = old;
                old = next;
                continue;
            }
            switch (Compare(old, cur, insnIdx, ref incomplete))
            {
                case Comparison.Hit:
                    prune = true;
                    return Hit(old, cur, insnIdx, incomplete);
                case Comparison.HitInLoop:
                    prune = true;
                    incomplete = true;
                    return Hit(old, cur, insnIdx, true);
                case Comparison.InfiniteLoop:
                    return ReportInfiniteLoop(old, cur, insnIdx);
                case Comparison.MissInLoop:
                    // Iterations of a loop seldom resemble each other; remember few of them.
                    if (!force && JumpsProcessed - PrevJumpsProcessed < 20 && InsnProcessed - PrevInsnProcessed < 100)
                        add = false;
                    break;
            }
            if (add)
                old.MissCount++;
            int allowed = Aux[insnIdx].ForceCheckpoint && old.Branches > 0 ? MissesAllowedAtCheckpoints : MissesAllowed;
            if (old.MissCount > (old.HitCount * allowed) + allowed)
                Evict(bucket, before, old);
            else
                before = old;
            old = next;
        }

        if (MaxStatesPerInsn < statesSeen)
            MaxStatesPerInsn = statesSeen;
        if (!add || (!BpfCapable && statesSeen > ComplexityLimitStates))
        {
            if (!Changes.HistoryPushedAfterVisit)
                PushJumpOnly(cur);
            return Errno.None;
        }
        Remember(bucket, insnIdx, cur);
        return Errno.None;
    }

    /// <summary>A state is remembered here whatever the heuristics say.</summary>
    private bool IsForced(int insnIdx) =>
        (TestStateFreq && Changes.TestStateFreqForcesStates)
        || Aux[insnIdx].ForceCheckpoint
        || (Changes.LongHistoryForcesState && State.HistoryCount > LongHistory);

    private Comparison Compare(VerifierState old, VerifierState cur, int insnIdx, ref bool incomplete)
    {
        if (old.Branches != 0)
            return CompareUnfinished(old, cur, insnIdx);
        if (Observer is { WalksEveryPath: true })
            return Comparison.Miss;
        if (Changes.LoopsByScc)
        {
            incomplete = HasIncompleteMarks(old);
            return StatesEqual(old, cur, incomplete ? Exactness.RangeWithin : Exactness.NotExact) ? Comparison.Hit : Comparison.Miss;
        }
        VerifierState? entry = LoopEntry(old);
        bool inLoop = entry is { Branches: > 0 };
        if (!StatesEqual(old, cur, inLoop ? Exactness.RangeWithin : Exactness.NotExact))
            return Comparison.Miss;
        if (inLoop)
            UpdateLoopEntry(cur, entry!);
        return Comparison.Hit;
    }

    /// <summary>
    /// The remembered state is on the current path: an equal state is a loop without end, unless something outside the
    /// state is bound to end it (iterators, callbacks, may_goto).
    /// </summary>
    private Comparison CompareUnfinished(VerifierState old, VerifierState cur, int insnIdx)
    {
        // Another entry into the same asynchronous callback is no loop.
        if (old.Cur.InAsyncCallback && old.Cur.AsyncEntryCount != cur.Cur.AsyncEntryCount)
            return Comparison.MissInLoop;
        ref InsnAux aux = ref Aux[insnIdx];
        if (aux.IsIterNext)
        {
            if (!StatesEqual(old, cur, Exactness.RangeWithin) || !IteratorIsActive(cur))
                return Comparison.MissInLoop;
            return HitUnfinished(old, cur);
        }
        if (Insns[insnIdx].IsMayGoto && old.MayGotoDepth != cur.MayGotoDepth && StatesEqual(old, cur, Exactness.RangeWithin))
            return HitUnfinished(old, cur);
        if (aux.CallsCallback)
        {
            if (!StatesEqual(old, cur, Exactness.RangeWithin))
                return Comparison.MissInLoop;
            return Changes.CallbackCallsAreLoops ? Comparison.HitInLoop : Comparison.Hit;
        }
        return IsInfiniteLoop(old, cur) ? Comparison.InfiniteLoop : Comparison.MissInLoop;
    }

    private Comparison HitUnfinished(VerifierState old, VerifierState cur)
    {
        if (Changes.LoopsByScc)
            return Comparison.HitInLoop;
        UpdateLoopEntry(cur, old);
        return Comparison.Hit;
    }

    /// <summary>The iterator passed in r1 of the next() call the state stands at has not ended.</summary>
    private bool IteratorIsActive(VerifierState state)
    {
        ref RegState reg = ref state.Cur.Regs[1];
        if (reg.Type != RegKind.Stack)
            return false;
        FrameState frame = Func(in reg);
        int slot = (-(reg.Off + (int)reg.Var.Value) - 1) / 8;
        return (uint)slot < (uint)frame.SlotCount && frame.Stack[slot].Spilled.IterState == IterState.Active;
    }

    private bool IsInfiniteLoop(VerifierState old, VerifierState cur)
    {
        Exactness exactness = Changes.InfiniteLoopComparedExactly ? Exactness.Exact : Exactness.NotExact;
        return MaybeLooping(old, cur)
            && StatesEqual(old, cur, exactness)
            && !IteratorDepthsDiffer(old, cur)
            && old.MayGotoDepth == cur.MayGotoDepth
            && old.CallbackUnrollDepth == cur.CallbackUnrollDepth;
    }

    /// <summary>Registers of the innermost frame agree with their ids: a quick test before the full comparison.</summary>
    private static bool MaybeLooping(VerifierState old, VerifierState cur)
    {
        if (old.CurFrame != cur.CurFrame)
            return false;
        RegState[] oldRegs = old.Cur.Regs, curRegs = cur.Cur.Regs;
        for (int i = 0; i < FrameState.RegCount; i++)
            if (!RegState.SameWithIds(in oldRegs[i], in curRegs[i]))
                return false;
        return true;
    }

    /// <summary>An active iterator has moved on between the states, so the loop will end with it.</summary>
    private static bool IteratorDepthsDiffer(VerifierState old, VerifierState cur)
    {
        for (int fr = old.CurFrame; fr >= 0; fr--)
        {
            FrameState frame = old.Frames[fr]!;
            for (int slot = 0; slot < frame.SlotCount; slot++)
            {
                ref StackSlot stack = ref frame.Stack[slot];
                if (stack[0] == SlotType.Iter && stack.Spilled.IterState == IterState.Active
                    && cur.Frames[fr]!.Stack[slot].Spilled.IterDepth != stack.Spilled.IterDepth)
                    return true;
            }
        }
        return false;
    }

    private Errno ReportInfiniteLoop(VerifierState old, VerifierState cur, int insnIdx)
    {
        VerboseLinfo(insnIdx, "; ");
        Log.Write($"infinite loop detected at insn {insnIdx}\n");
        if (Changes.InfiniteLoopPrintsStates)
        {
            Log.Write("cur state:");
            PrintVerifierState(cur, cur.CurFrame, true);
            Log.Write("old state:");
            PrintVerifierState(old, cur.CurFrame, true);
        }
        return Errno.EINVAL;
    }

    /// <summary>The path ends here; what the walk from the equal state needs, this path's checkpoints need as well.</summary>
    private Errno Hit(VerifierState old, VerifierState cur, int insnIdx, bool incomplete)
    {
        old.HitCount++;
        if (Marks is { } marks)
            PropagateLiveness(marks, old, cur);
        if (!Changes.HistoryPushedAfterVisit)
            PushJumpOnly(cur);
        else if (Aux[InsnIdx].JumpPoint)
            PushJmpHistory(cur, 0, 0);
        bool changed = false;
        Errno err = PropagatePrecision(old, cur, ref changed);
        if (err == Errno.None && incomplete && Changes.LoopsByScc)
            err = AddBackEdge(old, insnIdx);
        return err;
    }

    /// <summary>A state that keeps missing is no longer compared. It is freed only when no other can reach it.</summary>
    private void Evict(int bucket, VerifierState? before, VerifierState state)
    {
        Explored.Unlink(bucket, before, state);
        if (Changes.StatesFreedWhenUnreferenced)
        {
            Explored.Evict(state);
            FreeIfUnreferenced(state);
        }
        else if (Marks is { } marks && IsDone(marks, state) && !state.UsedAsLoopEntry)
        {
            Pool.Free(state);
            PeakStates--;
        }
        else
        {
            Explored.Evict(state);
        }
    }

    private void FreeIfUnreferenced(VerifierState state)
    {
        if (!state.InFreeList || state.Branches != 0 || HasIncompleteMarks(state))
            return;
        Explored.Drop(state);
        Pool.Free(state);
    }

    /// <summary>Remembers a copy of the current state, which goes on as its child.</summary>
    private void Remember(int bucket, int insnIdx, VerifierState cur)
    {
        TotalStates++;
        PrevJumpsProcessed = JumpsProcessed;
        PrevInsnProcessed = InsnProcessed;
        // Also before the copy is made: marks count only in checkpoints, and this one shall start without.
        if (BpfCapable)
            MarkAllScalarsImprecise(cur);
        VerifierState checkpoint = Pool.Copy(cur);
        CheckMemory();
        checkpoint.InsnIdx = insnIdx;
        Explored.Add(bucket, checkpoint);
        UpdatePeakStates();
        if (Changes.LoopsByScc)
            EnterScc(checkpoint);
        cur.Parent = checkpoint;
        cur.FirstInsnIdx = insnIdx;
        cur.DfsDepth = checkpoint.DfsDepth + 1;
        cur.HistoryCount = 0;
        if (Marks is { } marks)
            ConnectToCheckpoint(marks, cur, checkpoint);
    }

    private void UpdatePeakStates()
    {
        // Before, peak_states was counted up with every state and down when one was freed early.
        if (Changes.StatesFreedWhenUnreferenced)
            PeakStates = Math.Max(PeakStates, Explored.Count + Explored.EvictedCount + _backEdges);
        else
            PeakStates++;
    }

    /// <summary>Forgets what is dead in the finished states here, once for each.</summary>
    private void CleanLiveStates(int bucket, int insnIdx, VerifierState cur)
    {
        for (VerifierState? old = Explored.First(bucket); old is not null; old = old.Next)
        {
            // Asked for all states of the bucket, since asking also shortens links between loop entries.
            if (old.Branches != 0 || (!Changes.LoopsByScc && LoopEntry(old) is { Branches: > 0 }))
                continue;
            if (old.InsnIdx != insnIdx || !SameCallSites(old, cur))
                continue;
            if (Marks is { } marks)
            {
                CleanByMarks(marks, old);
            }
            else if (!old.Cleaned && !HasIncompleteMarks(old))
            {
                CleanByLiveness(old);
            }
        }
    }

    public static bool SameCallSites(VerifierState a, VerifierState b)
    {
        if (a.CurFrame != b.CurFrame)
            return false;
        for (int fr = a.CurFrame; fr >= 0; fr--)
            if (a.Frames[fr]!.CallSite != b.Frames[fr]!.CallSite)
                return false;
        return true;
    }

    /// <summary>
    /// The state remembered at the same instruction in an earlier iteration of the loop <paramref name="cur"/> is in, null
    /// if there is none.
    /// </summary>
    public VerifierState? FindPrevEntry(VerifierState? cur, int insnIdx)
    {
        if (cur is null)
            return null;
        // The bucket is that of the current state, as in the kernel.
        int bucket = Explored.Bucket(insnIdx, State.Cur.CallSite);
        for (VerifierState? old = Explored.First(bucket); old is not null; old = old.Next)
            if (old.InsnIdx == insnIdx && old.Branches != 0 && SameCallSites(old, cur) && old.DfsDepth < cur.DfsDepth)
                return old;
        return null;
    }

    /// <summary>A path from <paramref name="state"/> ended: its checkpoints have one less to walk, and those with none left are finished.</summary>
    public Errno UpdateBranchCounts(VerifierState? state)
    {
        bool remembered = false;
        while (state is not null)
        {
            if (--state.Branches != 0)
                return Errno.None;
            VerifierState? parent = state.Parent;
            if (Changes.LoopsByScc)
            {
                Errno err = ExitScc(state);
                if (err != Errno.None)
                    return err;
            }
            else if (parent is not null && state.LoopEntry is { } entry)
            {
                UpdateLoopEntry(parent, entry);
            }
            if (remembered && Changes.StatesFreedWhenUnreferenced)
                FreeIfUnreferenced(state);
            state = parent;
            remembered = true;
        }
        return Errno.None;
    }

    /// <summary>Forgets all remembered states: one function is walked, the next begins.</summary>
    public void FreeStates()
    {
        FreeSccVisits();
        _explored?.Release(Pool);
    }
}
