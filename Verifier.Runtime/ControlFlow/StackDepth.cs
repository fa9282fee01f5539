namespace BpfVerifier.Runtime;

/// <summary>How much stack the calls take together.</summary>
internal sealed partial class Verification
{
    /// <summary>The kernel keeps the stack of such functions apart from its own, so that it does not add up.</summary>
    private enum PrivateStack : byte
    {
        Unknown,
        No,
        Yes,
    }

    /// <summary>Functions with less stack than this do not get one of their own.</summary>
    private const int PrivateStackMinSize = 64;

    /// <summary>
    /// Adds up the stack over every chain of calls from the program and from each asynchronous callback, as it is after
    /// bpf_fastcall patterns are dropped; of an accepted program the depths that the statistics show are settled.
    /// </summary>
    public Errno CheckMaxStackDepth()
    {
        RemoveFastcallSpillsFills();
        Errno error = CheckStackDepths();
        if (error == Errno.None)
            SettleStackDepths();
        return error;
    }

    private Errno CheckStackDepths()
    {
        var modes = new PrivateStack[SubprogCount];
        if (!Changes.AsyncStacksCheckedFirst)
        {
            for (int i = 0; i < SubprogCount; i++)
            {
                Errno error = i == 0 || Subprogs[i].IsAsyncCallback ? CheckStackDepthFrom(i, modes, false) : Errno.None;
                if (error != Errno.None)
                    return error;
            }
            return Errno.None;
        }

        bool hasPrivateStack = Changes.PrivateStacks && Kernel.IsOpen(KernelGate.JitPrivateStacks) && UsesPrivateStack();
        for (int i = SubprogCount - 1; i >= 0; i--)
        {
            if (i != 0 && !Subprogs[i].IsAsyncCallback)
                continue;
            Errno error = CheckStackDepthFrom(i, modes, i == 0 && hasPrivateStack);
            if (error != Errno.None)
                return error;
        }
        return Errno.None;
    }

    /// <summary>Programs that may be entered again while they run, and so must not share one private stack, are left out.</summary>
    private bool UsesPrivateStack()
    {
        for (int i = 0; i < SubprogCount; i++)
        {
            if (Subprogs[i].HasTailCall)
                return false;
        }
        return Program.Type switch
        {
            ProgramType.Kprobe or ProgramType.Tracepoint or ProgramType.PerfEvent or ProgramType.RawTracepoint => true,
            ProgramType.Tracing => Program.ExpectedAttachType != AttachType.TraceIter,
            _ => false,
        };
    }

    /// <summary>The JIT's granularity is 16 bytes, the interpreter's 32; older releases always count as the interpreter does.</summary>
    private int RoundUpStackDepth(int depth) => Changes.StackDepthCountedForJit && Kernel.IsOpen(KernelGate.Jit)
        ? (depth + 15) & ~15
        : (Math.Max(depth, 1) + 31) & ~31;

    private Errno CheckStackDepthFrom(int root, PrivateStack[] modes, bool privateStack)
    {
        Span<(int Insn, int Subprog)> callers = stackalloc (int, int)[VerifierState.MaxFrames];
        int frame = 0;
        int depth = 0;
        int current = root;
        bool tailCallReachable = false;
        // The same function at the same depth gives the same answer again; without this, many calls of functions with
        // many calls would take forever.
        var done = new HashSet<(int Subprog, int Depth, int Frame, bool InCallback)>();
        if (!privateStack)
            modes[current] = PrivateStack.No;
        Errno error = EnterForStackDepth(current, frame, modes, privateStack, callers, ref depth);
        int insnIdx = Subprogs[current].Start;
        while (error == Errno.None)
        {
            int call = FindCallForStackDepth(insnIdx, current, callers[..frame], out int callee, out error);
            if (error != Errno.None)
                return error;
            if (call >= 0)
            {
                callers[frame++] = (call + 1, current);
                if (!done.Add((callee, depth, frame, AnyIsCallback(callers[..frame]))))
                {
                    error = CheckTailCallReachable(callers[..frame], tailCallReachable);
                    insnIdx = callers[--frame].Insn;
                    continue;
                }
                current = callee;
                if (!privateStack)
                    modes[current] = PrivateStack.No;
                tailCallReachable |= Subprogs[current].HasTailCall;
                if (frame >= MaxCallFrames)
                {
                    Log.Write($"the call stack of {frame} frames is too deep !\n");
                    return Errno.E2BIG;
                }
                error = EnterForStackDepth(current, frame, modes, privateStack, callers[..frame], ref depth);
                insnIdx = Subprogs[current].Start;
                continue;
            }

            error = CheckTailCallReachable(callers[..frame], tailCallReachable);
            if (error != Errno.None)
                return error;
            if (frame == 0)
                return Errno.None;
            if (modes[current] != PrivateStack.Yes)
                depth -= RoundUpStackDepth(Subprogs[current].StackDepth);
            (insnIdx, current) = callers[--frame];
        }
        return error;
    }

