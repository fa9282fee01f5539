using System.Runtime.CompilerServices;

namespace BpfVerifier.Runtime;

/// <summary>A pointer plus or minus a scalar.</summary>
internal sealed partial class Verification
{
    /// <summary>
    /// Checks and computes pointer arithmetic; the result goes to the instruction's destination.
    /// </summary>
    /// <param name="insn">The instruction.</param>
    /// <param name="ptr">The pointer: the destination itself, or the source of <c>scalar += pointer</c>.</param>
    /// <param name="off">The scalar.</param>
    /// <param name="offsetInDst"><paramref name="off"/> is the destination register.</param>
    private Errno AdjustPtrMinMaxVals(in Insn insn, in RegState ptr, in RegState off, bool offsetInDst)
    {
        ref RegState dst = ref Regs[insn.Dst];
        bool known = off.Var.IsConst;
        if ((known && (off.SMin != off.SMax || off.UMin != off.UMax)) || off.SMin > off.SMax || off.UMin > off.UMax)
        {
            // Contradicting bounds come from dead branches.
            dst.SetUnknown(this);
            return Errno.None;
        }
        if (insn.Class != Opcode.Alu64)
        {
            if (insn.Op == Opcode.Sub && AllowPtrLeaks)
            {
                dst.SetUnknown(this);
                return Errno.None;
            }
            return RefusePointerArithmetic($"R{insn.Dst} 32-bit pointer arithmetic prohibited\n");
        }
        if (ptr.Type.MaybeNull)
            return RefusePointerArithmetic($"R{insn.Dst} pointer arithmetic on {RegTypeStr(ptr.Type)} prohibited, null-check it first\n");
        // Such memory is only probed: offsets into it are not followed.
        if (ptr.Type.Kind == RegKind.Mem && ptr.Type.Has(TypeFlags.Untrusted) && Changes.UntrustedMemOffsetsIgnored)
            return Errno.None;
        if (!AllowsArithmetic(ptr.Type.Kind, known, known && off.SMin == 0 && insn.Op == Opcode.Add))
            return RefusePointerArithmetic($"R{insn.Dst} pointer arithmetic on {RegTypeStr(ptr.Type)} prohibited\n");

        bool ptrIsDst = Unsafe.AreSame(in ptr, in dst);
        InheritPointer(in insn, ref dst, in ptr, ptrIsDst);
        if (!CheckRegSaneOffset(in off, ptr.Type) || !CheckRegSaneOffset(in ptr, ptr.Type))
            return Errno.EINVAL;
        if (!Changes.SubregForgottenAfterSanitation)
            dst.SetUnbounded32();

        bool sanitized = insn.Op is Opcode.Add or Opcode.Sub;
        SanitationInfo info = default;
        if (sanitized && SanitizePtrAlu(in insn, in ptr, in off, ref dst, ref info, false) is var before and not SanitationRefusal.None)
            return SanitizeErr(in insn, before, offsetInDst);
        dst.SetUnbounded32();

        Errno err = insn.Op switch
        {
            Opcode.Add => AddToPointer(ref dst, in ptr, in off, known),
            Opcode.Sub => SubtractFromPointer(in insn, ref dst, in ptr, in off, known, ptrIsDst),
            Opcode.And or Opcode.Or or Opcode.Xor =>
                RefusePointerArithmetic($"R{insn.Dst} bitwise operator {s_aluOperators[insn.Op >> 4]} on pointer prohibited\n"),
            _ => RefusePointerArithmetic($"R{insn.Dst} pointer arithmetic with {s_aluOperators[insn.Op >> 4]} operator prohibited\n"),
        };
        if (err != Errno.None)
            return err;

        if (!CheckRegSaneOffset(in dst, dst.Type))
            return Errno.EINVAL;
        dst.SyncBounds(Changes);
        if (!SanitizeCheckBounds(in insn, in dst))
            return Errno.EACCES;
        if (sanitized && SanitizePtrAlu(in insn, in dst, in off, ref dst, ref info, true) is var after and not SanitationRefusal.None)
            return SanitizeErr(in insn, after, offsetInDst);
        return Errno.None;
    }

    private Errno RefusePointerArithmetic(string message)
    {
        Log.Write(message);
        return Errno.EACCES;
    }

    private bool AllowsArithmetic(RegKind kind, bool known, bool addsZero) => kind switch
    {
        RegKind.FlowKeys => known,
        RegKind.ConstMap => addsZero,
        RegKind.Ctx or RegKind.MapValue or RegKind.MapKey or RegKind.Stack or RegKind.PacketMeta or RegKind.Packet
            or RegKind.TpBuffer or RegKind.BtfId or RegKind.Mem or RegKind.Buf or RegKind.Func or RegKind.ConstDynptr => true,
        RegKind.PacketEnd or RegKind.Socket or RegKind.SockCommon or RegKind.TcpSock or RegKind.XdpSock => false,
        _ => !Changes.PointerArithmeticAllowList,
    };

