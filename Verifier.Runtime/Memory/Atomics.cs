namespace BpfVerifier.Runtime;

/// <summary>Atomic read-modify-write, load-acquire and store-release.</summary>
internal sealed partial class Verification
{
    private Errno CheckAtomic(in Insn insn)
    {
        switch (insn.Imm)
        {
            case Opcode.Add or (Opcode.Add | Opcode.Fetch) or Opcode.And or (Opcode.And | Opcode.Fetch)
                or Opcode.Or or (Opcode.Or | Opcode.Fetch) or Opcode.Xor or (Opcode.Xor | Opcode.Fetch)
                or Opcode.Xchg or Opcode.Cmpxchg:
                return CheckAtomicRmw(in insn);
            case Opcode.LoadAcquire when Changes.LoadAcquireStoreRelease:
                Errno err = CheckLoadMem(in insn, true, false, false, "atomic_load");
                return err != Errno.None ? err : CheckAtomicPointer(insn.Src, "loads from", in insn);
            case Opcode.StoreRelease when Changes.LoadAcquireStoreRelease:
                err = CheckStoreReg(in insn, true);
                return err != Errno.None ? err : CheckAtomicPointer(insn.Dst, "stores into", in insn);
            default:
                Log.Write($"BPF_ATOMIC uses invalid atomic opcode {insn.Imm:x2}\n");
                return Errno.EINVAL;
        }
    }

    private Errno CheckAtomicRmw(in Insn insn)
    {
        if (insn.Size is not (Opcode.W or Opcode.Dw))
        {
            Log.Write("invalid atomic operand size\n");
            return Errno.EINVAL;
        }
        Errno err = CheckRegArg(insn.Src, RegUse.Source);
        if (err == Errno.None)
            err = CheckRegArg(insn.Dst, RegUse.Source);
        if (err != Errno.None)
            return err;
        if (insn.Imm == Opcode.Cmpxchg)
        {
            // The value compared with is in r0.
            err = CheckRegArg(0, RegUse.Source);
            if (err != Errno.None)
                return err;
            if (IsPointerValue(0))
                return LeaksAddress(0, "mem");
        }
        if (IsPointerValue(insn.Src))
            return LeaksAddress(insn.Src, "mem");
        err = CheckAtomicPointer(insn.Dst, "stores into", in insn);
        if (err != Errno.None)
            return err;

        int loadRegno = -1;
        if ((insn.Imm & Opcode.Fetch) != 0)
        {
            loadRegno = insn.Imm == Opcode.Cmpxchg ? 0 : insn.Src;
            err = CheckRegArg(loadRegno, RegUse.Destination);
            if (err != Errno.None)
                return err;
        }
        int size = SizeOf(in insn);
        // Readable without a destination first: a pointer must not come out of the slot.
        err = CheckMemAccess(InsnIdx, insn.Dst, insn.Off, size, AccessKind.Read, -1, true, false);
        if (err == Errno.None && loadRegno >= 0)
            err = CheckMemAccess(InsnIdx, insn.Dst, insn.Off, size, AccessKind.Read, loadRegno, true, false);
        if (err == Errno.None && Regs[insn.Dst].Type == RegKind.Arena)
            err = SaveAuxPtrType(RegKind.Arena, false);
        if (err == Errno.None)
            err = CheckMemAccess(InsnIdx, insn.Dst, insn.Off, size, AccessKind.Write, -1, true, false);
        return err;
    }

    private Errno CheckAtomicPointer(int regno, string does, in Insn insn)
    {
        RegType type = Regs[regno].Type;
        // Loops of compare and exchange, which cannot fault halfway.
        bool loops = insn.Imm is (Opcode.And | Opcode.Fetch) or (Opcode.Or | Opcode.Fetch) or (Opcode.Xor | Opcode.Fetch);
        bool refused = (type == RegKind.Arena && loops) || type == RegKind.Ctx || type.IsPacketPointer || type == RegKind.FlowKeys || type.IsSocketPointer;
        if (!refused)
            return Errno.None;
        Log.Write($"{(Changes.AtomicOperations ? "BPF_ATOMIC" : "BPF_XADD")} {does} R{regno} {RegTypeStr(type)} is not allowed\n");
        return Errno.EACCES;
    }
}
