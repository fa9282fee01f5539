namespace BpfVerifier.Soundness.Tests;

/// <summary>A state that claims too much is found out: each test makes one claim of the walk wrong.</summary>
public class PlantedTests
{
    private static readonly IReleaseProbe s_probe = Probes.Load("6.18");

    // r6 = a number up to 255, on the stack as well; then r0 = r6.
    private static readonly BpfProgram s_number = Code.Program(ProgramType.SocketFilter,
        Code.Helper(7), Code.And(0, 255), Code.Copy(6, 0), Code.Store(10, -8, 6), Code.StoreImmediate(10, -16, 0), Code.Copy(0, 6), Code.Exit);

    // r2 = packet, r3 = its end; 14 bytes are there.
    private static readonly BpfProgram s_packet = Code.Program(ProgramType.Xdp,
        Code.Load(2, 1, 0, Opcodes.W), Code.Load(3, 1, 4, Opcodes.W), Code.Copy(4, 2), Code.Add(4, 14),
        Code.Insn(Opcodes.Jmp | Opcodes.Jgt | 8, 4, 3, 1), Code.Load(5, 2, 0, Opcodes.B), Code.Move(0, 2), Code.Exit);

    private delegate void Falsehood(AbstractFrame frame);

    private static ProgramReport Check(BpfProgram program, int instruction, Falsehood? claim)
    {
        var check = new ProgramCheck(s_probe, s_probe.Profile, new CheckBounds(Runs: 20), walk =>
        {
            Assert.NotEmpty(walk.States[instruction]);
            foreach (AbstractState state in walk.States[instruction])
                claim?.Invoke(state.Frames[^1]);
        });
        return check.Check(new NamedProgram("planted", program));
    }

    private static void Register(AbstractFrame frame, int number, Func<AbstractRegister, AbstractRegister> change) =>
        frame.Registers[number] = change(frame.Registers[number]);

    [Fact]
    public void What_the_verifier_claims_holds()
    {
        Assert.Null(Check(s_number, 6, null).Violation);
        Assert.Null(Check(s_packet, 5, null).Violation);
        Assert.Equal(20, Check(s_packet, 5, null).Completed);
    }

    public static TheoryData<string> Bounds => ["tnum", "umin", "umax", "smin", "smax", "u32min", "u32max", "s32min", "s32max"];

    [Theory]
    [MemberData(nameof(Bounds))]
    public void A_bound_too_narrow_is_found(string bound)
    {
        ProgramReport report = Check(s_number, 6, frame => Register(frame, 0, r => bound switch
        {
            "tnum" => r with { UnknownBits = 0 },
            "umin" => r with { UMin = 200 },
            "umax" => r with { UMax = 3 },
            "smin" => r with { SMin = 200 },
            "smax" => r with { SMax = 3 },
            "u32min" => r with { U32Min = 200 },
            "u32max" => r with { U32Max = 3 },
            "s32min" => r with { S32Min = 200 },
            _ => r with { S32Max = 3 },
        }));
        Assert.Contains("VIOLATION in planted", report.Violation);
        Assert.Contains("6: (95) exit", report.Violation);
        Assert.Contains("R0 is ", report.Violation);
        Assert.Contains("R0=scalar(", report.Violation);
    }

    [Fact]
    public void A_spilled_number_too_narrow_is_found() =>
        Assert.Contains("fp-8 is ", Check(s_number, 6, frame => frame.Slots[0].Spilled = frame.Slots[0].Spilled with { UMax = 3 }).Violation);

    [Fact]
    public void A_zero_that_is_none_is_found() =>
        Assert.Contains("fp-8 byte 0 is ", Check(s_number, 6, frame => frame.Slots[0].Kinds = 0x0303030303030303).Violation);

    [Fact]
    public void Equal_ids_of_unequal_numbers_are_found() =>
        Assert.Contains("has id 77", Check(s_number, 6, frame =>
        {
            Register(frame, 0, r => r with { Id = 77 });
            frame.Slots[1].Spilled = frame.Slots[1].Spilled with { Id = 77 };
        }).Violation);

    [Fact]
    public void A_register_that_holds_nothing_is_found() =>
        Assert.Contains("R3 holds nothing", Check(s_number, 6, frame => Register(frame, 3, r => r with { Kind = ValueKind.Scalar })).Violation);

    [Fact]
    public void A_pointer_of_another_kind_is_found() =>
        Assert.Contains("R2 points to Packet", Check(s_packet, 5, frame => Register(frame, 2, r => r with { Kind = ValueKind.Stack })).Violation);

    [Fact]
    public void A_pointer_elsewhere_is_found() =>
        Assert.Contains("R2 variable part", Check(s_packet, 5, frame => Register(frame, 2, r => r with { Offset = 1 })).Violation);

    [Fact]
    public void A_packet_range_too_long_is_found() =>
        Assert.Contains("R2 has r=2000", Check(s_packet, 5, frame => Register(frame, 2, r => r with { Extent = 2000 })).Violation);

    [Fact]
    public void A_path_never_walked_is_found()
    {
        var check = new ProgramCheck(s_probe, s_probe.Profile, new CheckBounds(), walk => walk.States[5] = []);
        Assert.Contains("never came here", check.Check(new NamedProgram("planted", s_number)).Violation);
    }
}
