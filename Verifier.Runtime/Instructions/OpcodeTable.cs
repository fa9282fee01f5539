namespace BpfVerifier.Runtime;

/// <summary>The opcodes the kernel's interpreter knows: any other is refused before the walk.</summary>
internal static class OpcodeTable
{
    public static bool Contains(byte code, Changes changes)
    {
        int size = code & 0x18;
        int op = code & 0xf0;
        bool register = (code & 0x08) != 0;
        switch (code & 0x07)
        {
            case Opcode.Alu or Opcode.Alu64:
                if (op == Opcode.End)
                    return (code & 0x07) == Opcode.Alu || (!register && changes.UnconditionalByteSwap);
                return op == Opcode.Neg ? !register : op <= Opcode.Arsh;
            case Opcode.Jmp:
                return op switch
                {
                    Opcode.Ja or Opcode.Exit => !register,
                    Opcode.Call => !register,
                    Opcode.Jcond => !register && changes.MayGoto,
                    _ => op <= Opcode.Jsle,
                };
            case Opcode.Jmp32:
                if (op == Opcode.Ja)
                    return !register && changes.LongJumps;
                return op is not (Opcode.Call or Opcode.Exit) && op <= Opcode.Jsle;
            case Opcode.Stx:
                return (code & 0xe0) == Opcode.Mem
                    || ((code & 0xe0) == Opcode.Atomic && (size is Opcode.W or Opcode.Dw || changes.LoadAcquireStoreRelease));
            case Opcode.St:
                return (code & 0xe0) == Opcode.Mem;
            case Opcode.Ldx:
                return (code & 0xe0) == Opcode.Mem || ((code & 0xe0) == Opcode.Memsx && size != Opcode.Dw && changes.SignExtendingLoads);
            default:
                return (code & 0xe0) is Opcode.Abs or Opcode.Ind ? size != Opcode.Dw : code == (Opcode.Imm | Opcode.Dw);
        }
    }
}
