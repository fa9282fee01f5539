namespace BpfVerifier.Runtime;

/// <summary>What an instruction does with the stack slots of one frame, one bit for each slot.</summary>
internal struct SlotMasks
{
    /// <summary>Slots it may read.</summary>
    public ulong MayRead;
    /// <summary>Slots it writes on every path seen.</summary>
    public ulong MustWrite;
    /// <summary>Slots it or what follows in the function is sure to write.</summary>
    public ulong MustWriteBelow;
    /// <summary>Slots that it or what follows may read before writing them.</summary>
    public ulong LiveBefore;
}

/// <summary>A function called by one particular chain of calls, with the stack use of its instructions.</summary>
internal sealed class FunctionInstance(int[] callSites, int[] subprogs, int start, int insnCount)
{
    /// <summary>Calls that lead here, outermost first.</summary>
    public readonly int[] CallSites = callSites;
    /// <summary>Functions on the chain; the last is this one.</summary>
    public readonly int[] Subprogs = subprogs;
    public readonly int Start = start;
    public readonly int InsnCount = insnCount;
    /// <summary>Masks by frame and instruction; frames nobody touched have none.</summary>
    public readonly SlotMasks[]?[] Frames = new SlotMasks[subprogs.Length][];
    /// <summary>Instructions whose <see cref="SlotMasks.MustWrite"/> has been set once.</summary>
    public readonly bool[] WritesKnown = new bool[insnCount];
    /// <summary>Something was recorded that has not been carried through the function.</summary>
    public bool Updated;
    /// <summary>An instruction was found not to write a slot it was thought to write.</summary>
    public bool WritesDropped;
    /// <summary>Next instance in the same bucket.</summary>
    public FunctionInstance? Next;

    /// <summary>This function's frame number: the depth of the chain.</summary>
    public int Depth => CallSites.Length;

    public bool IsFor(ReadOnlySpan<int> callSites, int subprog) =>
        Subprogs[^1] == subprog && CallSites.AsSpan().SequenceEqual(callSites);

    /// <summary>Masks of an instruction, whose frame must have some.</summary>
    public ref SlotMasks Masks(int frame, int insnIdx) => ref Frames[frame]![insnIdx - Start];

    public bool IsLiveBefore(int frame, int insnIdx, int slot) =>
        Frames[frame] is { } masks && (masks[insnIdx - Start].LiveBefore >> slot & 1) != 0;
}
