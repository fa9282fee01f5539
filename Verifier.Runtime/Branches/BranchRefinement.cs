using System.Numerics;

namespace BpfVerifier.Runtime;

/// <summary>What the outcome of a comparison tells about the values compared.</summary>
internal sealed partial class Verification
{
    /// <summary>"Not any of these bits": the opposite of <see cref="Opcode.Jset"/>, which has no opcode of its own.</summary>
    private const int Jclear = Opcode.Jset | Opcode.X;

    /// <summary>Narrows both operands in both branches: the queued one, where the jump is taken, and this one.</summary>
    public Errno RefineBranches(in Insn insn, ref RegState takenDst, ref RegState takenSrc, ref RegState dst, ref RegState src)
    {
        if (dst.Type != RegKind.Scalar || src.Type != RegKind.Scalar)
            return Errno.None;
        bool jmp32 = insn.Class == Opcode.Jmp32;
        if (!Changes.ComparesTwoRanges)
        {
            RefineOneOperand(insn.Op, jmp32, ref takenDst, ref takenSrc, ref dst, ref src);
            return Errno.None;
        }

        Refine(ref dst, ref src, Reverse(insn.Op), jmp32);
        dst.SyncBounds(Changes);
        src.SyncBounds(Changes);
        Refine(ref takenDst, ref takenSrc, insn.Op, jmp32);
        takenDst.SyncBounds(Changes);
        takenSrc.SyncBounds(Changes);

        Errno err = ReportBoundsViolations(ref takenDst, "true_reg1");
        if (err == Errno.None)
            err = ReportBoundsViolations(ref takenSrc, "true_reg2");
        if (err == Errno.None)
            err = ReportBoundsViolations(ref dst, "false_reg1");
        return err != Errno.None ? err : ReportBoundsViolations(ref src, "false_reg2");
    }

    /// <summary>Older releases learn from comparisons with a constant, and from the equality of two registers.</summary>
    private void RefineOneOperand(int op, bool jmp32, ref RegState takenDst, ref RegState takenSrc, ref RegState dst, ref RegState src)
    {
        if (src.Var.IsConst || (jmp32 && src.Var.IsConstSubreg))
        {
            RefineByConstant(op, jmp32, ref takenDst, ref dst, src.Var.Value);
        }
        else if (dst.Var.IsConst || (jmp32 && dst.Var.IsConstSubreg))
        {
            RefineByConstant(Flip(op), jmp32, ref takenSrc, ref src, dst.Var.Value);
        }
        else if (!jmp32 && op == Opcode.Jeq)
        {
            Equalize(ref takenSrc, ref takenDst);
        }
        else if (!jmp32 && op == Opcode.Jne)
        {
            Equalize(ref src, ref dst);
        }
    }

    private void Equalize(ref RegState a, ref RegState b)
    {
        Refine(ref a, ref b, Opcode.Jeq, false);
        a.SyncBounds(Changes);
        b.SyncBounds(Changes);
    }

    private void RefineByConstant(int op, bool jmp32, ref RegState taken, ref RegState reg, ulong value)
    {
        RegState constant = default;
        constant.Type = RegKind.Scalar;
        constant.SetKnownConst(jmp32 ? (uint)value : value);
        if (op is Opcode.Jeq or Opcode.Jne)
        {
            // Only equality tells something, and that everything.
            ref RegState equal = ref op == Opcode.Jeq ? ref taken : ref reg;
            if (jmp32)
                equal.SetKnownSubreg((uint)value);
            else
                equal.SetKnownConst(value);
        }
        else
        {
            RegState again = constant;
            Refine(ref reg, ref constant, Reverse(op), jmp32);
            Refine(ref taken, ref again, op, jmp32);
        }
        reg.CombineAfterComparison(jmp32, Changes);
        taken.CombineAfterComparison(jmp32, Changes);
    }

