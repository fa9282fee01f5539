using System.Buffers.Binary;

namespace BpfVerifier.Runtime.Tests.Scalars;

/// <summary>What a machine computes: BPF arithmetic on concrete numbers, from RFC 9669.</summary>
internal static class Interpreter
{
    public static ulong SignExtend(ulong value, int bits) => bits switch
    {
        8 => (ulong)(sbyte)value,
        16 => (ulong)(short)value,
        32 => (ulong)(int)value,
        _ => value,
    };

    public static ulong Alu(Insn insn, ulong dst, ulong src)
    {
        if (insn.Class == Opcode.Alu64)
            return insn.Op == Opcode.End ? ByteSwap(dst, insn.Imm) : Alu64(insn, dst, src);
        if (insn.Op == Opcode.End)
            return insn.Source == Opcode.K ? Low(dst, insn.Imm) : ByteSwap(dst, insn.Imm);
        return Alu32(insn, (uint)dst, (uint)src);
    }

    private static ulong Low(ulong value, int bits) => bits == 64 ? value : value & ((1UL << bits) - 1);

    private static ulong ByteSwap(ulong value, int bits) => bits switch
    {
        16 => BinaryPrimitives.ReverseEndianness((ushort)value),
        32 => BinaryPrimitives.ReverseEndianness((uint)value),
        _ => BinaryPrimitives.ReverseEndianness(value),
    };

    private static ulong Alu64(Insn insn, ulong a, ulong b) => insn.Op switch
    {
        Opcode.Add => a + b,
        Opcode.Sub => a - b,
        Opcode.Mul => a * b,
        Opcode.Div when insn.Off == 1 => b == 0 ? 0 : b == ulong.MaxValue ? 0 - a : (ulong)((long)a / (long)b),
        Opcode.Div => b == 0 ? 0 : a / b,
        Opcode.Mod when insn.Off == 1 => b == 0 ? a : b == ulong.MaxValue ? 0 : (ulong)((long)a % (long)b),
        Opcode.Mod => b == 0 ? a : a % b,
        Opcode.Or => a | b,
        Opcode.And => a & b,
        Opcode.Xor => a ^ b,
        Opcode.Lsh => a << (int)b,
        Opcode.Rsh => a >> (int)b,
        Opcode.Arsh => (ulong)((long)a >> (int)b),
        Opcode.Neg => 0 - a,
        _ => SignExtend(b, insn.Off),
    };

    private static uint Alu32(Insn insn, uint a, uint b) => insn.Op switch
    {
        Opcode.Add => a + b,
        Opcode.Sub => a - b,
        Opcode.Mul => a * b,
        Opcode.Div when insn.Off == 1 => b == 0 ? 0 : b == uint.MaxValue ? 0 - a : (uint)((int)a / (int)b),
        Opcode.Div => b == 0 ? 0 : a / b,
        Opcode.Mod when insn.Off == 1 => b == 0 ? a : b == uint.MaxValue ? 0 : (uint)((int)a % (int)b),
        Opcode.Mod => b == 0 ? a : a % b,
        Opcode.Or => a | b,
        Opcode.And => a & b,
        Opcode.Xor => a ^ b,
        Opcode.Lsh => a << (int)b,
        Opcode.Rsh => a >> (int)b,
        Opcode.Arsh => (uint)((int)a >> (int)b),
        Opcode.Neg => 0 - a,
        _ => (uint)SignExtend(b, insn.Off),
    };

    public static bool Jumps(int op, bool half, ulong a, ulong b)
    {
        if (half)
            (a, b) = op is Opcode.Jsgt or Opcode.Jsge or Opcode.Jslt or Opcode.Jsle
                ? (SignExtend(a, 32), SignExtend(b, 32))
                : ((uint)a, (uint)b);
        return op switch
        {
            Opcode.Jeq => a == b,
            Opcode.Jne => a != b,
            Opcode.Jset => (a & b) != 0,
            Opcode.Jgt => a > b,
            Opcode.Jge => a >= b,
            Opcode.Jlt => a < b,
            Opcode.Jle => a <= b,
            Opcode.Jsgt => (long)a > (long)b,
            Opcode.Jsge => (long)a >= (long)b,
            Opcode.Jslt => (long)a < (long)b,
            _ => (long)a <= (long)b,
        };
    }
}
