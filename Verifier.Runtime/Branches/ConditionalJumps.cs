namespace BpfVerifier.Runtime;

/// <summary>Conditional jumps: which ways can be taken, and what each of them tells about the registers compared.</summary>
internal sealed partial class Verification
{
    /// <summary>Checks a conditional jump at <paramref name="insnIdx"/>, which then names the instruction before the next one.</summary>
    public Errno CheckCondJmpOp(ref Insn insn, ref int insnIdx)
    {
        if (insn.Op == Opcode.Ja || insn.Op > (Changes.MayGoto ? Opcode.Jcond : Opcode.Jsle))
        {
            Log.Write($"invalid BPF_JMP/JMP32 opcode {insn.Op:x}\n");
            return Errno.EINVAL;
        }
        if (insn.Op == Opcode.Jcond)
            return CheckMayGoto(in insn, ref insnIdx);
        Errno err = CheckComparedOperands(in insn);
        if (err != Errno.None)
            return err;

        RegState immediate = default;
        immediate.Type = RegKind.Scalar;
        immediate.SetKnown((ulong)(long)insn.Imm);
        bool withReg = insn.Source == Opcode.X;
        ref RegState dst = ref Regs[insn.Dst];
        ref RegState src = ref withReg ? ref Regs[insn.Src] : ref immediate;
        err = RecordStackComparison(in dst, in src);
        if (err != Errno.None)
            return err;

        int taken = IsBranchTaken(ref dst, ref src, insn.Op, insn.Class == Opcode.Jmp32);
        if (taken < 0)
            return FollowBothBranches(in insn, insnIdx, ref dst, ref src);

        // The decision rests on the values compared.
        if (dst.Type == RegKind.Scalar)
            err = MarkChainPrecision(insn.Dst);
        if (withReg && err == Errno.None && src.Type == RegKind.Scalar)
            err = MarkChainPrecision(insn.Src);
        if (err != Errno.None)
            return err;
        int target = insnIdx + insn.Off;
        int other = taken == 1 ? insnIdx : target;
        if (!BypassSpecV1 && SanitizeSpeculativePath(insn, other + 1, insnIdx) is null)
            return TooManyBranches(Errno.EFAULT);
        PrintAfterJump();
        if (taken == 1)
            insnIdx = target;
        return Errno.None;
    }

    private void PrintAfterJump()
    {
        if (Log.Verbose)
            PrintInsnState(State, State.CurFrame);
    }

    private Errno CheckMayGoto(in Insn insn, ref int insnIdx)
    {
        bool zeroOffset = insn.Off == 0 && !Changes.MayGotoZeroOffset;
        if (!insn.IsMayGoto || insn.Dst != 0 || insn.Imm != 0 || zeroOffset)
        {
            if (Changes.MayGotoZeroOffset)
                Log.Write($"invalid may_goto imm {insn.Imm}\n");
            else
                Log.Write($"invalid may_goto off {insn.Off} imm {insn.Imm}\n");
            return Errno.EINVAL;
        }
        // The loop goes on as long as the kernel's budget lasts: the path behind it is queued, widened so that it converges.
        VerifierState? previous = FindPrevEntry(State.Parent, insnIdx);
        if (PushStack(insnIdx + 1, insnIdx, false) is not { } queued)
            return TooManyBranches(Errno.ENOMEM);
        queued.MayGotoDepth++;
        if (previous is not null)
            WidenImpreciseScalars(previous, queued);
        insnIdx += insn.Off;
        return Errno.None;
    }

    private Errno CheckComparedOperands(in Insn insn)
    {
        Errno err = CheckRegArg(insn.Dst, RegUse.Source);
        if (err != Errno.None)
            return err;
        if (insn.Source == Opcode.K)
            return insn.Src != 0 ? UsesReservedFields("BPF_JMP/JMP32") : Errno.None;
        if (insn.Imm != 0)
            return UsesReservedFields("BPF_JMP/JMP32");
        err = CheckRegArg(insn.Src, RegUse.Source);
        if (err != Errno.None)
            return err;
        bool packets = IsPacketPointerOrEnd(Regs[insn.Dst].Type) && IsPacketPointerOrEnd(Regs[insn.Src].Type);
        return !packets && IsPointerValue(insn.Src) ? PointerComparisonProhibited(insn.Src) : Errno.None;
    }

    private Errno PointerComparisonProhibited(int regno)
    {
        Log.Write($"R{regno} pointer comparison prohibited\n");
        return Errno.EACCES;
    }

    /// <summary>Precision is not traced through a stack pointer: the history says which operand was one.</summary>
    private Errno RecordStackComparison(in RegState dst, in RegState src)
    {
        if (!Changes.StackComparisonsInHistory)
            return Errno.None;
        int flags = (src.Type == RegKind.Stack ? InsnHistory.SrcRegStack : 0) | (dst.Type == RegKind.Stack ? InsnHistory.DstRegStack : 0);
        return flags == 0 ? Errno.None : PushJmpHistory(State, flags, 0);
    }

    /// <summary>Either way is possible: the jump is queued, the walk goes on with the next instruction, each knows more than before.</summary>
    private Errno FollowBothBranches(in Insn insn, int insnIdx, ref RegState dst, ref RegState src)
    {
        bool withReg = insn.Source == Opcode.X;
        Errno err = CollectLinkedScalars(in insn, in dst, in src, out LinkedPlaces linked);
        if (err != Errno.None)
            return err;
        if (PushStack(insnIdx + insn.Off + 1, insnIdx, false) is not { } other)
            return TooManyBranches(Errno.EFAULT);
        RegState[] otherRegs = other.Cur.Regs;

        // The immediate is refined like a register, in each branch its own copy.
        RegState immediate = src;
        RegState otherImmediate = src;
        ref RegState otherSrc = ref withReg ? ref otherRegs[insn.Src] : ref otherImmediate;
        ref RegState thisSrc = ref withReg ? ref src : ref immediate;
        err = RefineBranches(in insn, ref otherRegs[insn.Dst], ref otherSrc, ref dst, ref thisSrc);
        if (err != Errno.None)
            return err;

        if (withReg && (Changes.LinkedScalarPrecision || dst.Type == RegKind.Scalar))
            SyncLinkedScalars(other, insn.Src, linked);
        SyncLinkedScalars(other, insn.Dst, linked);
        LiftNullness(in insn, in dst, in src, otherRegs);

        if (insn.Class == Opcode.Jmp && !withReg && insn.Imm == 0 && insn.Op is Opcode.Jeq or Opcode.Jne && dst.Type.MaybeNull)
        {
            MarkPtrOrNullRegs(State, insn.Dst, insn.Op == Opcode.Jne);
            MarkPtrOrNullRegs(other, insn.Dst, insn.Op == Opcode.Jeq);
        }
        else if (!TryMatchPacketPointers(in insn, other) && IsPointerValue(insn.Dst))
        {
            return PointerComparisonProhibited(insn.Dst);
        }
        PrintAfterJump();
        return Errno.None;
    }
}
