using BpfVerifier.Btf;

namespace BpfVerifier.Runtime;

/// <summary>Reading and writing registers as operands, and the stock states a register can be put into.</summary>
internal sealed partial class Verification
{
    /// <summary>An instruction reads or writes r<paramref name="regno"/>: checks that it may and records that it did.</summary>
    public Errno CheckRegArg(int regno, RegUse use)
    {
        if (regno >= FrameState.RegCount)
        {
            Log.Write($"R{regno} is invalid\n");
            return Errno.EINVAL;
        }
        MarkRegScratched(regno);
        ref RegState reg = ref Regs[regno];
        if (use == RegUse.Source)
        {
            if (reg.Type == RegKind.NotInit)
            {
                Log.Write($"R{regno} !read_ok\n");
                return Errno.EACCES;
            }
            // The frame pointer is always there: its liveness tells nothing.
            if (regno == FrameState.FramePointer || Marks is null)
                return Errno.None;
            return MarkRegRead(CurFrame, regno, ReadsWhole(in Insns[InsnIdx], in reg) ? Live.Read64 : Live.Read32);
        }
        if (regno == FrameState.FramePointer)
        {
            Log.Write("frame pointer is read only\n");
            return Errno.EACCES;
        }
        MarkRegWritten(regno);
        if (use == RegUse.Destination)
            MarkRegUnknown(Regs, regno);
        return Errno.None;
    }

    private void MarkRegWritten(int regno)
    {
        if (Marks is not null)
            Marks[LivenessMarks.Reg(CurFrame, regno)] |= Live.Written;
    }

    /// <summary>Whether reading <paramref name="reg"/> in this instruction reads all 64 bits.</summary>
    private bool ReadsWhole(in Insn insn, in RegState reg)
    {
        switch (insn.Class)
        {
            case Opcode.Jmp:
                // Arguments of bpf-to-bpf calls are marked when the callee reads them.
                return insn.Op != Opcode.Call || insn.Src != Pseudo.Call;
            case Opcode.Alu64:
                return !(insn.Op == Opcode.End && insn.Imm is 16 or 32 && Changes.UnconditionalByteSwap);
            case Opcode.Alu:
                return insn.Op == Opcode.End && insn.Imm == 64;
            case Opcode.Jmp32:
                return false;
            case Opcode.Stx:
                return reg.Type != RegKind.Scalar || insn.Size == Opcode.Dw;
            default:
                return true;
        }
    }

    public void MarkRegUnknown(RegState[] regs, int regno) => regs[regno].SetUnknown(this);

    public void MarkRegNotInit(RegState[] regs, int regno) => regs[regno].SetNotInit(this);

    public void MarkRegKnownZero(RegState[] regs, int regno) => regs[regno].SetKnownZero();

    /// <summary>Registers of a function that was just entered: only the frame pointer holds anything.</summary>
    public void InitRegState(FrameState frame)
    {
        for (int i = 0; i < FrameState.RegCount; i++)
            MarkRegNotInit(frame.Regs, i);
        ref RegState fp = ref frame.Regs[FrameState.FramePointer];
        fp.Type = RegKind.Stack;
        fp.SetKnownZero();
        fp.FrameNo = frame.FrameNo;
        MarkVerifierStateScratched();
    }

    /// <summary>The frame a stack pointer points into.</summary>
    public FrameState Func(in RegState reg) => State.Frames[reg.FrameNo]!;

    public BtfTypes Types(BtfOwner owner) => owner switch
    {
        BtfOwner.Program => ProgramTypes!,
        BtfOwner.Map => throw NotModeled("types of a map that are not the program's"),
        BtfOwner.AttachProgram => Program.AttachProgram!.Btf!,
        _ => KernelTypes,
    };

    /// <summary>True when the register must not reach memory or user space: a pointer, for a loader that may not leak them.</summary>
    private bool IsPointerValue(int regno) => IsPointerValue(in Regs[regno]);

    private bool IsPointerValue(in RegState reg) => !AllowPtrLeaks && reg.Type != RegKind.Scalar;

    /// <summary>Result of a load through a BTF pointer: a scalar, a typed pointer, or (newer) memory that is only probed.</summary>
    public Errno MarkBtfLdReg(RegState[] regs, int regno, RegKind kind, BtfOwner owner, int btfId, TypeFlags flags)
    {
        if (kind == RegKind.Scalar)
        {
            MarkRegUnknown(regs, regno);
            return Errno.None;
        }
        ref RegState reg = ref regs[regno];
        reg.SetKnownZero();
        reg.Type = new RegType(kind, flags);
        if (kind == RegKind.Mem)
        {
            reg.MemSize = 0;
            return Errno.None;
        }
        reg.BtfOwner = owner;
        reg.BtfId = btfId;
        if ((flags & TypeFlags.MaybeNull) != 0 && Changes.NullableBtfLoadGetsId)
            reg.Id = NewId();
        return Errno.None;
    }

    /// <summary>
    /// The program or function runs where it may sleep. Callbacks that run later are a state of their own, which older
    /// releases let sleep wherever the program that set them does.
    /// </summary>
    public bool InSleepable => State.InSleepable || (ProgramIsSleepable && !Changes.SleepableByStateAlone);

    private bool ProgramIsSleepable => (Program.Flags & Uapi.BPF_F_SLEEPABLE) != 0;

    /// <summary>Pointers protected by RCU may be followed here.</summary>
    public bool InRcuCs => State.ActiveRcuLocks != 0 || State.ActiveLocks != 0 || !InSleepable;
}