    /// <summary>A tail call somewhere below a callback for exceptions is refused.</summary>
    private Errno CheckTailCallReachable(ReadOnlySpan<(int Insn, int Subprog)> callers, bool reachable)
    {
        foreach ((int _, int subprog) in reachable ? callers : default)
        {
            if (!Subprogs[subprog].IsExceptionCallback)
                continue;
            Log.Write("cannot tail call within exception cb\n");
            return Errno.EINVAL;
        }
        return Errno.None;
    }

    /// <summary>Counts a function's stack in.</summary>
    private Errno EnterForStackDepth(int current, int frame, PrivateStack[] modes, bool privateStack,
        ReadOnlySpan<(int Insn, int Subprog)> callers, ref int depth)
    {
        SubprogInfo subprog = Subprogs[current];
        if (Changes.LdAbsRefusedInCallbacks && subprog.HasLdAbs && (subprog.IsCallback || AnyIsCallback(callers[..frame])))
        {
            Log.Write("cannot use BPF_LD_[ABS|IND] within callback\n");
            return Errno.EINVAL;
        }
        // A tail call drops the callee's frame but not its callers': 33 programs in a row must still fit into 8 KB.
        if (current != 0 && subprog.HasTailCall && depth >= 256)
        {
            Log.Write($"tail_calls are not allowed when call stack of previous frames is {depth} bytes. Too large\n");
            return Errno.EACCES;
        }

        int own = RoundUpStackDepth(subprog.StackDepth);
        if (privateStack && modes[current] == PrivateStack.Unknown && own >= PrivateStackMinSize)
            modes[current] = PrivateStack.Yes;
        if (modes[current] == PrivateStack.Yes)
        {
            if (own <= MaxStack)
                return Errno.None;
            Log.Write($"stack size of subprog {current} is {own}. Too large\n");
            return Errno.EACCES;
        }
        depth += own;
        if (depth <= MaxStack)
            return Errno.None;
        Log.Write($"combined stack size of {frame + 1} calls is {depth}. Too large\n");
        return Errno.EACCES;
    }

    /// <summary>The next call of, or reference to, a subprogram that takes stack; -1 at the function's end.</summary>
    private int FindCallForStackDepth(int from, int current, ReadOnlySpan<(int Insn, int Subprog)> callers, out int callee, out Errno error)
    {
        error = Errno.None;
        callee = -1;
        int end = Subprogs[current + 1].Start;
        for (int i = from; i < end; i++)
        {
            CountWork();
            Insn insn = Insns[i];
            if (insn.IsKfuncCall && insn.Off == 0)
            {
                if (!Changes.ExceptionCallbacks || KfuncNameOf(insn) != "bpf_throw"
                    || !(Subprogs[current].IsCallback || AnyIsCallback(callers)))
                    continue;
                Log.Write($"bpf_throw kfunc (insn {i}) cannot be called from callback subprog {current}\n");
                error = Errno.EINVAL;
                return -1;
            }
            if (!insn.IsPseudoCall && !insn.IsPseudoFunc)
                continue;
            callee = FindSubprog(i + insn.Imm + 1);
            SubprogInfo subprog = Subprogs[callee];
            if (subprog.IsAsyncCallback)
            {
                if (subprog.HasTailCall)
                    throw NotModeled("asynchronous callback with a tail call");
                // It runs on a stack of its own unless it is called like any function.
                if (!insn.IsPseudoCall)
                    continue;
                if (subprog.IsExceptionCallback)
                {
                    Log.Write($"insn {i} cannot call exception cb directly{(Changes.ExceptionCallMessageOpen ? "" : "\n")}");
                    error = Errno.EINVAL;
                    return -1;
                }
            }
            return i;
        }
        return -1;
    }

    private bool AnyIsCallback(ReadOnlySpan<(int Insn, int Subprog)> callers)
    {
        foreach ((int _, int subprog) in callers)
        {
            if (Subprogs[subprog].IsCallback)
                return true;
        }
        return false;
    }
}
