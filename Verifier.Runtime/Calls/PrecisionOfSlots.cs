namespace BpfVerifier.Runtime;

// Precision asked of a stack slot directly, where a helper reads a number through a pointer.
internal sealed partial class Verification
{
    /// <summary>The walk relies on the exact value of the scalar spilled in that slot.</summary>
    private Errno MarkChainPrecisionSlot(int frameNo, int slot)
    {
        _precision.SetSlot(frameNo, slot);
        bool changed = false;
        return TracePrecision(State, ref changed);
    }
}
