using System.Diagnostics.CodeAnalysis;

namespace BpfVerifier.Runtime;

/// <summary>
/// Every register of every frame and every register spilled whole, frame by frame from the outermost:
/// <c>foreach (ref RegState reg in new RegWalk(state, lastByte))</c>.
/// </summary>
/// <param name="state">The state.</param>
/// <param name="lastByte">A slot counts as spilled by its last byte, so that 4-byte spills are met too; else by its first.</param>
internal ref struct RegWalk(VerifierState state, bool lastByte)
{
    private readonly VerifierState _state = state;
    private readonly int _mark = lastByte ? 7 : 0;
    private FrameState _frame = state.Frames[0]!;
    private int _frameNo;
    private int _index = -1;

    [UnscopedRef]
    public RegWalk GetEnumerator() => this;

    public readonly ref RegState Current
    {
        get
        {
            if (_index < FrameState.RegCount)
                return ref _frame.Regs[_index];
            return ref _frame.Stack[_index - FrameState.RegCount].Spilled;
        }
    }

    public bool MoveNext()
    {
        while (true)
        {
            _index++;
            if (_index < FrameState.RegCount)
                return true;
            int slot = _index - FrameState.RegCount;
            if (slot < _frame.SlotCount)
            {
                if (_frame.Stack[slot][_mark] == SlotType.Spill)
                    return true;
                continue;
            }
            if (_frameNo == _state.CurFrame)
                return false;
            _frame = _state.Frames[++_frameNo]!;
            _index = -1;
        }
    }
}
