namespace BpfVerifier.Runtime;

/// <summary>
/// Which id of the current state stands for which id of the remembered one, while two states are compared. Cleared and
/// reused for every comparison.
/// </summary>
internal sealed class IdMap
{
    /// <summary>Places that can hold an id: registers and slots of all frames.</summary>
    private const int Capacity = (FrameState.RegCount + FrameState.MaxSlots) * VerifierState.MaxFrames;

    private readonly uint[] _old = new uint[Capacity];
    private readonly uint[] _cur = new uint[Capacity];
    private int _count;
    private uint _lastTemporary;

    /// <summary>Forgets all pairs; ids made up here will be above <paramref name="lastId"/>.</summary>
    public void Clear(uint lastId)
    {
        _count = 0;
        _lastTemporary = lastId;
    }

    /// <summary>True when the pair agrees with all pairs seen so far in both directions; two zeros always do, one zero never.</summary>
    public bool Check(uint old, uint cur)
    {
        if (old == 0 || cur == 0)
            return old == cur;
        for (int i = 0; i < _count; i++)
        {
            if (_old[i] == old)
                return _cur[i] == cur;
            if (_cur[i] == cur)
                return false;
        }
        return Add(old, cur);
    }

    /// <summary>The older rule: an old id has one new id, but two old ids may share it, and zeros are ids like others.</summary>
    public bool CheckOneWay(uint old, uint cur)
    {
        // A pair with a zero old id is overwritten by the next one, since zero marks the end of the map.
        for (int i = 0; i < _count; i++)
            if (_old[i] == old)
                return _cur[i] == cur;
        return old == 0 || Add(old, cur);
    }

    /// <summary>As <see cref="Check"/>, where a missing id counts as one that nothing else has.</summary>
    public bool CheckScalar(uint old, uint cur) =>
        Check(old != 0 ? old : ++_lastTemporary, cur != 0 ? cur : ++_lastTemporary);

    /// <summary>As <see cref="CheckScalar"/>, but an old scalar without id agrees with any; ids linked by a constant must also agree without it.</summary>
    public bool CheckScalarIfLinked(uint old, uint cur)
    {
        if (old == 0)
            return true;
        if (cur == 0)
            cur = ++_lastTemporary;
        return Check(old, cur)
            && ((old & RegState.AddConst) == 0 || Check(old & ~RegState.AddConst, cur & ~RegState.AddConst));
    }

    private bool Add(uint old, uint cur)
    {
        if (_count == Capacity)
            return false;
        _old[_count] = old;
        _cur[_count++] = cur;
        return true;
    }
}