    /// <summary>After <c>scalar += pointer</c> the destination is that pointer, in older releases only its type and id.</summary>
    private void InheritPointer(in Insn insn, ref RegState dst, in RegState ptr, bool ptrIsDst)
    {
        if (ptrIsDst)
            return;
        if (!Changes.PointerSumInheritsAll)
        {
            dst.Type = ptr.Type;
            dst.Id = ptr.Id;
            return;
        }
        dst = ptr;
        if (Marks is null)
            return;
        // The place takes over the pointer's marks as well, until the next checkpoint.
        int to = LivenessMarks.Reg(CurFrame, insn.Dst);
        int from = LivenessMarks.Reg(CurFrame, insn.Src);
        Marks[to] = Marks[from];
        Marks.Parent(to) = Marks.Parent(from);
    }

    private Errno AddToPointer(ref RegState dst, in RegState ptr, in RegState off, bool known)
    {
        long sum = unchecked(ptr.Off + off.SMin);
        if (known && sum == (int)sum)
        {
            SetFixedOffset(ref dst, in ptr, (int)sum);
            return Errno.None;
        }
        RegState bounds = ptr;
        bounds.Wide.Add(Copy(in off).Wide, wholeWrap: false);
        bounds.Var = ptr.Var + off.Var;
        SetVariableOffset(ref dst, in ptr, in bounds, moreThanBefore: true);
        return Errno.None;
    }

    private Errno SubtractFromPointer(in Insn insn, ref RegState dst, in RegState ptr, in RegState off, bool known, bool ptrIsDst)
    {
        if (!ptrIsDst)
            return RefusePointerArithmetic($"R{insn.Dst} tried to subtract pointer from scalar\n");
        // Not every JIT can subtract from the frame pointer.
        if (ptr.Type == RegKind.Stack)
            return RefusePointerArithmetic($"R{insn.Dst} subtraction from stack pointer prohibited\n");
        long difference = unchecked(ptr.Off - off.SMin);
        if (known && difference == (int)difference)
        {
            SetFixedOffset(ref dst, in ptr, (int)difference);
            return Errno.None;
        }
        RegState bounds = ptr;
        bounds.Wide.Subtract(Copy(in off).Wide, wholeWrap: false);
        bounds.Var = ptr.Var - off.Var;
        SetVariableOffset(ref dst, in ptr, in bounds, moreThanBefore: off.SMin < 0);
        return Errno.None;
    }

    private static void SetFixedOffset(ref RegState dst, in RegState ptr, int off)
    {
        (dst.SMin, dst.SMax, dst.UMin, dst.UMax) = (ptr.SMin, ptr.SMax, ptr.UMin, ptr.UMax);
        dst.Var = ptr.Var;
        dst.Off = off;
        dst.CopyTypeData(in ptr);
    }

    /// <param name="dst">Where the result goes.</param>
    /// <param name="ptr">The pointer before.</param>
    /// <param name="bounds">Bounds and bits of the new variable offset.</param>
    /// <param name="moreThanBefore">The result may lie beyond the pointer it came from.</param>
    private void SetVariableOffset(ref RegState dst, in RegState ptr, in RegState bounds, bool moreThanBefore)
    {
        (dst.SMin, dst.SMax, dst.UMin, dst.UMax) = (bounds.SMin, bounds.SMax, bounds.UMin, bounds.UMax);
        dst.Var = bounds.Var;
        dst.Off = ptr.Off;
        dst.CopyTypeData(in ptr);
        if (!ptr.Type.IsPacketPointer)
            return;
        // A new base: what was proved of the old one holds only if this is not further on.
        dst.Id = NewId();
        if (moreThanBefore)
            dst.ClearTypeData();
    }

    private static RegState Copy(in RegState reg) => reg;

    /// <summary>Offsets stay far away from overflow.</summary>
    private bool CheckRegSaneOffset(in RegState reg, RegType type)
    {
        long value = (long)reg.Var.Value;
        if (reg.Var.IsConst && value is >= MaxVarOff or <= -MaxVarOff)
            Log.Write($"math between {RegTypeStr(type)} pointer and {value} is not allowed\n");
        else if (reg.Off is >= MaxVarOff or <= -MaxVarOff)
            Log.Write($"{RegTypeStr(type)} pointer offset {reg.Off} is not allowed\n");
        else if (reg.SMin == long.MinValue)
            Log.Write($"math between {RegTypeStr(type)} pointer and register with unbounded min value is not allowed\n");
        else if (reg.SMin is >= MaxVarOff or <= -MaxVarOff)
            Log.Write($"value {reg.SMin} makes {RegTypeStr(type)} pointer be out of bounds\n");
        else
            return true;
        return false;
    }
}
