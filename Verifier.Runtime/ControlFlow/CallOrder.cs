namespace BpfVerifier.Runtime;

/// <summary>Which functions call which: no circle is allowed.</summary>
internal sealed partial class Verification
{
    private enum CallVisit : byte
    {
        NotYet,
        OnPath,
        Done,
    }

    /// <summary>How deep calls may nest.</summary>
    public int MaxCallFrames => Changes.SixteenFrames ? 16 : 8;

    /// <summary>Refuses programs whose functions call each other in a circle. Functions passed as callbacks count as called, but may be in one.</summary>
    private Errno CheckRecursion()
    {
        if (!Changes.RecursionFoundAhead)
            return Errno.None;
        var visits = new CallVisit[SubprogCount];
        var path = new Stack<(int Function, int Next)>();
        for (int i = 0; i < SubprogCount; i++)
        {
            if (visits[i] != CallVisit.NotYet)
                continue;
            visits[i] = CallVisit.OnPath;
            path.Push((i, Subprogs[i].PostorderStart));
            while (path.TryPop(out (int Function, int Next) at))
            {
                int place = at.Next, callee = -1;
                for (; place < Subprogs[at.Function + 1].PostorderStart && callee < 0; place++)
                {
                    CountWork();
                    int insnIdx = Postorder[place];
                    bool calls = Insns[insnIdx].IsPseudoCall;
                    if (!calls && !Insns[insnIdx].IsPseudoFunc)
                        continue;
                    int target = FindSubprog(insnIdx + Insns[insnIdx].Imm + 1);
                    if (target < 0)
                        return Errno.EFAULT;
                    if (visits[target] == CallVisit.NotYet)
                        callee = target;
                    else if (visits[target] == CallVisit.OnPath && calls)
                        return Recursive(at.Function, target);
                }
                if (callee < 0)
                {
                    visits[at.Function] = CallVisit.Done;
                    continue;
                }
                path.Push((at.Function, place));
                visits[callee] = CallVisit.OnPath;
                path.Push((callee, Subprogs[callee].PostorderStart));
            }
        }
        return Errno.None;
    }

    private Errno Recursive(int caller, int callee)
    {
        Log.Write($"recursive call from {Subprogs[caller].Name}() to {Subprogs[callee].Name}()\n");
        return Errno.EINVAL;
    }
}
