namespace BpfVerifier.Runtime;

/// <summary>ALU and ALU64 instructions: encoding, operands, moves. The arithmetic itself is in ScalarArithmetic and PointerArithmetic.</summary>
internal sealed partial class Verification
{
    /// <summary>Offset field that makes a 64-bit move an address space cast.</summary>
    private const int AddressSpaceCast = 1;

    public Errno CheckAluOp(ref Insn insn)
    {
        Errno err = insn.Op switch
        {
            Opcode.End or Opcode.Neg => CheckUnaryOp(in insn),
            Opcode.Mov => CheckMov(in insn),
            > Opcode.End => InvalidAluOpcode(insn.Op),
            _ => CheckBinaryOp(in insn),
        };
        return err != Errno.None ? err : ReportBoundsViolations(ref Regs[insn.Dst], "alu");
    }

    private Errno InvalidAluOpcode(int op)
    {
        Log.Write($"invalid BPF_ALU opcode {op:x}\n");
        return Errno.EINVAL;
    }

    private Errno CheckUnaryOp(in Insn insn)
    {
        bool negates = insn.Op == Opcode.Neg;
        if (negates)
        {
            if (insn.Source != Opcode.K || insn.Src != 0 || insn.Off != 0 || insn.Imm != 0)
                return UsesReservedFields("BPF_NEG");
        }
        else
        {
            bool wide = insn.Class == Opcode.Alu64 && (insn.Source != Opcode.K || !Changes.UnconditionalByteSwap);
            if (insn.Src != 0 || insn.Off != 0 || insn.Imm is not (16 or 32 or 64) || wide)
                return UsesReservedFields("BPF_END");
        }

        Errno err = CheckRegArg(insn.Dst, RegUse.Source);
        if (err != Errno.None)
            return err;
        if (IsPointerValue(insn.Dst))
        {
            Log.Write($"R{insn.Dst} pointer arithmetic prohibited\n");
            return Errno.EACCES;
        }
        if (!(negates ? Changes.NegationRanges : Changes.ByteSwapBits) || Regs[insn.Dst].Type != RegKind.Scalar)
            return CheckRegArg(insn.Dst, RegUse.Destination);

        err = CheckRegArg(insn.Dst, RegUse.DestinationNoMark);
        if (err != Errno.None)
            return err;
        ref RegState dst = ref Regs[insn.Dst];
        RegState value = dst;
        return AdjustScalarMinMaxVals(in insn, ref dst, ref value);
    }

    private Errno CheckMov(in Insn insn)
    {
        bool fromReg = insn.Source == Opcode.X;
        Errno err = fromReg ? CheckMovEncoding(in insn)
            : insn.Src != 0 || insn.Off != 0 ? UsesReservedFields("BPF_MOV") : Errno.None;
        if (err == Errno.None && fromReg)
            err = CheckRegArg(insn.Src, RegUse.Source);
        if (err == Errno.None)
            err = CheckRegArg(insn.Dst, RegUse.DestinationNoMark);
        if (err != Errno.None)
            return err;

        if (fromReg)
            return insn.Class == Opcode.Alu64 ? MoveReg(in insn) : MoveSubreg(in insn);

        ref RegState dst = ref Regs[insn.Dst];
        dst.SetUnknown(this);
        dst.SetKnown(insn.Class == Opcode.Alu64 ? (ulong)(long)insn.Imm : (uint)insn.Imm);
        return Errno.None;
    }

    private Errno CheckMovEncoding(in Insn insn)
    {
        bool wide = insn.Class == Opcode.Alu64;
        if (wide && insn.Off == AddressSpaceCast && Changes.AddressSpaceCasts)
            return CheckAddressSpaceCast(in insn);
        bool extends = Changes.SignExtendingMoves && (insn.Off is 8 or 16 || (wide && insn.Off == 32));
        return (insn.Off != 0 && !extends) || insn.Imm != 0 ? UsesReservedFields("BPF_MOV") : Errno.None;
    }

    private Errno CheckAddressSpaceCast(in Insn insn)
    {
        if (insn.Imm is not (1 or 1 << 16))
        {
            Log.Write("addr_space_cast insn can only convert between address space 1 and 0\n");
            return Errno.EINVAL;
        }
        if (_arena is not null)
            return Errno.None;
        Log.Write("addr_space_cast insn can only be used in a program that has an associated arena\n");
        return Errno.EINVAL;
    }

