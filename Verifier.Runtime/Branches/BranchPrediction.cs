using System.Runtime.CompilerServices;

namespace BpfVerifier.Runtime;

/// <summary>Comparisons whose outcome is known before they are made.</summary>
internal sealed partial class Verification
{
    /// <summary>Compares <paramref name="reg1"/> with <paramref name="reg2"/>: 1 if the jump is always taken, 0 if never, -1 if that is unknown.</summary>
    public int IsBranchTaken(ref RegState reg1, ref RegState reg2, int op, bool jmp32)
    {
        bool packets = IsPacketPointerOrEnd(reg1.Type) && IsPacketPointerOrEnd(reg2.Type) && !jmp32;
        if (!Changes.ComparesTwoRanges)
        {
            // Older releases predict comparisons with a constant in the second operand only.
            if (jmp32 ? reg2.IsConstSubreg : reg2.IsConst)
            {
                if (reg1.Type != RegKind.Scalar)
                    return IsNullTestTaken(in reg1, in reg2, op, jmp32);
                // on a path that cannot be, bounds may contradict the known bits: those decide
                RegState constant = reg2;
                constant.SetKnownConst(jmp32 ? (uint)reg2.Var.Value : reg2.Var.Value);
                return IsScalarBranchTaken(in reg1, in constant, op, jmp32);
            }
            return packets ? IsPacketBranchTaken(in reg1, in reg2, op) : -1;
        }
        if (packets)
            return IsPacketBranchTaken(in reg1, in reg2, op);
        if (reg1.Type == RegKind.Scalar && reg2.Type == RegKind.Scalar)
            return IsScalarBranchTaken(in reg1, in reg2, op, jmp32);
        // The low half of a valid pointer may well be zero.
        if (jmp32 && Changes.SubregNullTestsUnknown)
            return -1;
        if (jmp32 ? reg2.IsConstSubreg : reg2.IsConst)
            return IsNullTestTaken(in reg1, in reg2, op, jmp32);
        return (jmp32 ? reg1.IsConstSubreg : reg1.IsConst) ? IsNullTestTaken(in reg2, in reg1, Flip(op), jmp32) : -1;
    }

    private int IsNullTestTaken(in RegState pointer, in RegState constant, int op, bool jmp32)
    {
        ulong value = jmp32 ? (uint)constant.Var.Value : constant.Var.Value;
        if (value != 0 || !IsRegNotNull(in pointer))
            return -1;
        return op switch
        {
            Opcode.Jeq => 0,
            Opcode.Jne => 1,
            _ => -1,
        };
    }

    /// <summary>A pointer that cannot be null whatever its offset.</summary>
    private bool IsRegNotNull(in RegState reg)
    {
        if (!Changes.TrustedPointersNotNull)
            return reg.Type == RegKind.Socket || reg.Type == RegKind.TcpSock || reg.Type == RegKind.MapValue
                || reg.Type == RegKind.MapKey || reg.Type == RegKind.SockCommon;
        if (reg.Type.MaybeNull)
            return false;
        if (Changes.WrappingPointersMayBeNull && (reg.SMin <= -MaxVarOff || reg.SMax >= MaxVarOff))
            return false;
        return reg.Type.Kind switch
        {
            RegKind.Socket or RegKind.TcpSock or RegKind.MapValue or RegKind.MapKey or RegKind.SockCommon or RegKind.ConstMap => true,
            RegKind.XdpSock or RegKind.Buf => Changes.WrappingPointersMayBeNull,
            RegKind.BtfId => IsTrustedReg(in reg),
            RegKind.Mem => !Changes.UntrustedMemMayBeNull || !reg.Type.Has(TypeFlags.Untrusted),
            _ => false,
        };
    }

    /// <summary>Whether a comparison of a register with itself holds.</summary>
    private static int IsTrueOfItself(in RegState reg, int op, bool jmp32, Tnum bits)
    {
        switch (op)
        {
            case Opcode.Jge or Opcode.Jle or Opcode.Jsge or Opcode.Jsle or Opcode.Jeq:
                return 1;
            case Opcode.Jset when bits.IsConst:
                return bits.Value != 0 ? 1 : 0;
            case Opcode.Jset:
                (long min, long max) = jmp32 ? (reg.S32Min, reg.S32Max) : (reg.SMin, reg.SMax);
                return min <= 0 && max >= 0 ? -1 : 1;
            default:
                return 0;
        }
    }

