namespace BpfVerifier.Runtime;

/// <summary>
/// bpf_fastcall: clang surrounds some calls by spills and fills that only older kernels need. Kernels that inline the
/// call drop them, as long as nothing else uses those stack slots.
/// </summary>
internal sealed partial class Verification
{
    private const int SpillCode = Opcode.Stx | Opcode.Mem | Opcode.Dw;
    private const int FillCode = Opcode.Ldx | Opcode.Mem | Opcode.Dw;

    /// <summary>Finds the patterns and marks their members.</summary>
    public Errno MarkFastcallPatterns()
    {
        if (!Changes.FastcallPatterns)
            return Errno.None;
        for (int i = 0; i < SubprogCount; i++)
        {
            SubprogInfo subprog = Subprogs[i];
            int end = Subprogs[i + 1].Start;
            int lowest = 0;
            for (int insn = subprog.Start; insn < end; insn++)
            {
                if (Insns[insn].Code == SpillCode && Insns[insn].Dst == FrameState.FramePointer)
                    lowest = Math.Min(lowest, Insns[insn].Off);
            }
            for (int insn = subprog.Start; insn < end; insn++)
            {
                if (Insns[insn].Code == (Opcode.Jmp | Opcode.Call))
                    MarkFastcallPattern(subprog, insn, lowest);
            }
        }
        return Errno.None;
    }

    private void MarkFastcallPattern(SubprogInfo subprog, int call, int lowest)
    {
        if (!TryCallSummary(Insns[call], out CallSummary summary))
            return;
        int overwritten = ((2 << summary.Arguments) - 1) & (summary.IsVoid ? ~1 : ~0);
        int kept = CallerSaved & ~overwritten;

        int pairs = 0;
        int off = lowest;
        for (; pairs < 6; off += 8)
        {
            int spill = call - pairs - 1;
            int fill = call + pairs + 1;
            if (spill < 0 || fill >= Insns.Length)
                break;
            // A jump into the pattern would see the slots without the spills.
            if (Changes.FastcallPatternsEnteredAtStart && (_jumpTargets.Contains(spill + 1) || _jumpTargets.Contains(fill)))
                break;
            if (!IsSpillFillPair(Insns[spill], Insns[fill], off))
                break;
            int bit = 1 << Insns[spill].Src;
            if ((kept & bit) == 0)
                break;
            kept &= ~bit;
            Aux[spill].FastcallPattern = Aux[fill].FastcallPattern = true;
            pairs++;
        }
        if (pairs == 0)
            return;

        if (summary.Fastcall)
            Aux[call].FastcallSpills = (byte)pairs;
        else
            subprog.KeepFastcallStack = true;
        subprog.FastcallStackOff = Math.Min(subprog.FastcallStackOff, off);
    }

    private static bool IsSpillFillPair(Insn spill, Insn fill, int off) =>
        spill.Code == SpillCode && fill.Code == FillCode
        && spill.Dst == FrameState.FramePointer && fill.Src == FrameState.FramePointer
        && spill.Src == fill.Dst && spill.Off == off && fill.Off == off;

    /// <summary>An accepted program loses the spills and fills, and the functions that needed no other slots below them their stack.</summary>
    private void RemoveFastcallSpillsFills()
    {
        if (!Changes.FastcallPatterns)
            return;
        for (int i = 0; i < SubprogCount; i++)
        {
            bool modified = false;
            int end = Subprogs[i + 1].Start;
            for (int insn = Subprogs[i].Start; insn < end; insn++)
                modified |= Aux[insn].FastcallSpills > 0;
            if (modified && !Subprogs[i].KeepFastcallStack)
                Subprogs[i].StackDepth = -Subprogs[i].FastcallStackOff;
        }
    }
}
