namespace BpfVerifier.Runtime;

/// <summary>Comparisons with the end of the packet (or of its metadata) prove how many bytes may be read.</summary>
internal sealed partial class Verification
{
    private const int MaxPacketOff = 0xffff;

    // Values of RegState.Range for a pointer that an earlier comparison found at or behind the end.
    private const int AtPacketEnd = -1;
    private const int BeyondPacketEnd = -2;

    private static bool IsPacketPointerOrEnd(RegType type) => type.IsPacketPointer || type == RegKind.PacketEnd;

    /// <summary>The pointer as the context gave it: nothing was added.</summary>
    private static bool IsInitialPacketPointer(in RegState reg, RegKind which) =>
        reg.Type == which && reg.Id == 0 && reg.Off == 0 && reg.Var.Is(0);

    private static bool ComparesDataWithEnd(in RegState data, in RegState end) =>
        (data.Type == RegKind.Packet && end.Type == RegKind.PacketEnd)
        || (data.Type == RegKind.PacketMeta && IsInitialPacketPointer(in end, RegKind.Packet));

    /// <summary>True if the comparison is one of data with the end, whose ranges are then set in both branches.</summary>
    private bool TryMatchPacketPointers(in Insn insn, VerifierState other)
    {
        if (insn.Source != Opcode.X || insn.Class == Opcode.Jmp32)
            return false;
        int op = insn.Op;
        int data = insn.Dst;
        if (op is not (Opcode.Jgt or Opcode.Jlt or Opcode.Jge or Opcode.Jle))
            return false;
        if (!ComparesDataWithEnd(in Regs[insn.Dst], in Regs[insn.Src]))
        {
            if (!ComparesDataWithEnd(in Regs[insn.Src], in Regs[insn.Dst]))
                return false;
            op = Flip(op);
            data = insn.Src;
        }

        // "data > end" not taken and "data <= end" taken prove the bytes before data; a strict comparison one more.
        bool inThis = op is Opcode.Jgt or Opcode.Jge;
        bool rightOpen = op is Opcode.Jge or Opcode.Jlt;
        FindGoodPktPointers(inThis ? State : other, in Regs[data], rightOpen);
        MarkPktEnd(inThis ? other : State, data, !rightOpen);
        return true;
    }

    /// <summary>Every pointer from the same base as <paramref name="data"/> may read up to it.</summary>
    private void FindGoodPktPointers(VerifierState state, in RegState data, bool rightOpen)
    {
        if (data.Off < 0 || (data.Off == 0 && rightOpen))
            return;
        // An offset that large could have wrapped around.
        if (data.UMax > MaxPacketOff || data.UMax + (ulong)data.Off > MaxPacketOff)
            return;
        int range = data.Off + (rightOpen ? 1 : 0);
        (RegType type, uint id) = (data.Type, data.Id);
        foreach (ref RegState reg in new RegWalk(state, Changes.WalksPartialSpills))
            if (reg.Type == type && reg.Id == id)
                reg.Range = Math.Max(reg.Range, range);
    }

    private static void MarkPktEnd(VerifierState state, int regno, bool beyond)
    {
        ref RegState reg = ref state.Cur.Regs[regno];
        if (reg.Type == RegKind.Packet)
            reg.Range = beyond ? BeyondPacketEnd : AtPacketEnd;
    }
}
