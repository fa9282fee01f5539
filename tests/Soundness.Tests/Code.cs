using System.Buffers.Binary;

namespace BpfVerifier.Soundness.Tests;

/// <summary>Instructions for tests.</summary>
internal static class Code
{
    public static byte[] Insn(int code, int dst = 0, int src = 0, int off = 0, int imm = 0)
    {
        byte[] bytes = new byte[8];
        bytes[0] = (byte)code;
        bytes[1] = (byte)(dst | (src << 4));
        BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(2), (short)off);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), imm);
        return bytes;
    }

    public static byte[] Move(int dst, int imm) => Insn(Opcodes.Alu64 | Opcodes.Mov, dst, 0, 0, imm);

    public static byte[] Copy(int dst, int src) => Insn(Opcodes.Alu64 | Opcodes.Mov | 8, dst, src);

    public static byte[] Add(int dst, int imm) => Insn(Opcodes.Alu64 | Opcodes.Add, dst, 0, 0, imm);

    public static byte[] And(int dst, int imm) => Insn(Opcodes.Alu64 | Opcodes.And, dst, 0, 0, imm);

    public static byte[] Load(int dst, int src, int off, int size = Opcodes.Dw) => Insn(Opcodes.Ldx | Opcodes.Mem | size, dst, src, off);

    public static byte[] Store(int dst, int off, int src) => Insn(Opcodes.Stx | Opcodes.Mem | Opcodes.Dw, dst, src, off);

    public static byte[] StoreImmediate(int dst, int off, int imm) => Insn(Opcodes.St | Opcodes.Mem | Opcodes.Dw, dst, 0, off, imm);

    public static byte[] Helper(int number) => Insn(Opcodes.Jmp | Opcodes.Call, 0, 0, 0, number);

    public static byte[] Jump(int off) => Insn(Opcodes.Jmp | Opcodes.Ja, 0, 0, off);

    public static byte[] Exit => Insn(Opcodes.Jmp | Opcodes.Exit);

    public static BpfProgram Program(ProgramType type, params byte[][] instructions) => new()
    {
        Name = "test",
        Type = type,
        License = "GPL",
        Instructions = instructions.SelectMany(i => i).ToArray(),
    };
}
