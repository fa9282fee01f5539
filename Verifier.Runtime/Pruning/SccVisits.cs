namespace BpfVerifier.Runtime;

/// <summary>
/// The walk inside one strongly connected component of the control flow graph, reached by one chain of calls. While it
/// lasts, precision marks of states in it are incomplete.
/// </summary>
internal sealed class SccVisit(SccCallChain chain)
{
    /// <summary>The chain of calls, a copy of its own.</summary>
    public SccCallChain Chain { get; } = chain;

    /// <summary>First state of the current path in the component; null when the walk is not in it.</summary>
    public VerifierState? Entry;

    /// <summary>Copies of states pruned because they equal an unfinished one, newest first.</summary>
    public VerifierState? BackEdges;

    public int BackEdgeCount;

    /// <summary>Another visit of the same component, by other calls.</summary>
    public SccVisit? Next;
}

/// <summary>Calls that lead to a component, and the component.</summary>
internal sealed class SccCallChain
{
    private readonly int[] _callSites = new int[VerifierState.MaxFrames - 1];

    public int Scc { get; set; }

    public void Clear()
    {
        Array.Clear(_callSites);
        Scc = 0;
    }

    public void SetCallSite(int frame, int insnIdx) => _callSites[frame] = insnIdx;

    public bool Same(SccCallChain other) => Scc == other.Scc && _callSites.AsSpan().SequenceEqual(other._callSites);

    public SccCallChain Copy()
    {
        var copy = new SccCallChain { Scc = Scc };
        _callSites.CopyTo(copy._callSites, 0);
        return copy;
    }

    /// <summary>Prints as <c>(site,site,component)</c>.</summary>
    public void Print(VerifierLog log)
    {
        log.Write('(');
        foreach (int site in _callSites)
        {
            if (site == 0)
                break;
            log.Write($"{site},");
        }
        log.Write($"{Scc})");
    }
}

/// <summary>Loops among states, for releases that find them by components of the control flow graph.</summary>
internal sealed partial class Verification
{
    /// <summary>Rounds of carrying precision around back edges before everything is marked.</summary>
    private const int MaxBackEdgeRounds = 64;

    private readonly SccCallChain _sccChain = new();
    /// <summary>Visits by component.</summary>
    private SccVisit?[] _sccVisits = [];
    private int _backEdges;

    /// <summary>Finds the outermost frame that stands in a component and fills <see cref="_sccChain"/>; false if none does.</summary>
    private bool FindSccChain(VerifierState state)
    {
        _sccChain.Clear();
        for (int i = 0; i <= state.CurFrame; i++)
        {
            int insnIdx = FrameInsnIdx(state, i);
            int scc = Aux[insnIdx].Scc;
            if (scc != 0)
            {
                _sccChain.Scc = scc;
                return true;
            }
            if (i < state.CurFrame)
                _sccChain.SetCallSite(i, insnIdx);
        }
        return false;
    }

    private SccVisit? FindSccVisit()
    {
        if (_sccChain.Scc >= _sccVisits.Length)
            return null;
        SccVisit? visit = _sccVisits[_sccChain.Scc];
        while (visit is not null && !visit.Chain.Same(_sccChain))
            visit = visit.Next;
        return visit;
    }

    private SccVisit AddSccVisit()
    {
        int scc = _sccChain.Scc;
        if (scc >= _sccVisits.Length)
            Array.Resize(ref _sccVisits, Math.Max(scc + 1, _sccVisits.Length * 2));
        var visit = new SccVisit(_sccChain.Copy()) { Next = _sccVisits[scc] };
        _sccVisits[scc] = visit;
        return visit;
    }

    private void EnterScc(VerifierState state)
    {
        if (!FindSccChain(state))
            return;
        SccVisit visit = FindSccVisit() ?? AddSccVisit();
        if (visit.Entry is not null)
            return;
        visit.Entry = state;
        PrintSccVisit("enter");
    }

    /// <summary>All paths from a state are walked: if it was the first in its component, the marks there can be completed.</summary>
    private Errno ExitScc(VerifierState state)
    {
        if (!FindSccChain(state))
            return Errno.None;
        SccVisit? visit = FindSccVisit();
        if (visit is null)
            return state.Speculative ? Errno.None : SccBug("scc exit: no visit info for call chain ");
        if (visit.Entry != state)
            return Errno.None;
        PrintSccVisit("exit");
        visit.Entry = null;
        _backEdges -= visit.BackEdgeCount;
        visit.BackEdgeCount = 0;
        UpdatePeakStates();
        return PropagateBackEdges(visit);
    }

    /// <summary>The current state was pruned because it equals <paramref name="equal"/>, whose marks are not complete.</summary>
    private Errno AddBackEdge(VerifierState equal, int insnIdx)
    {
        if (!FindSccChain(equal))
            return VerifierBug($"add backedge: no SCC in verification path, insn_idx {equal.InsnIdx}");
        SccVisit? visit = FindSccVisit();
        if (visit is null)
            return SccBug("add backedge: no visit info for call chain ");
        PrintSccVisit("backedge");
        VerifierState edge = Pool.Copy(State);
        edge.EqualState = equal;
        edge.InsnIdx = insnIdx;
        edge.Next = visit.BackEdges;
        visit.BackEdges = edge;
        visit.BackEdgeCount++;
        _backEdges++;
        UpdatePeakStates();
        return Errno.None;
    }

    /// <summary>Precision marks of a state are incomplete while paths through its component are left to walk.</summary>
    private bool HasIncompleteMarks(VerifierState state) =>
        Changes.LoopsByScc && FindSccChain(state) && FindSccVisit() is { BackEdges: not null };

    /// <summary>Carries precision over the back edges, again and again until nothing changes.</summary>
    private Errno PropagateBackEdges(SccVisit visit)
    {
        int round = 0;
        bool changed;
        do
        {
            if (round++ > MaxBackEdgeRounds)
            {
                if (Log.Level2)
                    Log.Write("propagate_backedges: too many iterations\n");
                for (VerifierState? edge = visit.BackEdges; edge is not null; edge = edge.Next)
                    MarkAllScalarsPrecise(edge);
                break;
            }
            changed = false;
            for (VerifierState? edge = visit.BackEdges; edge is not null; edge = edge.Next)
            {
                Errno err = PropagatePrecision(edge.EqualState!, edge, ref changed);
                if (err != Errno.None)
                    return err;
            }
        }
        while (changed);
        FreeBackEdges(visit);
        return Errno.None;
    }

    private void FreeSccVisits()
    {
        for (int scc = 0; scc < _sccVisits.Length; scc++)
        {
            for (SccVisit? visit = _sccVisits[scc]; visit is not null; visit = visit.Next)
                FreeBackEdges(visit);
            _sccVisits[scc] = null;
        }
    }

    private void FreeBackEdges(SccVisit visit)
    {
        VerifierState? edge = visit.BackEdges;
        visit.BackEdges = null;
        while (edge is not null)
        {
            VerifierState? next = edge.Next;
            Pool.Free(edge);
            edge = next;
        }
    }

    private void PrintSccVisit(string what)
    {
        if (!Log.Level2)
            return;
        Log.Write($"SCC {what} ");
        _sccChain.Print(Log);
        Log.Write('\n');
    }

    private Errno SccBug(string what)
    {
        Log.Write($"verifier bug: {what}");
        _sccChain.Print(Log);
        Log.Write('\n');
        return Errno.EFAULT;
    }
}
