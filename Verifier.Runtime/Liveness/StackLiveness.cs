namespace BpfVerifier.Runtime;

/// <summary>
/// Which stack slots may still be read, found by data flow (releases that do so): the walk records for every instruction,
/// under every chain of calls, what it reads and writes; before a state is cleaned, these marks are carried backwards
/// through the functions on its chain, and from a function's entry to the call.
/// </summary>
internal sealed class StackLiveness(Verification verification)
{
    private const int Buckets = 256;

    private readonly FunctionInstance?[] _instances = new FunctionInstance?[Buckets];
    /// <summary>Instance the current state is in; null when not known.</summary>
    private FunctionInstance? _current;
    /// <summary>Slots written so far by the instruction being walked, by frame.</summary>
    private readonly ulong[] _written = new ulong[VerifierState.MaxFrames];
    private int _writingInsn;
    private readonly int[] _chain = new int[VerifierState.MaxFrames];
    private readonly int[] _subprogs = new int[VerifierState.MaxFrames];
    private readonly FunctionInstance[] _queried = new FunctionInstance[VerifierState.MaxFrames];
    private int _queriedFrame;
    private int _queriedInsn;

    /// <summary>Bytes held, a close estimate.</summary>
    public long Bytes { get; private set; }

    /// <summary>The state is now in another function.</summary>
    public void ForgetCurrent() => _current = null;

    public void MarkRead(int frame, int insnIdx, ulong slots) => MarkRead(Current(), frame, insnIdx, slots);

    /// <summary>Begins to collect the writes of an instruction.</summary>
    public void BeginWrites(int insnIdx) => BeginWrites(Current(), insnIdx);

    public void MarkWrite(int frame, ulong slots) => _written[frame] |= slots;

    /// <summary>The instruction is done: it writes what it wrote on all paths so far. Nothing if it changed functions.</summary>
    public void CommitWrites()
    {
        if (_current is { } instance)
            CommitWrites(instance);
    }

    /// <summary>Carries all marks on the current chain of calls through, so that states on it can be asked about.</summary>
    public void Update(VerifierState state)
    {
        _current = null;
        for (int frame = state.CurFrame; frame >= 0; frame--)
        {
            FunctionInstance instance = Lookup(state, frame);
            if (!instance.Updated)
                continue;
            Propagate(instance);
            instance.Updated = false;
            instance.WritesDropped = false;
        }
    }

    /// <summary>Prepares for <see cref="IsAlive"/> questions about a state.</summary>
    public void BeginQuery(VerifierState state)
    {
        for (int frame = 0; frame <= state.CurFrame; frame++)
            _queried[frame] = Lookup(state, frame);
        _queriedFrame = state.CurFrame;
        _queriedInsn = state.InsnIdx;
    }

    /// <summary>
    /// A slot may be read: from where the innermost function stands, or in a function further out after the call (before
    /// it, where the call may run its callback once more).
    /// </summary>
    public bool IsAlive(int frame, int slot)
    {
        FunctionInstance innermost = _queried[_queriedFrame];
        if (innermost.IsLiveBefore(frame, _queriedInsn, slot))
            return true;
        for (int i = frame; i < _queriedFrame; i++)
        {
            int site = innermost.CallSites[i];
            if (!verification.Aux[site].CallsCallback)
                site++;
            if (_queried[i].IsLiveBefore(frame, site, slot))
                return true;
        }
        return false;
    }

    private FunctionInstance Current() => _current ??= Lookup(verification.State, verification.State.CurFrame);

    private FunctionInstance Lookup(VerifierState state, int frame)
    {
        for (int i = 0; i <= frame; i++)
        {
            _subprogs[i] = state.Frames[i]!.SubprogNo;
            if (i < frame)
                _chain[i] = state.Frames[i + 1]!.CallSite;
        }
        return Lookup(_chain.AsSpan(0, frame), _subprogs.AsSpan(0, frame + 1));
    }

    private FunctionInstance Lookup(ReadOnlySpan<int> callSites, ReadOnlySpan<int> subprogs)
    {
        int subprog = subprogs[^1];
        uint hash = (uint)subprog;
        foreach (int site in callSites)
            hash = (hash * 31) + (uint)site;
        hash = (hash ^ (hash >> 8) ^ (hash >> 16)) % Buckets;
        for (FunctionInstance? found = _instances[hash]; found is not null; found = found.Next)
            if (found.IsFor(callSites, subprog))
                return found;
        int start = verification.Subprogs[subprog].Start;
        int count = verification.Subprogs[subprog + 1].Start - start;
        Grow(count + 300);
        var instance = new FunctionInstance(callSites.ToArray(), subprogs.ToArray(), start, count) { Next = _instances[hash] };
        _instances[hash] = instance;
        return instance;
    }

    private void Grow(long bytes)
    {
        Bytes += bytes;
        if (Bytes > verification.Options.MemoryLimit)
            throw new BoundReachedException($"memory limit of {verification.Options.MemoryLimit} bytes");
    }

    private ref SlotMasks MasksFor(FunctionInstance instance, int frame, int insnIdx)
    {
        if (instance.Frames[frame] is null)
        {
            Grow(instance.InsnCount * 32L);
            instance.Frames[frame] = new SlotMasks[instance.InsnCount];
        }
        return ref instance.Masks(frame, insnIdx);
    }

    private void MarkRead(FunctionInstance instance, int frame, int insnIdx, ulong slots)
    {
        ref SlotMasks masks = ref MasksFor(instance, frame, insnIdx);
        if ((slots & ~masks.MayRead) == 0)
            return;
        masks.MayRead |= slots;
        if ((masks.MayRead & ~masks.LiveBefore) != 0)
            instance.Updated = true;
    }

