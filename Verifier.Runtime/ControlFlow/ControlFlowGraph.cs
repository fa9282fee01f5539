namespace BpfVerifier.Runtime;

/// <summary>
/// The walk over all edges before any value is known: every instruction must be reachable, unprivileged programs must
/// not loop. It also marks where the value walk compares states and records jumps.
/// </summary>
internal sealed partial class Verification
{
    private enum Edge : byte
    {
        None = 0,
        Fallthrough = 1,
        Branch = 2,
    }

    private enum Visit : byte
    {
        Undiscovered,
        Discovered,
        Explored,
    }

    /// <summary>Depth-first search over the instructions, its stack kept by hand.</summary>
    private sealed class CfgWalk(int length)
    {
        public readonly Visit[] Visits = new Visit[length];
        /// <summary>The last edge taken out of an instruction that is still being explored.</summary>
        public readonly Edge[] Taken = new Edge[length];
        private readonly int[] _stack = new int[length];

        public int Depth { get; private set; }

        public int Top => _stack[Depth - 1];

        public bool Push(int insn)
        {
            if (Depth == _stack.Length)
                return false;
            Visits[insn] = Visit.Discovered;
            Taken[insn] = Edge.None;
            _stack[Depth++] = insn;
            return true;
        }

        public void Pop()
        {
            Visits[Top] = Visit.Explored;
            Depth--;
        }
    }

    private CfgWalk? _cfg;

    /// <summary>Instructions some jump goes to.</summary>
    private readonly HashSet<int> _jumpTargets = [];

    /// <summary>Explores all edges, marks prune points, jump points and checkpoints, and refuses unreachable code.</summary>
    public Errno CheckCfg()
    {
        _cfg = new CfgWalk(Insns.Length);
        Errno error = Explore(0);
        if (error == Errno.None && ExceptionCallbackSubprog != 0)
        {
            int start = Subprogs[ExceptionCallbackSubprog].Start;
            if (_cfg.Visits[start] != Visit.Explored || !Changes.ExceptionCallbackExploredOnce)
                error = Explore(start);
        }
        if (error == Errno.None)
            error = CheckAllReached(_cfg.Visits);
        _cfg = null;
        return error;
    }

    private Errno CheckAllReached(Visit[] visits)
    {
        for (int i = 0; i < Insns.Length; i++)
        {
            if (visits[i] != Visit.Explored)
            {
                Log.Write($"unreachable insn {i}\n");
                return Errno.EINVAL;
            }
            if (!Insns[i].IsLdImm64)
                continue;
            if (i + 1 < visits.Length && visits[i + 1] != Visit.Undiscovered)
            {
                Log.Write($"jump into the middle of ldimm64 insn {i}\n");
                return Errno.EINVAL;
            }
            i++;
        }
        return Errno.None;
    }

    private Errno Explore(int start)
    {
        CfgWalk cfg = _cfg!;
        cfg.Push(start);
        while (cfg.Depth > 0)
        {
            int top = cfg.Top;
            Errno error = VisitInsn(top, out bool more);
            if (error != Errno.None)
                return error;
            if (!more)
                cfg.Pop();
        }
        return Errno.None;
    }

    /// <summary>Takes the next edge out of an instruction.</summary>
    /// <param name="insnIdx">The instruction.</param>
    /// <param name="more">An instruction was discovered; this one is to be visited again when that one is explored.</param>
    private Errno VisitInsn(int insnIdx, out bool more)
    {
        Insn insn = Insns[insnIdx];
        if (insn.IsPseudoFunc)
            return VisitCall(insnIdx, callee: true, out more);
        if (insn.Class is not (Opcode.Jmp or Opcode.Jmp32))
            return TakeEdge(insnIdx, insnIdx + (insn.IsLdImm64 ? 2 : 1), Edge.Fallthrough, loopAllowed: false, out more);

        more = false;
        switch (insn.Op)
        {
            case Opcode.Exit:
                return Errno.None;

            case Opcode.Call:
                MarkCallSite(insnIdx, insn);
                return VisitCall(insnIdx, callee: insn.Src == Pseudo.Call, out more);

            case Opcode.Ja:
            {
                if (insn.Source != Opcode.K)
                    return Errno.EINVAL;
                int target = insnIdx + (insn.Class == Opcode.Jmp ? insn.Off : insn.Imm) + 1;
                Errno error = TakeEdge(insnIdx, target, Edge.Fallthrough, loopAllowed: true, out more);
                if (error == Errno.None && !more)
                {
                    Aux[target].PrunePoint = true;
                    Aux[target].JumpPoint = true;
                    _jumpTargets.Add(target);
                }
                return error;
            }

            default:
            {
                Aux[insnIdx].PrunePoint = true;
                if (insn.IsMayGoto && Changes.MayGoto)
                    Aux[insnIdx].ForceCheckpoint = true;
                Errno error = TakeEdge(insnIdx, insnIdx + 1, Edge.Fallthrough, loopAllowed: true, out more);
                if (error != Errno.None || more)
                    return error;
                return TakeEdge(insnIdx, insnIdx + insn.Off + 1, Edge.Branch, loopAllowed: true, out more);
            }
        }
    }

