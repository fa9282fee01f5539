namespace BpfVerifier.Runtime;

/// <summary>Which registers may still be read before they are overwritten, at every instruction (classic backward data flow).</summary>
internal sealed partial class Verification
{
    private const ushort CallerSaved = 0x3f;

    /// <summary>Registers an instruction reads and writes, one bit each.</summary>
    private readonly record struct RegisterUse(ushort Reads, ushort Writes);

    /// <summary>Computes <see cref="InsnAux.LiveRegsBefore"/>; at level 2 prints it.</summary>
    public Errno ComputeLiveRegisters()
    {
        if (!Changes.LiveRegisters)
            return Errno.None;
        var uses = new RegisterUse[Insns.Length];
        for (int i = 0; i < uses.Length; i++)
        {
            uses[i] = UseOf(Insns[i]);
            Aux[i].LiveRegsBefore = 0;
        }

        bool changed;
        do
        {
            changed = false;
            for (int i = 0; i < PostorderCount; i++)
            {
                CountWork();
                int insnIdx = Postorder[i];
                Successors successors = Successors.Of(Insns, insnIdx);
                int after = 0;
                for (int s = 0; s < successors.Count; s++)
                    after |= Aux[successors[s]].LiveRegsBefore;
                RegisterUse use = uses[insnIdx];
                var before = (ushort)((after & ~use.Writes) | use.Reads);
                if (before == Aux[insnIdx].LiveRegsBefore)
                    continue;
                Aux[insnIdx].LiveRegsBefore = before;
                changed = true;
            }
        }
        while (changed);

        if (Log.Level2)
            PrintLiveRegisters();
        return Errno.None;
    }

    private void PrintLiveRegisters()
    {
        Log.Write("Live regs before insn:\n");
        for (int i = 0; i < Insns.Length; i++)
        {
            if (Aux[i].Scc != 0)
                Log.Write($"{Aux[i].Scc,3} ");
            else if (Changes.LoopsByScc)
                Log.Write("    ");
            Log.Write($"{i,3}: ");
            for (int reg = 0; reg < FrameState.FramePointer; reg++)
                Log.Write((Aux[i].LiveRegsBefore >> reg & 1) != 0 ? (char)('0' + reg) : '.');
            Log.Write(' ');
            PrintInsn(i);
            if (Insns[i].IsLdImm64)
                i++;
        }
    }

    private RegisterUse UseOf(Insn insn)
    {
        const ushort none = 0;
        const ushort all = 0xffff;
        const ushort r0 = 1;
        var src = (ushort)(1 << insn.Src);
        var dst = (ushort)(1 << insn.Dst);
        ushort operands = insn.Source == Opcode.X ? (ushort)(dst | src) : dst;
        var unknown = new RegisterUse(all, none);
        switch (insn.Class)
        {
            case Opcode.Ld:
                return insn.IsLdImm64 ? new RegisterUse(none, dst) : unknown;
            case Opcode.Ldx:
                return insn.Mode is Opcode.Mem or Opcode.Memsx ? new RegisterUse(src, dst) : unknown;
            case Opcode.St:
                return insn.Mode == Opcode.Mem ? new RegisterUse(dst, none) : unknown;
            case Opcode.Stx when insn.Mode == Opcode.Mem:
                return new RegisterUse((ushort)(dst | src), none);
            case Opcode.Stx when insn.Mode == Opcode.Atomic:
                return insn.Imm switch
                {
                    Opcode.Cmpxchg => new RegisterUse((ushort)(r0 | dst | src), r0),
                    Opcode.LoadAcquire => new RegisterUse(src, dst),
                    Opcode.StoreRelease => new RegisterUse((ushort)(dst | src), none),
                    _ => new RegisterUse((ushort)(dst | src), (insn.Imm & Opcode.Fetch) != 0 ? src : none),
                };
            case Opcode.Stx:
                return unknown;
            case Opcode.Alu or Opcode.Alu64:
                return insn.Op switch
                {
                    Opcode.End => new RegisterUse(dst, dst),
                    Opcode.Mov => new RegisterUse(insn.Source == Opcode.K ? none : src, dst),
                    _ => new RegisterUse(operands, dst),
                };
            default:
                return insn.Op switch
                {
                    Opcode.Ja or Opcode.Jcond => default,
                    Opcode.Exit => new RegisterUse(r0, none),
                    Opcode.Call => new RegisterUse(ArgumentRegisters(insn), CallerSaved),
                    _ => new RegisterUse(operands, none),
                };
        }
    }

    /// <summary>Registers that carry a call's arguments; all five when the callee is not known here.</summary>
    private ushort ArgumentRegisters(Insn call) => TryCallSummary(call, out CallSummary summary)
        ? (ushort)((2 << summary.Arguments) - 2)
        : (ushort)(CallerSaved & ~1);
}