    /// <summary>The operation that holds where <paramref name="op"/> does not.</summary>
    private static int Reverse(int op) => op switch
    {
        Opcode.Jeq => Opcode.Jne,
        Opcode.Jne => Opcode.Jeq,
        Opcode.Jset => Jclear,
        Opcode.Jge => Opcode.Jlt,
        Opcode.Jgt => Opcode.Jle,
        Opcode.Jle => Opcode.Jgt,
        Opcode.Jlt => Opcode.Jge,
        Opcode.Jsge => Opcode.Jslt,
        Opcode.Jsgt => Opcode.Jsle,
        Opcode.Jsle => Opcode.Jsgt,
        _ => Opcode.Jsge,
    };

    /// <summary>Narrows both registers by the fact that <c>reg1 op reg2</c> holds. The domains are not yet in step afterwards.</summary>
    private static void Refine(ref RegState reg1, ref RegState reg2, int op, bool jmp32)
    {
        switch (op)
        {
            case Opcode.Jge or Opcode.Jgt or Opcode.Jsge or Opcode.Jsgt:
                Refine(ref reg2, ref reg1, Flip(op), jmp32);
                break;
            case Opcode.Jle or Opcode.Jlt when jmp32:
                reg1.Sub.LimitBelow(reg2.Sub, op == Opcode.Jlt);
                break;
            case Opcode.Jle or Opcode.Jlt:
                reg1.Wide.LimitBelow(reg2.Wide, op == Opcode.Jlt);
                break;
            case Opcode.Jsle or Opcode.Jslt when jmp32:
                reg1.Sub.LimitBelowSigned(reg2.Sub, op == Opcode.Jslt);
                break;
            case Opcode.Jsle or Opcode.Jslt:
                reg1.Wide.LimitBelowSigned(reg2.Wide, op == Opcode.Jslt);
                break;
            case Opcode.Jeq:
                RefineEqual(ref reg1, ref reg2, jmp32);
                break;
            default:
                // The rest needs one constant operand.
                if (jmp32 ? reg2.IsConstSubreg : reg2.IsConst)
                    RefineByBits(ref reg1, in reg2, op, jmp32);
                else if (jmp32 ? reg1.IsConstSubreg : reg1.IsConst)
                    RefineByBits(ref reg2, in reg1, op, jmp32);
                break;
        }
    }

    private static void RefineEqual(ref RegState reg1, ref RegState reg2, bool jmp32)
    {
        if (jmp32)
        {
            reg1.Sub.Equalize(reg2.Sub);
            Tnum common = Tnum.Intersect(reg1.Var.Subreg, reg2.Var.Subreg);
            reg1.Var = reg1.Var.WithSubreg(common);
            reg2.Var = reg2.Var.WithSubreg(common);
        }
        else
        {
            reg1.Wide.Equalize(reg2.Wide);
            reg1.Var = reg2.Var = Tnum.Intersect(reg1.Var, reg2.Var);
        }
    }

    private static void RefineByBits(ref RegState reg, in RegState constant, int op, bool jmp32)
    {
        ulong value = jmp32 ? (uint)constant.Var.Value : constant.Var.Value;
        switch (op)
        {
            case Opcode.Jne when jmp32:
                reg.Sub.Exclude((uint)value);
                break;
            case Opcode.Jne:
                reg.Wide.Exclude(value);
                break;
            case Opcode.Jset when BitOperations.IsPow2(value):
                // One of several bits is set: which one, only a single bit tells.
                reg.Var = jmp32 ? reg.Var.WithSubreg(reg.Var.Subreg | Tnum.Const(value)) : reg.Var | Tnum.Const(value);
                break;
            case Jclear:
                // The ranges may contradict the bits on a dead branch: forget them first.
                reg.SetUnbounded();
                reg.Var = jmp32 ? reg.Var.WithSubreg(reg.Var.Subreg & Tnum.Const(~value)) : reg.Var & Tnum.Const(~value);
                break;
        }
    }
}
