namespace BpfVerifier.Runtime;

// The address of a function that no path entered: the function is removed, its address stays.
internal sealed partial class Verification
{
    /// <summary>
    /// The kernel removes what no path reached before it compiles, and then finds a function by where its address points.
    /// That fails when the function is gone and no other begins in its place.
    /// </summary>
    private Errno CheckCallbacksAfterRemoval()
    {
        if (!BpfCapable)
            return Errno.None;
        int functions = SeenThrow && ExceptionCallbackSubprog == 0 ? 1 : 0;
        for (int i = 0; i < SubprogCount; i++)
            functions += Aux[Subprogs[i].Start].Seen ? 1 : 0;
        // A program of one function is compiled as it is.
        if (functions <= 1)
            return Errno.None;
        // Many addresses may be of the same function.
        HashSet<int>? found = null;
        for (int i = 0; i < Insns.Length; i += Insns[i].IsLdImm64 ? 2 : 1)
        {
            int target = i + Insns[i].Imm + 1;
            if (!Insns[i].IsPseudoFunc || !Aux[i].Seen || Aux[target].Seen || !(found ??= []).Add(target))
                continue;
            if (!BeginsFunctionAfterRemoval(target, out int place))
                return UnknownCallback(place);
        }
        return Errno.None;
    }

    /// <summary>
    /// Follows an address through the removals, first instruction to last: one that points into a removed run keeps its
    /// number, and so points behind it.
    /// </summary>
    private bool BeginsFunctionAfterRemoval(int address, out int place)
    {
        place = address;
        int kept = 0;
        for (int i = 0; i < Insns.Length;)
        {
            int length = RunLength(i, Aux[i].Seen);
            if (Aux[i].Seen)
                kept += length;
            else if (place >= kept + length)
                place -= length;
            i += length;
        }
        kept = 0;
        for (int i = 0, subprog = 0; i < Insns.Length && kept <= place; i++)
        {
            bool begins = i == Subprogs[subprog].Start;
            if (begins && Aux[i].Seen && kept == place)
                return true;
            subprog += begins ? 1 : 0;
            kept += Aux[i].Seen ? 1 : 0;
        }
        return false;
    }

    private int RunLength(int start, bool seen)
    {
        int end = start;
        while (end < Insns.Length && Aux[end].Seen == seen)
            end++;
        return end - start;
    }

    /// <summary>Says, where the release says anything, where the address points. Code the kernel put in meanwhile is not counted.</summary>
    private Errno UnknownCallback(int place)
    {
        if (Changes.VerifierBugMessages)
            Log.Write($"verifier bug: No program to jit at insn {place}{(Changes.BugConditionsSetApart ? " " : "")}(subprog < 0)\n");
        return Errno.EFAULT;
    }
}
