namespace BpfVerifier.Soundness.Tests;

/// <summary>The machine stops what no accepted program may do, and the verifier refuses each of these programs.</summary>
public class UnsafeRunTests
{
    private static readonly IReleaseProbe s_probe = Probes.Load("6.18");

    private static readonly Dictionary<string, (ProgramType Type, byte[][] Code, string Message)> s_programs = new()
    {
        ["register"] = (ProgramType.Xdp, [Code.Copy(0, 3), Code.Exit], "r3, which holds nothing"),
        ["result"] = (ProgramType.Xdp, [Code.Exit], "r0, which holds nothing"),
        ["below stack"] = (ProgramType.Xdp, [Code.StoreImmediate(10, -520, 0), Code.Move(0, 0), Code.Exit], "outside of Stack"),
        ["above stack"] = (ProgramType.Xdp, [Code.StoreImmediate(10, 0, 0), Code.Move(0, 0), Code.Exit], "outside of Stack"),
        ["number"] = (ProgramType.Xdp, [Code.Move(2, 4096), Code.Load(0, 2, 0), Code.Exit], "made from a number"),
        ["packet"] = (ProgramType.Xdp, [Code.Load(2, 1, 0, Opcodes.W), Code.Load(0, 2, 1600), Code.Exit], "outside of Packet"),
        ["null"] = (ProgramType.Xdp,
            [Code.StoreImmediate(10, -8, 0), Code.Move(2, 8), Code.Move(3, 0), Code.Copy(4, 10), Code.Copy(1, 3), Code.Load(0, 1, 0), Code.Exit], "made from a number"),
        ["loop"] = (ProgramType.Xdp, [Code.Move(0, 0), Code.Jump(-2), Code.Exit], "does not end"),
        ["size"] = (ProgramType.Kprobe,
            [Code.Copy(1, 10), Code.Add(1, -8), Code.Move(2, -1), Code.Move(3, 0), Code.Helper(113), Code.Exit], "size of a buffer"),
        ["buffer"] = (ProgramType.Kprobe,
            [Code.Copy(1, 10), Code.Add(1, -8), Code.Move(2, 16), Code.Move(3, 0), Code.Helper(113), Code.Exit], "outside of Stack"),
    };

    public static TheoryData<string> Names => [.. s_programs.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Unsafe_programs_are_stopped_and_not_accepted(string name)
    {
        (ProgramType type, byte[][] code, string message) = s_programs[name];
        BpfProgram program = Code.Program(type, code);
        Assert.Equal(Verdict.Rejected, s_probe.Verify(program, s_probe.Profile).Verdict);
        Assert.Contains(message, Assert.Throws<UnsafeRunException>(() => Run(program, s_probe.Profile)).Message);
    }

    [Fact]
    public void Unwritten_stack_may_be_read_only_by_those_who_may()
    {
        BpfProgram program = Code.Program(ProgramType.SocketFilter, Code.Load(0, 10, -8), Code.Move(0, 0), Code.Exit);
        KernelProfile lesser = s_probe.Profile with { Capabilities = LoaderCapabilities.Bpf };
        Assert.Equal(Verdict.Accepted, s_probe.Verify(program, s_probe.Profile).Verdict);
        Assert.Equal(RunEnd.Completed, Run(program, s_probe.Profile));
        Assert.Equal(Verdict.Rejected, s_probe.Verify(program, lesser).Verdict);
        Assert.Contains("not all written", Assert.Throws<UnsafeRunException>(() => Run(program, lesser)).Message);
    }

    private static RunEnd Run(BpfProgram program, KernelProfile profile) =>
        new Machine(program, s_probe, profile, 1, 10_000).Run(null);
}
