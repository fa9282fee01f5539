using System.Runtime.InteropServices;
using BpfVerifier.Btf;

namespace BpfVerifier.Runtime.Tests.Scalars;

/// <summary>A verification of one instruction that is not walked: tests set registers, run the instruction, look.</summary>
internal sealed class Lab
{
    /// <summary>The release as measured.</summary>
    public static Changes Stock => new(Abi.Patch, false);

    /// <summary>With every later change.</summary>
    public static Changes Modular => new(Abi.Patch, true);

    public static IEnumerable<object[]> Both => [[false], [true]];

    public Lab(bool modular)
    {
        BpfProgram program = new()
        {
            Name = "lab",
            Type = ProgramType.SocketFilter,
            Instructions = new byte[64],
        };
        Assert.True(KernelRelease.TryParse(Abi.Release, out KernelRelease release));
        KernelProfile profile = new()
        {
            Release = release,
            Types = BtfTypes.Empty,
        };
        Verification = new Verification(program, new ReleaseKernel(profile), modular ? Modular : Stock, new VerifierOptions(), CancellationToken.None);
        VerifierState state = Verification.Pool.NewState();
        state.Frames[0] = Verification.Pool.NewFrame(FrameState.MainFrame, 0, 0);
        state.CurFrame = 0;
        Verification.State = state;
        Verification.InitRegState(state.Cur);
    }

    public Verification Verification { get; }

    public Changes Changes => Verification.Changes;

    public ref RegState Reg(int regno) => ref Verification.Regs[regno];

    /// <summary>The text printed so far.</summary>
    public string Log => Verification.Log.ToString();

    public static Insn Insn(int code, int dst, int src = 0, int off = 0, int imm = 0) =>
        new() { Code = (byte)code, Dst = dst, Src = src, Off = (short)off, Imm = imm };

    public Errno Alu(Insn insn)
    {
        Verification.Insns[0] = insn;
        Verification.InsnIdx = 0;
        return Verification.CheckAluOp(ref Verification.Insns[0]);
    }

    public Errno Jump(Insn insn)
    {
        Verification.Insns[0] = insn;
        Verification.InsnIdx = 0;
        int index = 0;
        return Verification.CheckCondJmpOp(ref Verification.Insns[0], ref index);
    }
}
