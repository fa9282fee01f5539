namespace BpfVerifier.Runtime;

/// <summary>
/// Comparison of states as older releases do it: registers that are the same to the last bit, ids included, are equal at
/// once, and ids are mapped frame by frame.
/// </summary>
internal sealed partial class Verification
{
    private bool StatesEqualBytewise(VerifierState old, VerifierState cur)
    {
        if (old.CurFrame != cur.CurFrame || (old.Speculative && !cur.Speculative) || old.ActiveLockId != cur.ActiveLockId)
            return false;
        for (int i = 0; i <= old.CurFrame; i++)
        {
            FrameState oldFrame = old.Frames[i]!, curFrame = cur.Frames[i]!;
            if (oldFrame.CallSite != curFrame.CallSite || !FramesEqualBytewise(oldFrame, curFrame))
                return false;
        }
        return true;
    }

    private bool FramesEqualBytewise(FrameState old, FrameState cur)
    {
        ResetIdMap();
        for (int i = 0; i < FrameState.RegCount; i++)
            if (!RegSafeBytewise(in old.Regs[i], WasRead(LivenessMarks.Reg(old, i)), in cur.Regs[i]))
                return false;
        for (int spi = 0; spi < old.SlotCount; spi++)
        {
            if (!WasRead(LivenessMarks.Slot(old, spi)) || NothingStored(old.Stack[spi].Types))
                continue;
            if (spi >= cur.SlotCount || !SlotSafeBytewise(in old.Stack[spi], in cur.Stack[spi]))
                return false;
        }
        return old.Refs.Items.SequenceEqual(cur.Refs.Items);
    }

    private bool SlotSafeBytewise(in StackSlot old, in StackSlot cur)
    {
        if (!SlotTypesSafe(old.Types, cur.Types))
            return false;
        return !old.IsSpilled || RegSafeBytewise(in old.Spilled, true, in cur.Spilled);
    }

    private bool RegSafeBytewise(in RegState old, bool oldRead, in RegState cur)
    {
        if (!oldRead)
            return true;
        bool equal = RegState.SameWithIds(in old, in cur);
        if (old.Type == RegKind.Stack)
            return equal && old.FrameNo == cur.FrameNo;
        if (equal || old.Type == RegKind.NotInit)
            return true;
        switch (old.Type.Kind)
        {
            case RegKind.Scalar:
                return !ExploreAluLimits && cur.Type == RegKind.Scalar
                    && (!old.Precise || RegState.ValueWithin(in old, in cur));
            case RegKind.MapKey or RegKind.MapValue when old.Type.MaybeNull:
                return cur.Type.MaybeNull && RegState.SameUpToValue(in old, in cur) && _idMap.CheckOneWay(old.Id, cur.Id);
            case RegKind.MapKey or RegKind.MapValue:
                // Ids tell elements with spin locks apart; what is safe for one element is safe for all.
                return RegState.SameUpToValue(in old, in cur) && RegState.ValueWithin(in old, in cur);
            case RegKind.PacketMeta or RegKind.Packet:
                return cur.Type == old.Type && PacketRangeSafe(in old, in cur) && old.Off == cur.Off
                    && (old.Id == 0 || _idMap.CheckOneWay(old.Id, cur.Id)) && RegState.ValueWithin(in old, in cur);
            default:
                return false;
        }
    }
}
