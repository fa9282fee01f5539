namespace BpfVerifier.Runtime;

/// <summary>Arithmetic of two operands: sorts out pointers, then computes the bounds of scalars.</summary>
internal sealed partial class Verification
{
    private static readonly string[] s_aluOperators =
        ["+=", "-=", "*=", "/=", "|=", "&=", "<<=", ">>=", "neg", "%=", "^=", "=", "s>>=", "endian", "", ""];

    private Errno AdjustRegMinMaxVals(in Insn insn)
    {
        ref RegState dst = ref Regs[insn.Dst];
        bool fromReg = insn.Source == Opcode.X;
        // Whatever is done to an arena pointer, only its lower half counts.
        if (dst.Type == RegKind.Arena)
            return Errno.None;
        if (Changes.ArenaPointersAsSource && fromReg && Regs[insn.Src].Type == RegKind.Arena)
        {
            dst = Regs[insn.Src];
            return Errno.None;
        }
        bool toPointer = dst.Type != RegKind.Scalar;
        if (!toPointer && !Changes.LinkedScalarDelta)
            dst.Id = 0;

        if (!fromReg)
        {
            RegState immediate = default;
            immediate.Type = RegKind.Scalar;
            immediate.SetKnown((ulong)(long)insn.Imm);
            return toPointer
                ? AdjustPtrMinMaxVals(in insn, in dst, in immediate, offsetInDst: false)
                : AdjustScalars(in insn, ref dst, ref immediate);
        }

        ref RegState src = ref Regs[insn.Src];
        if (src.Type != RegKind.Scalar)
            return toPointer ? CombinePointers(in insn, ref dst) : AddPointerToScalar(in insn, ref dst, in src);
        if (toPointer || dst.Precise)
        {
            // An offset decides what is accessed; and what a precise scalar is made of must be precise.
            Errno err = MarkChainPrecision(insn.Src);
            if (err != Errno.None)
                return err;
        }
        return toPointer
            ? AdjustPtrMinMaxVals(in insn, in dst, in src, offsetInDst: false)
            : AdjustScalars(in insn, ref dst, ref src);
    }

    /// <summary>Two pointers have at most a difference, and that is just some number.</summary>
    private Errno CombinePointers(in Insn insn, ref RegState dst)
    {
        if (insn.Op == Opcode.Sub && AllowPtrLeaks)
        {
            dst.SetUnknown(this);
            return Errno.None;
        }
        Log.Write($"R{insn.Dst} pointer {s_aluOperators[insn.Op >> 4]} pointer prohibited\n");
        return Errno.EACCES;
    }

    private Errno AddPointerToScalar(in Insn insn, ref RegState dst, in RegState pointer)
    {
        Errno err = MarkChainPrecision(insn.Dst);
        if (err != Errno.None)
            return err;
        if (!Changes.PointerSumInheritsAll)
            return AdjustPtrMinMaxVals(in insn, in pointer, in dst, offsetInDst: true);
        RegState offset = dst;
        return AdjustPtrMinMaxVals(in insn, in pointer, in offset, offsetInDst: false);
    }

    /// <summary>Computes the result and keeps or cuts its links to equal scalars.</summary>
    private Errno AdjustScalars(in Insn insn, ref RegState dst, ref RegState src)
    {
        RegState operand = src;
        Errno err = AdjustScalarMinMaxVals(in insn, ref dst, ref operand);
        if (err != Errno.None || !Changes.LinkedScalarDelta)
            return err;

        bool addsToItself = insn.Source == Opcode.X && insn.Src == insn.Dst && Changes.NoDeltaFromItself;
        if (BpfCapable && insn.Op == Opcode.Add && insn.Class == Opcode.Alu64 && dst.Id != 0 && src.IsConst && !addsToItself)
        {
            // One constant difference to the linked scalars can be remembered, a second one cannot.
            ulong delta = src.Var.Value;
            if ((dst.Id & RegState.AddConst) != 0 || delta > int.MaxValue)
            {
                dst.Id = 0;
                dst.Off = 0;
            }
            else
            {
                dst.Id |= RegState.AddConst;
                dst.Off = (int)delta;
            }
        }
        else
        {
            ClearScalarId(ref dst);
        }
        return Errno.None;
    }

