namespace BpfVerifier.Runtime;

/// <summary>How much two states may differ and still be called equal.</summary>
internal enum Exactness
{
    /// <summary>The remembered state is finished: what it did not use, and scalars that nothing depended on, may differ.</summary>
    NotExact,
    /// <summary>Everything known must be the same.</summary>
    Exact,
    /// <summary>The remembered state's marks are not final yet: everything is compared, but ranges may be narrower.</summary>
    RangeWithin,
}

internal partial struct RegState
{
    internal const int BytesBeforeValue = 24;

    /// <summary>True when type, fixed offset and the type's own data agree; the value's bounds are not compared.</summary>
    public static bool SameUpToValue(in RegState a, in RegState b) =>
        Bytes(in a)[..BytesBeforeValue].SequenceEqual(Bytes(in b)[..BytesBeforeValue]);

    /// <summary>True when everything but frame and precision agrees, ids by their numbers.</summary>
    public static bool SameWithIds(in RegState a, in RegState b) =>
        a.Id == b.Id && a.RefObjId == b.RefObjId && SameUpToId(in a, in b);

    /// <summary>Every value <paramref name="cur"/> may have is one that <paramref name="old"/> allows, by bounds and by bits.</summary>
    public static bool ValueWithin(in RegState old, in RegState cur) =>
        old.UMin <= cur.UMin && old.UMax >= cur.UMax
        && old.SMin <= cur.SMin && old.SMax >= cur.SMax
        && old.U32Min <= cur.U32Min && old.U32Max >= cur.U32Max
        && old.S32Min <= cur.S32Min && old.S32Max >= cur.S32Max
        && old.Var.Contains(cur.Var);
}

/// <summary>Comparison of single registers: may a remembered state stand for the current one?</summary>
internal sealed partial class Verification
{
    private readonly IdMap _idMap = new();

    /// <summary>Begins a comparison of two states.</summary>
    private void ResetIdMap() => _idMap.Clear(_idGen);

    /// <summary>Same to the last bit, with ids one to one.</summary>
    private bool RegsExact(in RegState old, in RegState cur) =>
        RegState.SameUpToId(in old, in cur) && _idMap.Check(old.Id, cur.Id) && _idMap.Check(old.RefObjId, cur.RefObjId);

    /// <summary>
    /// If the walk is safe from a state with <paramref name="old"/>, it is safe with <paramref name="cur"/> in its place.
    /// <paramref name="oldRead"/> tells whether anything read it after the old state.
    /// </summary>
    private bool RegSafe(in RegState old, bool oldRead, in RegState cur, Exactness exactness)
    {
        if (exactness == Exactness.Exact)
            return RegsExact(in old, in cur);
        bool inexact = exactness == Exactness.NotExact;
        if (inexact && !oldRead)
            return true;
        if (old.Type == RegKind.NotInit && (inexact || cur.Type == RegKind.NotInit))
            return true;
        // Modifiers too: a pointer that may be null and one that may not have lost what links them.
        if (old.Type != cur.Type)
            return false;
        switch (old.Type.Kind)
        {
            case RegKind.Scalar:
                return ScalarSafe(in old, in cur, inexact);
            case RegKind.MapKey or RegKind.MapValue or RegKind.Mem or RegKind.Buf or RegKind.TpBuffer:
                return RegState.SameUpToValue(in old, in cur) && RegState.ValueWithin(in old, in cur)
                    && _idMap.Check(old.Id, cur.Id) && _idMap.Check(old.RefObjId, cur.RefObjId);
            case RegKind.PacketMeta or RegKind.Packet:
                return PacketRangeSafe(in old, in cur) && old.Off == cur.Off && _idMap.Check(old.Id, cur.Id)
                    && RegState.ValueWithin(in old, in cur);
            case RegKind.Stack:
                return RegsExact(in old, in cur) && old.FrameNo == cur.FrameNo;
            case RegKind.Arena:
                return true;
            default:
                return RegsExact(in old, in cur);
        }
    }

    private bool ScalarSafe(in RegState old, in RegState cur, bool inexact)
    {
        bool onlyLinked = Changes.UnlinkedScalarsMatchAnyId;
        if (ExploreAluLimits)
            return RegState.SameUpToId(in old, in cur) && ScalarIdsSafe(old.Id, cur.Id, onlyLinked);
        if (inexact && !old.Precise)
            return true;
        // Scalars that differ from a common one by a constant must do so in both states, by the same constant.
        bool oldAdds = (old.Id & RegState.AddConst) != 0, curAdds = (cur.Id & RegState.AddConst) != 0;
        if (oldAdds != curAdds && (!onlyLinked || old.Id != 0))
            return false;
        if (oldAdds && old.Off != cur.Off)
            return false;
        if (onlyLinked)
            return ScalarIdsSafe(old.Id, cur.Id, true) && RegState.ValueWithin(in old, in cur);
        return RegState.ValueWithin(in old, in cur) && ScalarIdsSafe(old.Id, cur.Id, false);
    }

    private bool ScalarIdsSafe(uint old, uint cur, bool onlyLinked) =>
        onlyLinked ? _idMap.CheckScalarIfLinked(old, cur) : _idMap.CheckScalar(old, cur);

    private bool PacketRangeSafe(in RegState old, in RegState cur)
    {
        // Negative ranges say that the pointer is at or beyond the end.
        if (Changes.PacketEndRangesCompared && (old.Range < 0 || cur.Range < 0))
            return old.Range == cur.Range;
        return old.Range <= cur.Range;
    }
}
