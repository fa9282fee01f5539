namespace BpfVerifier.Fuzz;

/// <summary>Parts of opcodes (RFC 9669).</summary>
internal static class Op
{
    public const int Ldx = 1, St = 2, Stx = 3, Alu = 4, Jmp = 5, Jmp32 = 6, Alu64 = 7;
    public const int Reg = 8;
    public const int Add = 0x00, Sub = 0x10, Mul = 0x20, Div = 0x30, Or = 0x40, And = 0x50, Lsh = 0x60, Rsh = 0x70, Neg = 0x80, Mod = 0x90, Xor = 0xa0, Mov = 0xb0, Arsh = 0xc0, End = 0xd0;
    public const int Ja = 0x00, Jeq = 0x10, Jgt = 0x20, Jge = 0x30, Jset = 0x40, Jne = 0x50, Jsgt = 0x60, Jsge = 0x70, Call = 0x80, Exit = 0x90, Jlt = 0xa0, Jle = 0xb0, Jslt = 0xc0, Jsle = 0xd0, MayGoto = 0xe0;
    public const int Mem = 0x60, MemSigned = 0x80, Atomic = 0xc0;
    public const byte LoadImm64 = 0x18;

    public static readonly int[] Arithmetic = [Add, Sub, Mul, Div, Or, And, Lsh, Rsh, Neg, Mod, Xor, Mov, Arsh];
    public static readonly int[] Conditions = [Jeq, Jgt, Jge, Jset, Jne, Jsgt, Jsge, Jlt, Jle, Jslt, Jsle];
    public static readonly int[] Widths = [1, 2, 4, 8];

    /// <summary>The size bits of an access of 1, 2, 4 or 8 bytes.</summary>
    public static int Size(int bytes) => bytes switch { 4 => 0, 2 => 8, 1 => 0x10, _ => 0x18 };

    /// <summary>Bytes of the size bits of an opcode.</summary>
    public static int Bytes(int code) => (code & 0x18) switch { 0 => 4, 8 => 2, 0x10 => 1, _ => 8 };
}
