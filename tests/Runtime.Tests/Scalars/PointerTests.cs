namespace BpfVerifier.Runtime.Tests.Scalars;

/// <summary>Pointer arithmetic: the offset of the result is that of the pointer plus or minus the scalar.</summary>
public class PointerTests
{
    [Theory]
    [MemberData(nameof(Lab.Both), MemberType = typeof(Lab))]
    public void Offsets_hold_what_the_machine_computes(bool modular)
    {
        Lab lab = new(modular);
        Samples samples = new(90, lab.Changes);
        int accepted = 0;
        for (int i = 0; i < 40_000; i++)
        {
            lab.Verification.InitRegState(lab.Verification.CurFrame);
            long variable = samples.Next(1 << 20);
            int fixedOff = samples.Next(1 << 16) - (1 << 15);
            ref RegState pointer = ref lab.Reg(1);
            pointer = samples.Knowing((ulong)variable);
            pointer.Type = RegKind.Mem;
            pointer.Off = fixedOff;
            pointer.MemSize = 64;
            ulong value = samples.Next(2) == 0 ? (ulong)(long)(samples.Next(1 << 20) - (1 << 19)) : samples.Value();
            lab.Reg(2) = samples.Knowing(value);
            bool subtracts = samples.Next(2) == 0;
            bool reversed = !subtracts && samples.Next(2) == 0;
            Insn insn = Lab.Insn(Opcode.Alu64 | Opcode.X | (subtracts ? Opcode.Sub : Opcode.Add), reversed ? 2 : 1, reversed ? 1 : 2);
            Errno err = lab.Alu(insn);
            if (err != Errno.None)
            {
                Assert.Equal(Errno.EINVAL, err);
                continue;
            }
            accepted++;
            RegState result = lab.Reg(insn.Dst);
            if (result.Type == RegKind.Scalar)
                continue;
            Assert.Equal(RegKind.Mem, result.Type.Kind);
            ulong expected = (ulong)variable + (ulong)(long)fixedOff + (subtracts ? 0 - value : value) - (ulong)(long)result.Off;
            result.Type = RegKind.Scalar;
            // Pointers carry no bounds of their low half.
            result.SetUnbounded32();
            Domain.AssertHolds(ref result, expected, "offset");
        }
        Assert.InRange(accepted, 4_000, 36_000);
    }

    [Fact]
    public void Pointers_refuse_what_is_no_offset()
    {
        int[] refused =
        [
            Opcode.Alu | Opcode.Add, Opcode.Alu64 | Opcode.Mul, Opcode.Alu64 | Opcode.Div, Opcode.Alu64 | Opcode.And,
            Opcode.Alu64 | Opcode.Or, Opcode.Alu64 | Opcode.Xor, Opcode.Alu64 | Opcode.Lsh, Opcode.Alu64 | Opcode.Sub,
        ];
        foreach (int code in refused)
        {
            Lab lab = new(modular: false);
            Assert.Equal(Errno.None, lab.Alu(Lab.Insn(Opcode.Alu64 | Opcode.Mov | Opcode.X, 1, 10)));
            Assert.Equal(Errno.EACCES, lab.Alu(Lab.Insn(code, 1, imm: 1)));
            Assert.Contains("R1 ", lab.Log);
        }
    }

    [Fact]
    public void A_scalar_minus_a_pointer_is_refused_and_plus_a_pointer_is_that_pointer()
    {
        Lab lab = new(modular: false);
        lab.Reg(1).SetUnknownImprecise();
        lab.Reg(1).SetKnown(unchecked((ulong)-8L));
        Assert.Equal(Errno.EACCES, lab.Alu(Lab.Insn(Opcode.Alu64 | Opcode.Sub | Opcode.X, 1, 10)));

        lab = new(modular: false);
        lab.Reg(1).SetUnknownImprecise();
        lab.Reg(1).SetKnown(unchecked((ulong)-8L));
        Assert.Equal(Errno.None, lab.Alu(Lab.Insn(Opcode.Alu64 | Opcode.Add | Opcode.X, 1, 10)));
        Assert.Equal(RegKind.Stack, lab.Reg(1).Type.Kind);
        Assert.Equal(-8, lab.Reg(1).Off);
    }
}
