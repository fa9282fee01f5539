using System.Buffers.Binary;

namespace BpfVerifier.Soundness;

/// <summary>What a machine computes: BPF arithmetic and comparisons of concrete numbers, from RFC 9669.</summary>
public static class Arithmetic
{
    /// <summary>The low <paramref name="bits"/> (8, 16, 32, else all) of a number, their sign spread over the rest.</summary>
    public static ulong SignExtend(ulong value, int bits) => bits switch
    {
        8 => (ulong)(sbyte)value,
        16 => (ulong)(short)value,
        32 => (ulong)(int)value,
        _ => value,
    };

    /// <summary>The result of an ALU instruction.</summary>
    /// <param name="code">Opcode, class ALU or ALU64.</param>
    /// <param name="offset">The instruction's offset: 1 makes division signed, 8, 16 or 32 makes a move extend the sign.</param>
    /// <param name="immediate">The instruction's immediate: for byte swaps the width in bits.</param>
    /// <param name="first">What the destination register holds.</param>
    /// <param name="second">The second operand: source register, or the immediate extended to 64 bits.</param>
    public static ulong Compute(int code, int offset, int immediate, ulong first, ulong second)
    {
        bool wide = (code & 7) == Opcodes.Alu64;
        int operation = code & 0xf0;
        if (operation == Opcodes.End)
        {
            bool toLittle = !wide && (code & 8) == 0;
            return toLittle ? Low(first, immediate) : ByteSwap(first, immediate);
        }
        return wide ? Compute64(operation, offset, first, second) : Compute32(operation, offset, (uint)first, (uint)second);
    }

    private static ulong Low(ulong value, int bits) => bits == 64 ? value : value & ((1UL << bits) - 1);

    private static ulong ByteSwap(ulong value, int bits) => bits switch
    {
        16 => BinaryPrimitives.ReverseEndianness((ushort)value),
        32 => BinaryPrimitives.ReverseEndianness((uint)value),
        _ => BinaryPrimitives.ReverseEndianness(value),
    };

    private static ulong Compute64(int operation, int offset, ulong a, ulong b) => operation switch
    {
        Opcodes.Add => a + b,
        Opcodes.Sub => a - b,
        Opcodes.Mul => a * b,
        Opcodes.Div when offset == 1 => b == 0 ? 0 : b == ulong.MaxValue ? 0 - a : (ulong)((long)a / (long)b),
        Opcodes.Div => b == 0 ? 0 : a / b,
        Opcodes.Mod when offset == 1 => b == 0 ? a : b == ulong.MaxValue ? 0 : (ulong)((long)a % (long)b),
        Opcodes.Mod => b == 0 ? a : a % b,
        Opcodes.Or => a | b,
        Opcodes.And => a & b,
        Opcodes.Xor => a ^ b,
        Opcodes.Lsh => a << (int)b,
        Opcodes.Rsh => a >> (int)b,
        Opcodes.Arsh => (ulong)((long)a >> (int)b),
        Opcodes.Neg => 0 - a,
        _ => SignExtend(b, offset),
    };

    private static uint Compute32(int operation, int offset, uint a, uint b) => operation switch
    {
        Opcodes.Add => a + b,
        Opcodes.Sub => a - b,
        Opcodes.Mul => a * b,
        Opcodes.Div when offset == 1 => b == 0 ? 0 : b == uint.MaxValue ? 0 - a : (uint)((int)a / (int)b),
        Opcodes.Div => b == 0 ? 0 : a / b,
        Opcodes.Mod when offset == 1 => b == 0 ? a : b == uint.MaxValue ? 0 : (uint)((int)a % (int)b),
        Opcodes.Mod => b == 0 ? a : a % b,
        Opcodes.Or => a | b,
        Opcodes.And => a & b,
        Opcodes.Xor => a ^ b,
        Opcodes.Lsh => a << (int)b,
        Opcodes.Rsh => a >> (int)b,
        Opcodes.Arsh => (uint)((int)a >> (int)b),
        Opcodes.Neg => 0 - a,
        _ => (uint)SignExtend(b, offset),
    };

    /// <summary>Whether a conditional jump is taken.</summary>
    /// <param name="operation">The comparison, <c>Jeq</c> to <c>Jsle</c>.</param>
    /// <param name="half">Only the low 32 bits are compared.</param>
    /// <param name="a">Destination register.</param>
    /// <param name="b">Source register, or the immediate extended to 64 bits.</param>
    public static bool Jumps(int operation, bool half, ulong a, ulong b)
    {
        if (half)
            (a, b) = operation is Opcodes.Jsgt or Opcodes.Jsge or Opcodes.Jslt or Opcodes.Jsle
                ? (SignExtend(a, 32), SignExtend(b, 32))
                : ((uint)a, (uint)b);
        return operation switch
        {
            Opcodes.Jeq => a == b,
            Opcodes.Jne => a != b,
            Opcodes.Jset => (a & b) != 0,
            Opcodes.Jgt => a > b,
            Opcodes.Jge => a >= b,
            Opcodes.Jlt => a < b,
            Opcodes.Jle => a <= b,
            Opcodes.Jsgt => (long)a > (long)b,
            Opcodes.Jsge => (long)a >= (long)b,
            Opcodes.Jslt => (long)a < (long)b,
            _ => (long)a <= (long)b,
        };
    }
}
