namespace BpfVerifier.Runtime;

/// <summary>What a path did with a register or slot after a checkpoint (releases that find liveness while walking).</summary>
[Flags]
internal enum Live : byte
{
    None = 0,
    Read32 = 1,
    Read64 = 2,
    Read = Read32 | Read64,
    Written = 4,
    /// <summary>No further reads can come: every path from the checkpoint is walked.</summary>
    Done = 8,
}

/// <summary>
/// Read and write marks of registers and stack slots with the link to the same place in the parent checkpoint. Kept
/// apart from <see cref="RegState"/> because marks belong to a place, not to the value that is copied between places.
/// A handle names one place: a frame's block starts at <see cref="FrameState.Marks"/>, registers first, then slots.
/// </summary>
internal sealed class LivenessMarks
{
    public const int BlockSize = FrameState.RegCount + FrameState.MaxSlots;

    private readonly Stack<int> _free = new();
    private Live[] _live = new Live[1 + (BlockSize * 16)];
    private int[] _parent = new int[1 + (BlockSize * 16)];
    private int _next = 1;

    /// <summary>Bytes held.</summary>
    public long Bytes => _live.Length * (sizeof(Live) + sizeof(int));

    public ref Live this[int handle] => ref _live[handle];

    /// <summary>Handle of the same place in the parent checkpoint, 0 if there is none.</summary>
    public ref int Parent(int handle) => ref _parent[handle];

    public static int Reg(FrameState frame, int regno) => frame.Marks + regno;

    public static int Slot(FrameState frame, int slot) => frame.Marks + FrameState.RegCount + slot;

    /// <summary>A block without marks and parents.</summary>
    public int Allocate()
    {
        if (!_free.TryPop(out int block))
        {
            block = _next;
            _next += BlockSize;
            if (_next > _live.Length)
            {
                Array.Resize(ref _live, _live.Length * 2);
                Array.Resize(ref _parent, _parent.Length * 2);
            }
        }
        _live.AsSpan(block, BlockSize).Clear();
        _parent.AsSpan(block, BlockSize).Clear();
        return block;
    }

    public void Free(int block)
    {
        if (block != 0)
            _free.Push(block);
    }

    public void Copy(int from, int to)
    {
        _live.AsSpan(from, BlockSize).CopyTo(_live.AsSpan(to));
        _parent.AsSpan(from, BlockSize).CopyTo(_parent.AsSpan(to));
    }

    /// <summary>Gives one place the marks and the parent of another.</summary>
    public void CopyPlace(int from, int to) => (_live[to], _parent[to]) = (_live[from], _parent[from]);
}