    private Errno VisitCall(int insnIdx, bool callee, out bool more)
    {
        Insn insn = Insns[insnIdx];
        int next = insnIdx + (insn.IsLdImm64 ? 2 : 1);
        Errno error = TakeEdge(insnIdx, next, Edge.Fallthrough, loopAllowed: false, out more);
        if (error != Errno.None || more)
            return error;

        Aux[next].PrunePoint = true;
        // The way back out of a function is not the way of the instructions: it must be in the history.
        Aux[next].JumpPoint = true;
        if (!callee)
            return Errno.None;
        int target = insnIdx + insn.Imm + 1;
        Aux[insnIdx].PrunePoint = true;
        MergeCalleeEffects(insnIdx, target);
        return TakeEdge(insnIdx, target, Edge.Branch, loopAllowed: insn.IsPseudoFunc, out more);
    }

    /// <summary>Follows one edge unless it was followed before.</summary>
    private Errno TakeEdge(int from, int to, Edge edge, bool loopAllowed, out bool more)
    {
        CfgWalk cfg = _cfg!;
        more = false;
        if (cfg.Taken[from] >= edge)
            return Errno.None;
        if ((uint)to >= (uint)Insns.Length)
        {
            VerboseLinfo(from, $"{from}: ");
            Log.Write($"jump out of range from insn {from} to {to}\n");
            return Errno.EINVAL;
        }
        if (edge == Edge.Branch)
        {
            Aux[to].PrunePoint = true;
            Aux[to].JumpPoint = true;
            _jumpTargets.Add(to);
        }

        switch (cfg.Visits[to])
        {
            case Visit.Undiscovered:
                cfg.Taken[from] = edge;
                more = true;
                return cfg.Push(to) ? Errno.None : Errno.E2BIG;
            case Visit.Discovered:
                if (BpfCapable && (loopAllowed || Changes.PrivilegedLoopsOverAnyEdge))
                    return Errno.None;
                VerboseLinfo(from, $"{from}: ");
                VerboseLinfo(to, $"{to}: ");
                Log.Write($"back-edge from insn {from} to {to}\n");
                return Errno.EINVAL;
            default:
                cfg.Taken[from] = edge;
                return Errno.None;
        }
    }

    /// <summary>Marks calls before which states must be compared or remembered, and what calls do to their function.</summary>
    private void MarkCallSite(int insnIdx, Insn insn)
    {
        ref InsnAux aux = ref Aux[insnIdx];
        if (CallsAsyncCallback(insn))
            aux.PrunePoint = true;
        if (CallsSyncCallback(insn) && Changes.CallbacksIterated)
        {
            // How often the callback runs is unknown: its body is walked until a state from before comes back here.
            aux.CallsCallback = true;
            aux.ForceCheckpoint = true;
            aux.PrunePoint = true;
            aux.JumpPoint = true;
        }
        SubprogInfo subprog = Subprogs[FindContainingSubprog(insnIdx)];
        if (insn.IsHelperCall)
        {
            subprog.MightSleep |= Changes.SubprogsMaySleep && LookupHelper(insn.Imm) is { MightSleep: true };
            subprog.ChangesPacketData |= Changes.SubprogSideEffects && HelperGroups.ChangesPacketData(insn.Imm, Changes);
        }
        else if (insn.IsKfuncCall && TryKfunc(insn, out KfuncFlags flags, out string name))
        {
            if ((flags & KfuncFlags.IterNext) != 0)
            {
                aux.PrunePoint = true;
                // Loops over iterators end when a state returns to this call: it must be remembered each time.
                aux.ForceCheckpoint = true;
            }
            subprog.MightSleep |= Changes.SubprogsMaySleep && (flags & KfuncFlags.Sleepable) != 0;
            subprog.ChangesPacketData |= Changes.SubprogSideEffects && name == "bpf_xdp_pull_data";
        }
    }

    private void MergeCalleeEffects(int callSite, int target)
    {
        int callee = FindContainingSubprog(target);
        if (callee < 0)
            return;
        SubprogInfo caller = Subprogs[FindContainingSubprog(callSite)];
        caller.ChangesPacketData |= Subprogs[callee].ChangesPacketData;
        caller.MightSleep |= Subprogs[callee].MightSleep;
    }
}
