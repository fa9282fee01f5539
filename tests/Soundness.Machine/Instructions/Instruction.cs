using System.Runtime.InteropServices;

namespace BpfVerifier.Soundness;

/// <summary>One 8-byte instruction, fields as RFC 9669 names them.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = 8)]
public readonly struct Instruction
{
    /// <summary>Opcode: class in the low 3 bits.</summary>
    public readonly byte Code;
    private readonly byte _registers;
    /// <summary>Signed offset.</summary>
    public readonly short Offset;
    /// <summary>Signed immediate.</summary>
    public readonly int Immediate;

    /// <summary>Destination register, 0 to 15.</summary>
    public int Destination => _registers & 0xf;
    /// <summary>Source register, 0 to 15.</summary>
    public int Source => _registers >> 4;
    /// <summary>One of the <c>Code</c> classes.</summary>
    public int Class => Code & 0x07;
    /// <summary>ALU or jump operation: the high 4 bits.</summary>
    public int Operation => Code & 0xf0;
    /// <summary>The second operand is a register.</summary>
    public bool FromRegister => (Code & 0x08) != 0;
    /// <summary>Loads and stores: the high 3 bits.</summary>
    public int Mode => Code & 0xe0;
    /// <summary>Loads and stores: bytes moved, 1, 2, 4 or 8.</summary>
    public int Size => (Code & 0x18) switch { Opcodes.W => 4, Opcodes.H => 2, Opcodes.B => 1, _ => 8 };
    /// <summary>A 64-bit load, which takes two slots.</summary>
    public bool IsWideLoad => Code == (Opcodes.Ld | Opcodes.Dw);

    /// <summary>Takes instructions apart; a rest of less than 8 bytes is dropped.</summary>
    public static Instruction[] Read(ReadOnlySpan<byte> bytes) => MemoryMarshal.Cast<byte, Instruction>(bytes).ToArray();
}

/// <summary>Opcode fields (RFC 9669, uapi <c>linux/bpf.h</c>).</summary>
public static class Opcodes
{
#pragma warning disable CS1591 // The names are the specification's.
    public const int Ld = 0, Ldx = 1, St = 2, Stx = 3, Alu = 4, Jmp = 5, Jmp32 = 6, Alu64 = 7;
    public const int W = 0x00, H = 0x08, B = 0x10, Dw = 0x18;
    public const int Abs = 0x20, Ind = 0x40, Mem = 0x60, Memsx = 0x80, Atomic = 0xc0;
    public const int Add = 0x00, Sub = 0x10, Mul = 0x20, Div = 0x30, Or = 0x40, And = 0x50, Lsh = 0x60, Rsh = 0x70,
        Neg = 0x80, Mod = 0x90, Xor = 0xa0, Mov = 0xb0, Arsh = 0xc0, End = 0xd0;
    public const int Ja = 0x00, Jeq = 0x10, Jgt = 0x20, Jge = 0x30, Jset = 0x40, Jne = 0x50, Jsgt = 0x60, Jsge = 0x70,
        Call = 0x80, Exit = 0x90, Jlt = 0xa0, Jle = 0xb0, Jslt = 0xc0, Jsle = 0xd0, Jcond = 0xe0;
    public const int Fetch = 0x01, Xchg = 0xe1, Cmpxchg = 0xf1, LoadAcquire = 0x100, StoreRelease = 0x110;
    public const int PseudoMap = 1, PseudoMapValue = 2, PseudoKernelVariable = 3, PseudoFunction = 4, PseudoMapIndex = 5, PseudoMapIndexValue = 6;
    public const int PseudoCall = 1, PseudoKfunc = 2;
#pragma warning restore CS1591
}
