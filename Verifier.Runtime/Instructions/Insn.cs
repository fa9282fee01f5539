using System.Runtime.InteropServices;

namespace BpfVerifier.Runtime;

/// <summary>One 8-byte instruction, <c>struct bpf_insn</c>.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = 8)]
internal struct Insn
{
    public byte Code;
    private byte _regs;
    public short Off;
    public int Imm;

    public int Dst
    {
        readonly get => _regs & 0xf;
        set => _regs = (byte)((_regs & 0xf0) | value);
    }

    public int Src
    {
        readonly get => _regs >> 4;
        set => _regs = (byte)((_regs & 0x0f) | (value << 4));
    }

    public readonly int Class => Code & 0x07;
    /// <summary>ALU or jump operation, the high 4 bits.</summary>
    public readonly int Op => Code & 0xf0;
    /// <summary>Operand source bit of ALU and jump instructions: <see cref="Opcode.X"/> or <see cref="Opcode.K"/>.</summary>
    public readonly int Source => Code & 0x08;
    public readonly int Mode => Code & 0xe0;
    public readonly int Size => Code & 0x18;

    public readonly bool IsLdImm64 => Code == (Opcode.Ld | Opcode.Imm | Opcode.Dw);
    public readonly bool IsHelperCall => Code == (Opcode.Jmp | Opcode.Call) && Src == 0;
    public readonly bool IsPseudoCall => Code == (Opcode.Jmp | Opcode.Call) && Src == Pseudo.Call;
    public readonly bool IsKfuncCall => Code == (Opcode.Jmp | Opcode.Call) && Src == Pseudo.KfuncCall;
    public readonly bool IsPseudoFunc => IsLdImm64 && Src == Pseudo.Func;
    public readonly bool IsExit => Code == (Opcode.Jmp | Opcode.Exit);
    public readonly bool IsMayGoto => Code == (Opcode.Jmp | Opcode.Jcond) && Src == 0;
}

/// <summary>Opcode fields, from the BPF instruction set specification (RFC 9669) and uapi <c>linux/bpf.h</c>.</summary>
internal static class Opcode
{
    public const int Ld = 0x00, Ldx = 0x01, St = 0x02, Stx = 0x03, Alu = 0x04, Jmp = 0x05, Jmp32 = 0x06, Alu64 = 0x07;
    public const int W = 0x00, H = 0x08, B = 0x10, Dw = 0x18;
    public const int Imm = 0x00, Abs = 0x20, Ind = 0x40, Mem = 0x60, Memsx = 0x80, Atomic = 0xc0;
    public const int K = 0x00, X = 0x08;
    public const int Add = 0x00, Sub = 0x10, Mul = 0x20, Div = 0x30, Or = 0x40, And = 0x50, Lsh = 0x60, Rsh = 0x70,
        Neg = 0x80, Mod = 0x90, Xor = 0xa0, Mov = 0xb0, Arsh = 0xc0, End = 0xd0;
    public const int Ja = 0x00, Jeq = 0x10, Jgt = 0x20, Jge = 0x30, Jset = 0x40, Jne = 0x50, Jsgt = 0x60, Jsge = 0x70,
        Call = 0x80, Exit = 0x90, Jlt = 0xa0, Jle = 0xb0, Jslt = 0xc0, Jsle = 0xd0, Jcond = 0xe0;
    public const int Fetch = 0x01, Xchg = 0xe0 | Fetch, Cmpxchg = 0xf0 | Fetch, LoadAcquire = 0x100, StoreRelease = 0x110;
}

/// <summary>Values of the source register field that give a call or a 64-bit load its meaning.</summary>
internal static class Pseudo
{
    public const int MapFd = 1, MapValue = 2, BtfId = 3, Func = 4, MapIdx = 5, MapIdxValue = 6;
    public const int Call = 1, KfuncCall = 2;
}
