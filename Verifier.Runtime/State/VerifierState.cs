namespace BpfVerifier.Runtime;

/// <summary>One entry of the jump history: how the walk came to an instruction, for precision backtracking.</summary>
/// <param name="Idx">Instruction reached.</param>
/// <param name="PrevIdx">Instruction before it.</param>
/// <param name="Flags">Stack access made by <paramref name="Idx"/>: <see cref="InsnHistory"/>.</param>
/// <param name="LinkedRegs">Registers and slots with equal scalars at that point, packed.</param>
internal record struct JumpHistoryEntry(int Idx, int PrevIdx, int Flags, ulong LinkedRegs);

/// <summary>Bits of <see cref="JumpHistoryEntry.Flags"/>.</summary>
internal static class InsnHistory
{
    public const int FrameNoMask = 0x7;
    public const int SlotMask = 0x3f;
    public const int SlotShift = 3;
    public const int StackAccess = 1 << 9;
    public const int DstRegStack = 1 << 10;
    public const int SrcRegStack = 1 << 11;
}

/// <summary>
/// The abstract machine at one instruction: call stack, references, locks, and what pruning needs to know of how it
/// came here. Pooled: see <see cref="StatePool"/>.
/// </summary>
internal sealed class VerifierState
{
    /// <summary>Frames there is room for; how deep calls may nest is <see cref="Verification.MaxCallFrames"/>.</summary>
    public const int MaxFrames = 16;

    public readonly FrameState?[] Frames = new FrameState?[MaxFrames];
    public int CurFrame;
    /// <summary>The checkpoint this state grew from.</summary>
    public VerifierState? Parent;
    /// <summary>Paths from here not yet walked to their end; 0 when the state may be used for pruning.</summary>
    public int Branches;
    public int InsnIdx;
    public int FirstInsnIdx;
    public int LastInsnIdx;

    public JumpHistoryEntry[] History = [];
    public int HistoryCount;

    /// <summary>References, locks and IRQ states held, in releases that keep them state-wide.</summary>
    public readonly ReferenceList Refs = new();
    /// <summary>Held locks: a count (state-wide references) or 0/1.</summary>
    public int ActiveLocks;
    public uint ActiveLockId;
    /// <summary>Identity of the map or object holding the lock, see <see cref="Reference.Ptr"/>.</summary>
    public int ActiveLockPtr;
    public int ActivePreemptLocks;
    public uint ActiveIrqId;
    /// <summary>Depth of RCU read sections: 0 or 1 where the release does not nest them.</summary>
    public int ActiveRcuLocks;

    public bool Speculative;
    public bool InSleepable;
    public bool Cleaned;

    public int DfsDepth;
    public int CallbackUnrollDepth;
    public int MayGotoDepth;

    // Loop detection: by entry state (to 6.16) or by strongly connected components (later).
    public bool UsedAsLoopEntry;
    public VerifierState? LoopEntry;
    public VerifierState? EqualState;

    // Explored-state bookkeeping.
    public int MissCount;
    public int HitCount;
    public bool InFreeList;
    /// <summary>Position in the list of evicted states.</summary>
    public int FreeIndex;
    /// <summary>Next state in the same bucket of <see cref="ExploredStates"/>, or next back edge of the same visit.</summary>
    public VerifierState? Next;

    public FrameState Cur => Frames[CurFrame]!;
}
