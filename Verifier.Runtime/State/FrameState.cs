namespace BpfVerifier.Runtime;

/// <summary>Inclusive range a callback or program may return, in the width the release checks.</summary>
internal readonly record struct ReturnRange(int Min, int Max);

/// <summary>One function's registers and stack. Pooled: see <see cref="StatePool"/>.</summary>
internal sealed class FrameState
{
    public const int RegCount = 11;
    public const int FramePointer = 10;
    public const int MaxSlots = 64;

    /// <summary>r0 to r10.</summary>
    public readonly RegState[] Regs = new RegState[RegCount];

    /// <summary>Stack slots; slot i covers bytes [-8(i+1), -8i) below the frame pointer.</summary>
    public StackSlot[] Stack = [];
    /// <summary>Stack in use, in slots.</summary>
    public int SlotCount;

    /// <summary>Instruction of the call that made this frame; <see cref="MainFrame"/> for the program itself.</summary>
    public int CallSite;
    public int FrameNo;
    public int SubprogNo;
    /// <summary>Counts entries into an asynchronous callback, so that its states are not equal to the ones before.</summary>
    public int AsyncEntryCount;
    public ReturnRange CallbackReturnRange;
    public bool InCallback;
    public bool InAsyncCallback;
    public bool InExceptionCallback;
    /// <summary>How often the callback this frame calls has been simulated.</summary>
    public int CallbackDepth;

    /// <summary>References held, in the releases that keep them by frame (see Changes.StateWideReferences).</summary>
    public readonly ReferenceList Refs = new();

    /// <summary>First handle of this frame's block in <see cref="LivenessMarks"/>; 0 in releases that compute liveness ahead.</summary>
    public int Marks;

    public const int MainFrame = -1;

    /// <summary>Bytes of stack in use.</summary>
    public int AllocatedStack => SlotCount * 8;

    public void Reset(int callSite, int frameNo, int subprogNo)
    {
        Array.Clear(Regs);
        SlotCount = 0;
        CallSite = callSite;
        FrameNo = frameNo;
        SubprogNo = subprogNo;
        AsyncEntryCount = 0;
        CallbackReturnRange = default;
        InCallback = InAsyncCallback = InExceptionCallback = false;
        CallbackDepth = 0;
        Refs.Clear();
        Marks = 0;
    }

    /// <summary>Makes room for <paramref name="slots"/> slots; new ones are all <see cref="SlotType.Invalid"/>.</summary>
    public void GrowStack(int slots)
    {
        if (slots <= SlotCount)
            return;
        if (Stack.Length < slots)
            Array.Resize(ref Stack, Math.Min(MaxSlots, Math.Max(slots, Math.Max(4, Stack.Length * 2))));
        Stack.AsSpan(SlotCount, slots - SlotCount).Clear();
        SlotCount = slots;
    }

    /// <summary>Copies everything but <see cref="Marks"/>, whose block belongs to each frame alone.</summary>
    public void CopyFrom(FrameState other)
    {
        other.Regs.AsSpan().CopyTo(Regs);
        if (Stack.Length < other.SlotCount)
            Stack = new StackSlot[other.SlotCount];
        other.Stack.AsSpan(0, other.SlotCount).CopyTo(Stack);
        SlotCount = other.SlotCount;
        CallSite = other.CallSite;
        FrameNo = other.FrameNo;
        SubprogNo = other.SubprogNo;
        AsyncEntryCount = other.AsyncEntryCount;
        CallbackReturnRange = other.CallbackReturnRange;
        InCallback = other.InCallback;
        InAsyncCallback = other.InAsyncCallback;
        InExceptionCallback = other.InExceptionCallback;
        CallbackDepth = other.CallbackDepth;
        Refs.CopyFrom(other.Refs);
    }
}
