namespace BpfVerifier.Runtime;

/// <summary>
/// What the kernel's rewriting of an accepted program does to its functions' stacks. The program itself is not
/// rewritten here; only the statistics show the outcome.
/// </summary>
internal sealed partial class Verification
{
    private readonly List<int> _finalStackDepths = [];

    /// <summary>Computes the stack depths the statistics of an accepted program show.</summary>
    private void SettleStackDepths()
    {
        _finalStackDepths.Clear();
        for (int i = 0; i < SubprogCount; i++)
        {
            // Privileged programs lose code that no path reached, and functions that are only such code.
            if (BpfCapable && !Aux[Subprogs[i].Start].Seen)
                continue;
            int depth = Subprogs[i].StackDepth;
            int extra = 0;
            bool mayGoto = false;
            for (int insn = Subprogs[i].Start; insn < Subprogs[i + 1].Start; insn++)
            {
                // An inlined bpf_loop keeps three registers, aligned.
                if (Insns[insn].IsHelperCall && Insns[insn].Imm == HelperId.Loop && Aux[insn].LoopFitForInline)
                    extra = 24 + (-depth & 7);
                mayGoto |= Insns[insn].IsMayGoto && KeepsMayGoto(insn);
            }
            _finalStackDepths.Add(depth + extra + (mayGoto ? MayGotoStackBytes : 0));
        }
        // A program that throws without a callback of its own is given one, which needs no stack.
        if (SeenThrow && ExceptionCallbackSubprog == 0)
            _finalStackDepths.Add(0);
    }

    /// <summary>Stack that a function with may_goto takes besides its own: a count, or a count and a time.</summary>
    private int MayGotoStackBytes => Changes.TimedMayGoto && Kernel.IsOpen(KernelGate.JitTimedMayGoto) ? 16 : 8;

    /// <summary>False for a may_goto that no path reached, or that can go only one way.</summary>
    private bool KeepsMayGoto(int insnIdx)
    {
        int target = insnIdx + Insns[insnIdx].Off + 1;
        if (!Aux[insnIdx].Seen)
            return false;
        if (!BpfCapable)
            return true;
        if (!Aux[insnIdx + 1].Seen || !Aux[target].Seen)
            return false;
        if (!Changes.EmptyMayGotoRemoved || target <= insnIdx)
            return true;
        for (int i = insnIdx + 1; i < target; i++)
        {
            bool empty = Insns[i].Off == 0 && (Insns[i].IsMayGoto || Insns[i].Code == (Opcode.Jmp | Opcode.Ja));
            if (Aux[i].Seen && !empty)
                return true;
        }
        return false;
    }
}