    private int IsScalarBranchTaken(in RegState reg1, in RegState reg2, int op, bool jmp32)
    {
        Tnum t1 = jmp32 ? reg1.Var.Subreg : reg1.Var;
        Tnum t2 = jmp32 ? reg2.Var.Subreg : reg2.Var;
        if (Changes.SameRegisterComparisons && Unsafe.AreSame(in reg1, in reg2))
            return IsTrueOfItself(in reg1, op, jmp32, t1);
        switch (op)
        {
            case Opcode.Jeq:
                return IsEqual(in reg1, in reg2, t1, t2, jmp32);
            case Opcode.Jne:
                int equal = IsEqual(in reg1, in reg2, t1, t2, jmp32);
                return equal < 0 ? -1 : 1 - equal;
            case Opcode.Jset:
                if (!t2.IsConst)
                    (t1, t2) = (t2, t1);
                if (!t2.IsConst)
                    return -1;
                if ((t1.Value & t2.Value) != 0)
                    return 1;
                return (t1.Max & t2.Value) == 0 ? 0 : -1;
            case Opcode.Jgt or Opcode.Jge or Opcode.Jlt or Opcode.Jle:
                return jmp32
                    ? IsOrdered(op, reg1.U32Min, reg1.U32Max, reg2.U32Min, reg2.U32Max)
                    : IsOrdered(op, reg1.UMin, reg1.UMax, reg2.UMin, reg2.UMax);
            case Opcode.Jsgt or Opcode.Jsge or Opcode.Jslt or Opcode.Jsle:
                return jmp32
                    ? IsOrdered(Unsign(op), reg1.S32Min, reg1.S32Max, reg2.S32Min, reg2.S32Max)
                    : IsOrdered(Unsign(op), reg1.SMin, reg1.SMax, reg2.SMin, reg2.SMax);
            default:
                return -1;
        }
    }

    /// <summary>1 if the values are always equal, 0 if never, -1 if that is unknown.</summary>
    private int IsEqual(in RegState reg1, in RegState reg2, Tnum t1, Tnum t2, bool jmp32)
    {
        if (t1.IsConst && t2.IsConst)
            return t1.Value == t2.Value ? 1 : 0;
        if (!Changes.ComparesTwoRanges)
            return -1;
        if (Changes.BitsDecideEquality && !Tnum.Overlap(t1, t2))
            return 0;
        bool apart = Apart(reg1.U32Min, reg1.U32Max, reg2.U32Min, reg2.U32Max) || Apart(reg1.S32Min, reg1.S32Max, reg2.S32Min, reg2.S32Max);
        if (!jmp32)
            apart |= Apart(reg1.UMin, reg1.UMax, reg2.UMin, reg2.UMax) || Apart(reg1.SMin, reg1.SMax, reg2.SMin, reg2.SMax);
        return apart ? 0 : -1;

        static bool Apart<T>(T min1, T max1, T min2, T max2) where T : IComparable<T> =>
            min1.CompareTo(max2) > 0 || max1.CompareTo(min2) < 0;
    }

    private static int IsOrdered<T>(int op, T min1, T max1, T min2, T max2) where T : System.Numerics.IComparisonOperators<T, T, bool> => op switch
    {
        Opcode.Jgt => min1 > max2 ? 1 : max1 <= min2 ? 0 : -1,
        Opcode.Jge => min1 >= max2 ? 1 : max1 < min2 ? 0 : -1,
        Opcode.Jlt => max1 < min2 ? 1 : min1 >= max2 ? 0 : -1,
        _ => max1 <= min2 ? 1 : min1 > max2 ? 0 : -1,
    };

    /// <summary>Comparisons of a packet pointer with the packet's end, where an earlier one told on which side it is.</summary>
    private static int IsPacketBranchTaken(in RegState reg1, in RegState reg2, int op)
    {
        if (reg2.Type != RegKind.PacketEnd && reg1.Type != RegKind.PacketEnd)
            return -1;
        bool endIsSecond = reg2.Type == RegKind.PacketEnd;
        int range = endIsSecond ? reg1.Range : reg2.Range;
        return (endIsSecond ? op : Flip(op)) switch
        {
            Opcode.Jle when range == BeyondPacketEnd => 0,
            Opcode.Jgt when range == BeyondPacketEnd => 1,
            Opcode.Jlt when range is BeyondPacketEnd or AtPacketEnd => 0,
            Opcode.Jge when range is BeyondPacketEnd or AtPacketEnd => 1,
            _ => -1,
        };
    }

    /// <summary>The operation that compares the operands the other way round.</summary>
    private static int Flip(int op) => op switch
    {
        Opcode.Jge => Opcode.Jle,
        Opcode.Jgt => Opcode.Jlt,
        Opcode.Jle => Opcode.Jge,
        Opcode.Jlt => Opcode.Jgt,
        Opcode.Jsge => Opcode.Jsle,
        Opcode.Jsgt => Opcode.Jslt,
        Opcode.Jsle => Opcode.Jsge,
        Opcode.Jslt => Opcode.Jsgt,
        _ => op,
    };

    private static int Unsign(int op) => op switch
    {
        Opcode.Jsgt => Opcode.Jgt,
        Opcode.Jsge => Opcode.Jge,
        Opcode.Jslt => Opcode.Jlt,
        _ => Opcode.Jle,
    };
}