    /// <summary>dst = dst op src, both scalars. <paramref name="src"/> must be a copy.</summary>
    private Errno AdjustScalarMinMaxVals(in Insn insn, ref RegState dst, ref RegState src)
    {
        bool wide = insn.Class == Opcode.Alu64;
        if (!(Changes.RangesOfUnknownOperands ? IsRangeComputable(in insn, ref src) : IsRangeComputableFromKnown(in insn, ref src)))
        {
            dst.SetUnknown(this);
            return Errno.None;
        }
        if (insn.Op is Opcode.Add or Opcode.Sub && SanitizeValAlu(in insn) is var refusal and not SanitationRefusal.None)
            return SanitizeErr(in insn, refusal, offsetInDst: true);

        switch (insn.Op)
        {
            case Opcode.Add:
                dst.AddScalar(ref src, Changes);
                break;
            case Opcode.Sub:
                dst.SubtractScalar(ref src, Changes);
                break;
            case Opcode.Neg:
                dst.NegateScalar(Changes);
                break;
            case Opcode.Mul:
                dst.MultiplyScalar(ref src, Changes);
                break;
            case Opcode.And or Opcode.Or:
                Errno err = src.Var.IsConst && Changes.ForkOnSignMasks ? ForkOnSignMask(in insn, ref dst) : Errno.None;
                if (err != Errno.None)
                    return err;
                if (insn.Op == Opcode.And)
                    dst.AndScalar(ref src, Changes);
                else
                    dst.OrScalar(ref src, Changes);
                break;
            case Opcode.Xor:
                dst.XorScalar(ref src, Changes);
                break;
            case Opcode.Div when Changes.DivisionRanges:
                dst.DivideScalar(ref src, wide, insn.Off == 1);
                break;
            case Opcode.Mod when Changes.DivisionRanges:
                dst.RemainderScalar(ref src, wide, insn.Off == 1);
                break;
            case Opcode.End:
                SwapBytes(in insn, ref dst);
                break;
            case Opcode.Lsh or Opcode.Rsh or Opcode.Arsh when src.UMax < (wide ? 64u : 32u):
                Shift(insn.Op, wide, ref dst, in src);
                break;
            default:
                dst.SetUnknown(this);
                break;
        }

        // Byte swaps truncate by themselves, and those of 64 bits belong to the 32-bit class.
        if (!wide && insn.Op != Opcode.End)
            dst.ZeroExtendSubreg();
        dst.SyncBounds(Changes);
        return Errno.None;
    }

    /// <summary>Swaps bytes, or only truncates: this machine's order is the little-endian one.</summary>
    private void SwapBytes(in Insn insn, ref RegState dst)
    {
        bool swaps = insn.Class == Opcode.Alu64 || insn.Source == Opcode.X;
        if (swaps || insn.Imm != 64)
            ClearScalarId(ref dst);
        if (swaps)
        {
            dst.Var = dst.Var.SwapBytes(insn.Imm / 8);
            dst.SetUnbounded();
        }
        if (insn.Imm != 64)
            dst.CoerceToSize(insn.Imm / 8, Changes);
    }

    private void Shift(int op, bool wide, ref RegState dst, in RegState src)
    {
        (int min, int max) = wide ? ((int)src.UMin, (int)src.UMax) : ((int)src.U32Min, (int)src.U32Max);
        switch (op)
        {
            case Opcode.Lsh when wide:
                dst.ShiftLeftScalar(min, max, Changes);
                break;
            case Opcode.Lsh:
                dst.ShiftLeftScalar32(min, max);
                break;
            case Opcode.Rsh when wide:
                dst.ShiftRightScalar(min, max);
                break;
            case Opcode.Rsh:
                dst.ShiftRightScalar32(min, max);
                break;
            case Opcode.Arsh when wide:
                dst.ShiftRightSignedScalar(min);
                break;
            default:
                dst.ShiftRightSignedScalar32(min);
                break;
        }
    }

    /// <summary>Whether bounds of the result can be told: always for sums, products and bit operations, for shifts by a known amount.</summary>
    private bool IsRangeComputable(in Insn insn, ref RegState src)
    {
        bool wide = insn.Class == Opcode.Alu64;
        return insn.Op switch
        {
            Opcode.Add or Opcode.Sub or Opcode.Neg or Opcode.And or Opcode.Xor or Opcode.Or or Opcode.Mul => true,
            Opcode.End => true,
            Opcode.Div or Opcode.Mod => Changes.DivisionRanges && IsOneValue(wide, in src),
            Opcode.Lsh or Opcode.Rsh or Opcode.Arsh => src.UMax < (wide ? 64u : 32u) && IsOneValue(wide, in src),
            _ => false,
        };
    }

    private static bool IsOneValue(bool wide, in RegState src) => wide
        ? src.Var.IsConst && src.SMin == src.SMax && src.UMin == src.UMax
        : src.Var.IsConstSubreg && src.S32Min == src.S32Max && src.U32Min == src.U32Max;

    /// <summary>Older releases compute only sums and masks of unknown operands, and nothing of contradicting bounds.</summary>
    private static bool IsRangeComputableFromKnown(in Insn insn, ref RegState src)
    {
        bool wide = insn.Class == Opcode.Alu64;
        bool known = wide ? src.Var.IsConst : src.Var.IsConstSubreg;
        bool single = wide ? src.SMin == src.SMax && src.UMin == src.UMax : src.S32Min == src.S32Max && src.U32Min == src.U32Max;
        if ((known && !single) || (wide ? src.Wide.Empty : src.Sub.Empty))
            return false;
        return known || insn.Op is Opcode.Add or Opcode.Sub or Opcode.And;
    }

    /// <summary>
    /// A scalar that is 0 or -1 (a sign spread by a shift) is about to be masked: the path with 0 is queued, this one goes
    /// on with -1, so that both results are constants.
    /// </summary>
    private Errno ForkOnSignMask(in Insn insn, ref RegState dst)
    {
        bool wide = dst.SMin == -1 && dst.SMax == 0;
        if (!wide && !(dst.S32Min == -1 && dst.S32Max == 0))
            return Errno.None;
        if (PushStack(InsnIdx, InsnIdx, false) is not { } branch)
            return TooManyBranches(Errno.EFAULT);
        ref RegState zero = ref branch.Cur.Regs[insn.Dst];
        if (wide)
        {
            zero.SetKnown(0);
            dst.SetKnown(ulong.MaxValue);
        }
        else
        {
            zero.SetKnownSubreg(0);
            dst.SetKnownSubreg(uint.MaxValue);
        }
        return Errno.None;
    }

}
