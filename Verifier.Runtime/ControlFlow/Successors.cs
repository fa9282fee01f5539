namespace BpfVerifier.Runtime;

/// <summary>The instructions that may run next, at most two; calls go on behind the call.</summary>
internal readonly struct Successors(int count, int first, int second)
{
    public int Count => count;

    public int this[int i] => i == 0 ? first : second;

    /// <summary>Fall-through before jump.</summary>
    public static Successors Of(ReadOnlySpan<Insn> insns, int index)
    {
        Insn insn = insns[index];
        int next = index + (insn.IsLdImm64 ? 2 : 1);
        if (insn.Class is not (Opcode.Jmp or Opcode.Jmp32))
            return new Successors(1, next, 0);
        int target = index + (insn.Code == (Opcode.Jmp32 | Opcode.Ja) ? insn.Imm : insn.Off) + 1;
        return insn.Op switch
        {
            Opcode.Exit => default,
            Opcode.Ja => new Successors(1, target, 0),
            Opcode.Call or 0xf0 => new Successors(1, next, 0),
            _ => new Successors(2, next, target),
        };
    }
}
