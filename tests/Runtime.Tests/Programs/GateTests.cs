using System.Buffers.Binary;
using BpfVerifier.Btf;
using Xunit;

namespace BpfVerifier.Runtime.Tests.Programs;

/// <summary>What configuration and compiler to machine code let the verifier allow.</summary>
public class GateTests
{
    private const byte CallCode = 0x85, Move = 0xb7, Exit = 0x95, StoreRegister = 0x7b, Load = 0x79, MayGotoCode = 0xe5;
    private const int GetSmpProcessorId = 8, FunctionCall = 1;

    private static VerificationResult Verify(KernelGate gate, bool open, params byte[][] code)
    {
        Assert.True(KernelRelease.TryParse(Abi.Release, out KernelRelease release));
        var profile = new KernelProfile { Release = release, Types = BtfTypes.Empty, Gates = new Dictionary<KernelGate, bool> { [gate] = open } };
        var program = new BpfProgram { Name = "gate", Type = ProgramType.Tracepoint, License = "GPL", Instructions = code.SelectMany(i => i).ToArray() };
        return new ReleaseVerifier().Verify(program, profile, new VerifierOptions { LogLevel = 4 });
    }

    /// <summary>
    /// A call that is no call leaves r1 alone, so its spill and fill are dropped. Linux 6.18.15 said so of this program: stack depth 0, and 8
    /// when it was started with sysctl.net.core.bpf_jit_enable=0.
    /// </summary>
    [Theory]
    [InlineData(KernelGate.Jit, true, 0)]
    [InlineData(KernelGate.Jit, false, 8)]
    public void ProcessorNumber_IsInlinedByTheCompilerAlone(KernelGate gate, bool open, int depth)
    {
        VerificationResult result = Verify(gate, open,
            Insn(Move, dst: 1, imm: 1), Insn(StoreRegister, dst: 10, src: 1, offset: -8), Insn(CallCode, imm: GetSmpProcessorId),
            Insn(Load, dst: 1, src: 10, offset: -8), Insn(Move), Insn(Exit));
        Assert.Equal(Verdict.Accepted, result.Verdict);
        Assert.Contains($"stack depth {depth}\n", result.Log, StringComparison.Ordinal);
    }

    [Fact]
    public void InterpretedFunctionsAndLoops_AreNotModeled()
    {
        byte[][] function = [Insn(CallCode, src: FunctionCall, imm: 1), Insn(Exit), Insn(Move), Insn(Exit)];
        byte[][] loop = [Insn(MayGotoCode), Insn(Move), Insn(Exit)];
        foreach (byte[][] code in (byte[][][])[function, loop])
        {
            Assert.Equal(Verdict.Accepted, Verify(KernelGate.Jit, open: true, code).Verdict);
            Assert.Equal(Verdict.NotImplemented, Verify(KernelGate.Jit, open: false, code).Verdict);
        }
    }

    [Fact]
    public void EveryGateButThatOfARealTimeKernel_IsOpenInTheImage() =>
        Assert.Equal([KernelGate.PreemptRt], Enum.GetValues<KernelGate>().Where(gate => !new ReleaseKernel(new KernelProfile { Release = default, Types = BtfTypes.Empty }).IsOpen(gate)));

    private static byte[] Insn(byte code, int dst = 0, int src = 0, short offset = 0, int imm = 0)
    {
        byte[] bytes = [code, (byte)(dst | (src << 4)), 0, 0, 0, 0, 0, 0];
        BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(2), offset);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), imm);
        return bytes;
    }
}