    private void BeginWrites(FunctionInstance instance, int insnIdx)
    {
        _writingInsn = insnIdx;
        Array.Clear(_written, 0, instance.Depth + 1);
    }

    private void CommitWrites(FunctionInstance instance)
    {
        int idx = _writingInsn - instance.Start;
        if ((uint)idx >= (uint)instance.InsnCount)
            throw Verification.NotModeled("instruction that ends in another function than it began in");
        bool known = instance.WritesKnown[idx];
        for (int frame = 0; frame <= instance.Depth; frame++)
        {
            ulong slots = _written[frame];
            if (slots == 0 && !known)
                continue;
            ref SlotMasks masks = ref MasksFor(instance, frame, _writingInsn);
            ulong before = masks.MustWrite;
            if (known)
                slots &= before;
            if (before != slots)
            {
                masks.MustWrite = slots;
                instance.Updated = true;
            }
            if ((before & ~slots) != 0)
                instance.WritesDropped = true;
        }
        instance.WritesKnown[idx] = true;
    }

    /// <summary>Carries an instance's marks backwards until nothing changes, then those of outer frames on to the call.</summary>
    private void Propagate(FunctionInstance instance)
    {
        if (instance.WritesDropped)
            ForgetWritesBelow(instance);
        int subprog = instance.Subprogs[^1];
        ReadOnlySpan<int> order = verification.Postorder.AsSpan(
            verification.Subprogs[subprog].PostorderStart..verification.Subprogs[subprog + 1].PostorderStart);
        int rounds = 0;
        bool changed;
        do
        {
            rounds++;
            changed = false;
            for (int frame = 0; frame <= instance.Depth; frame++)
            {
                if (instance.Frames[frame] is null)
                    continue;
                foreach (int insnIdx in order)
                    changed |= PropagateInsn(instance, frame, insnIdx);
            }
        }
        while (changed);
        if (verification.Log.Level2)
        {
            PrintChain(instance);
            verification.Log.Write($" live stack update done in {rounds} iterations\n");
        }
        if (instance.Depth > 0)
            PropagateToCall(instance);
    }

    /// <summary>Sets of sure writes only grow while they are carried; after one shrank they start over.</summary>
    private static void ForgetWritesBelow(FunctionInstance instance)
    {
        foreach (SlotMasks[]? masks in instance.Frames)
            for (int i = 0; i < masks?.Length; i++)
                masks[i].MustWriteBelow = 0;
    }

    private bool PropagateInsn(FunctionInstance instance, int frame, int insnIdx)
    {
        verification.CountWork();
        Successors successors = Successors.Of(verification.Insns, insnIdx);
        if (successors.Count == 0)
            return false;
        ref SlotMasks masks = ref instance.Masks(frame, insnIdx);
        ref SlotMasks next = ref instance.Masks(frame, successors[0]);
        ulong liveAfter = next.LiveBefore, writes = next.MustWriteBelow;
        if (successors.Count > 1)
        {
            next = ref instance.Masks(frame, successors[1]);
            liveAfter |= next.LiveBefore;
            writes &= next.MustWriteBelow;
        }
        writes |= masks.MustWrite;
        ulong live = (liveAfter & ~masks.MustWrite) | masks.MayRead;
        if (live == masks.LiveBefore && writes == masks.MustWriteBelow)
            return false;
        if (verification.Log.Level2 && (masks.MayRead != 0 || masks.MustWrite != 0 || insnIdx == instance.Start || verification.Aux[insnIdx].PrunePoint))
        {
            PrintChange(instance, "live", frame, insnIdx, masks.LiveBefore, live);
            PrintChange(instance, "written", frame, insnIdx, masks.MustWriteBelow, writes);
        }
        masks.LiveBefore = live;
        masks.MustWriteBelow = writes;
        return true;
    }

    /// <summary>What a function does with its callers' slots, the call does.</summary>
    private void PropagateToCall(FunctionInstance instance)
    {
        int depth = instance.Depth;
        int site = instance.CallSites[depth - 1];
        FunctionInstance outer = Lookup(instance.CallSites.AsSpan(0, depth - 1), instance.Subprogs.AsSpan(0, depth));
        BeginWrites(outer, site);
        for (int frame = 0; frame < depth; frame++)
        {
            if (instance.Frames[frame] is null)
                continue;
            ref SlotMasks entry = ref instance.Masks(frame, instance.Start);
            _written[frame] |= entry.MustWriteBelow;
            MarkRead(outer, frame, site, entry.LiveBefore);
        }
        CommitWrites(outer);
    }

    private void PrintChain(FunctionInstance instance)
    {
        VerifierLog log = verification.Log;
        log.Write('(');
        foreach (int site in instance.CallSites)
            log.Write($"{site},");
        log.Write($"{instance.Start})");
    }

    private void PrintChange(FunctionInstance instance, string what, int frame, int insnIdx, ulong before, ulong after)
    {
        if (before == after)
            return;
        VerifierLog log = verification.Log;
        PrintChain(instance);
        log.Write($" frame {frame} insn {insnIdx} ");
        if ((after & ~before) != 0)
        {
            log.Write($"+{what} ");
            PrecisionMasks.PrintSlots(log, after & ~before);
            log.Write(' ');
        }
        if ((before & ~after) != 0)
        {
            log.Write($"-{what} ");
            PrecisionMasks.PrintSlots(log, before & ~after);
        }
        log.Write('\n');
    }
}