    /// <summary>r1 = r2, or r1 = (s8, s16, s32)r2.</summary>
    private Errno MoveReg(in Insn insn)
    {
        ref RegState dst = ref Regs[insn.Dst];
        ref RegState src = ref Regs[insn.Src];
        if (insn.Imm != 0)
        {
            // An address of user space becomes a pointer into the arena, or the other way round.
            MarkRegUnknown(Regs, insn.Dst);
            if (insn.Imm == 1)
                dst.Type = RegKind.Arena;
            return Errno.None;
        }
        if (insn.Off == 0)
        {
            AssignScalarIdBeforeMov(ref src);
            dst = src;
            return Errno.None;
        }
        if (IsPointerValue(insn.Src))
        {
            Log.Write($"R{insn.Src} sign-extension part of pointer\n");
            return Errno.EACCES;
        }
        if (src.Type == RegKind.Scalar)
        {
            CopyScalar(ref dst, ref src, sameValue: IsUnchangedBySignExtension(in src, insn.Off));
            dst.CoerceToSizeSx(insn.Off / 8);
        }
        else
        {
            dst.SetUnknown(this);
        }
        return Errno.None;
    }

    /// <summary>w1 = w2, or w1 = (s8, s16)w2.</summary>
    private Errno MoveSubreg(in Insn insn)
    {
        ref RegState dst = ref Regs[insn.Dst];
        ref RegState src = ref Regs[insn.Src];
        if (IsPointerValue(insn.Src))
        {
            Log.Write($"R{insn.Src} partial copy of pointer\n");
            return Errno.EACCES;
        }
        if (src.Type != RegKind.Scalar)
        {
            dst.SetUnknown(this);
        }
        else if (insn.Off == 0)
        {
            CopyScalar(ref dst, ref src, sameValue: Changes.SubregMovesLink && src.Width <= 32);
        }
        else
        {
            CopyScalar(ref dst, ref src, sameValue: IsUnchangedBySignExtension(in src, insn.Off));
            dst.CoerceSubregToSizeSx(insn.Off / 8);
        }
        dst.ZeroExtendSubreg();
        dst.SyncBounds(Changes);
        return Errno.None;
    }

    private static bool IsUnchangedBySignExtension(in RegState reg, int bits) => reg.UMax < 1UL << (bits - 1);

    /// <summary>Copies a scalar and links both registers if they hold the same value afterwards.</summary>
    private void CopyScalar(ref RegState dst, ref RegState src, bool sameValue)
    {
        if (sameValue)
            AssignScalarIdBeforeMov(ref src);
        dst = src;
        if (!sameValue)
            ClearScalarId(ref dst);
    }

    private Errno CheckBinaryOp(in Insn insn)
    {
        int op = insn.Op;
        bool fromReg = insn.Source == Opcode.X;
        bool isSigned = insn.Off == 1 && op is (Opcode.Div or Opcode.Mod) && Changes.SignedDivision;
        if ((insn.Off != 0 && !isSigned) || (fromReg ? insn.Imm : insn.Src) != 0)
            return UsesReservedFields("BPF_ALU");

        Errno err = fromReg ? CheckRegArg(insn.Src, RegUse.Source) : Errno.None;
        if (err == Errno.None)
            err = CheckRegArg(insn.Dst, RegUse.Source);
        if (err != Errno.None)
            return err;

        if (op is Opcode.Mod or Opcode.Div && !fromReg && insn.Imm == 0)
        {
            Log.Write("div by zero\n");
            return Errno.EINVAL;
        }
        if (op is Opcode.Lsh or Opcode.Rsh or Opcode.Arsh && !fromReg
            && (uint)insn.Imm >= (insn.Class == Opcode.Alu64 ? 64u : 32u))
        {
            Log.Write($"invalid shift {insn.Imm}\n");
            return Errno.EINVAL;
        }

        err = CheckRegArg(insn.Dst, RegUse.DestinationNoMark);
        return err != Errno.None ? err : AdjustRegMinMaxVals(in insn);
    }
}
