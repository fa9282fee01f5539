namespace BpfVerifier.Runtime.Tests.Scalars;

/// <summary>Whatever numbers the operands are, the machine's result is among those the verifier thinks possible.</summary>
public class AluTests
{
    private const int Rounds = 2500;

    private static readonly int[] s_ops =
    [
        Opcode.Add, Opcode.Sub, Opcode.Mul, Opcode.Div, Opcode.Or, Opcode.And, Opcode.Lsh, Opcode.Rsh, Opcode.Mod, Opcode.Xor,
        Opcode.Mov, Opcode.Arsh,
    ];

    public static TheoryData<int, bool> Operations
    {
        get
        {
            TheoryData<int, bool> data = [];
            foreach (int op in s_ops)
                foreach (bool modular in (bool[])[false, true])
                    data.Add(op, modular);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Operations))]
    public void Results_hold_what_the_machine_computes(int op, bool modular)
    {
        Lab lab = new(modular);
        Samples samples = new(op, lab.Changes);
        foreach (int width in (int[])[Opcode.Alu, Opcode.Alu64])
            foreach (int source in (int[])[Opcode.K, Opcode.X])
                for (int i = 0; i < Rounds; i++)
                    RunBinary(lab, samples, op, width, source);
        Assert.DoesNotContain("INVARIANTS", lab.Log);
    }

    private static void RunBinary(Lab lab, Samples samples, int op, int width, int source)
    {
        bool shift = op is Opcode.Lsh or Opcode.Rsh or Opcode.Arsh;
        int bits = width == Opcode.Alu64 ? 64 : 32;
        ulong a = samples.Value();
        ulong b = shift && samples.Next(2) == 0 ? (ulong)samples.Next(bits) : samples.Value();
        bool sameReg = source == Opcode.X && samples.Next(16) == 0;
        int imm = shift ? samples.Next(bits) : (int)b;
        if (source == Opcode.K)
        {
            b = (ulong)(long)imm;
            if (op is Opcode.Div or Opcode.Mod && imm == 0)
                return;
        }
        RegState first = samples.Knowing(a);
        lab.Reg(1) = first;
        lab.Reg(2) = samples.Knowing(b);
        if (sameReg)
            b = a;

        Insn insn = Lab.Insn(width | source | op, 1, source == Opcode.X ? (sameReg ? 1 : 2) : 0, 0, source == Opcode.K ? imm : 0);
        RegState second = source == Opcode.X ? lab.Reg(insn.Src) : Constant(b);
        Assert.Equal(Errno.None, lab.Alu(insn));
        // Here only the path with all bits set goes on; the other one is queued.
        if (Forks(lab, op, in first, in second))
            return;
        Domain.AssertHolds(ref lab.Reg(1), Arithmetic.Compute(insn.Code, insn.Off, insn.Imm, a, b), $"op {op:x} class {width} of 0x{a:x} ({Domain.Text(ref first)}) and 0x{b:x} ({Domain.Text(ref second)})");
    }

    private static RegState Constant(ulong value)
    {
        RegState reg = default;
        reg.SetUnknownImprecise();
        reg.SetKnown(value);
        return reg;
    }

    private static bool Forks(Lab lab, int op, in RegState dst, in RegState src) =>
        lab.Changes.ForkOnSignMasks && op is Opcode.And or Opcode.Or && src.IsConst
        && ((dst.SMin == -1 && dst.SMax == 0) || (dst.S32Min == -1 && dst.S32Max == 0));

    [Theory]
    [MemberData(nameof(Lab.Both), MemberType = typeof(Lab))]
    public void Sign_masks_fork_into_both_results(bool modular)
    {
        Lab lab = new(modular);
        ref RegState dst = ref lab.Reg(1);
        dst.SetUnknownImprecise();
        (dst.SMin, dst.SMax) = (-1, 0);
        dst.SyncBounds(lab.Changes);
        Assert.Equal(Errno.None, lab.Alu(Lab.Insn(Opcode.Alu64 | Opcode.And, 1, imm: 0x55)));
        if (lab.Changes.ForkOnSignMasks)
            Assert.True(lab.Reg(1).IsConst && lab.Reg(1).Var.Value == 0x55);
        else
            Domain.AssertHolds(ref lab.Reg(1), 0, "mask");
    }

    [Theory]
    [MemberData(nameof(Lab.Both), MemberType = typeof(Lab))]
    public void Unary_operations_hold_what_the_machine_computes(bool modular)
    {
        Lab lab = new(modular);
        Samples samples = new(77, lab.Changes);
        List<Insn> insns = [Lab.Insn(Opcode.Alu | Opcode.Neg, 1), Lab.Insn(Opcode.Alu64 | Opcode.Neg, 1)];
        foreach (int bits in (int[])[16, 32, 64])
        {
            insns.Add(Lab.Insn(Opcode.Alu | Opcode.End | Opcode.K, 1, imm: bits));
            insns.Add(Lab.Insn(Opcode.Alu | Opcode.End | Opcode.X, 1, imm: bits));
            if (lab.Changes.UnconditionalByteSwap)
                insns.Add(Lab.Insn(Opcode.Alu64 | Opcode.End, 1, imm: bits));
        }
        foreach (Insn insn in insns)
            for (int i = 0; i < Rounds; i++)
            {
                ulong value = samples.Value();
                RegState before = lab.Reg(1) = samples.Knowing(value);
                Assert.Equal(Errno.None, lab.Alu(insn));
                Domain.AssertHolds(ref lab.Reg(1), Arithmetic.Compute(insn.Code, insn.Off, insn.Imm, value, 0), $"{insn.Code:x} {insn.Imm} of {Domain.Text(ref before)}");
            }
    }

    [Theory]
    [MemberData(nameof(Lab.Both), MemberType = typeof(Lab))]
    public void Extending_moves_and_signed_division_hold_what_the_machine_computes(bool modular)
    {
        Lab lab = new(modular);
        Samples samples = new(78, lab.Changes);
        List<Insn> insns = [];
        foreach (int width in (int[])[Opcode.Alu, Opcode.Alu64])
        {
            foreach (int bits in (int[])[8, 16, 32])
                if (width == Opcode.Alu64 || bits < 32)
                    insns.Add(Lab.Insn(width | Opcode.Mov | Opcode.X, 1, 2, bits));
            insns.Add(Lab.Insn(width | Opcode.Div | Opcode.X, 1, 2, 1));
            insns.Add(Lab.Insn(width | Opcode.Mod | Opcode.X, 1, 2, 1));
        }
        foreach (Insn insn in insns)
            for (int i = 0; i < Rounds; i++)
            {
                (ulong a, ulong b) = (samples.Value(), samples.Value());
                lab.Reg(1) = samples.Knowing(a);
                RegState before = lab.Reg(2) = samples.Knowing(b);
                Errno err = lab.Alu(insn);
                if (insn.Op == Opcode.Mov ? !lab.Changes.SignExtendingMoves : !lab.Changes.SignedDivision)
                {
                    Assert.Equal(Errno.EINVAL, err);
                    break;
                }
                Assert.Equal(Errno.None, err);
                Domain.AssertHolds(ref lab.Reg(1), Arithmetic.Compute(insn.Code, insn.Off, insn.Imm, a, b), $"{insn.Code:x} off {insn.Off} of {Domain.Text(ref before)}");
            }
    }

    [Fact]
    public void Every_encoding_is_judged_without_an_exception()
    {
        Lab lab = new(modular: true);
        Samples samples = new(79, lab.Changes);
        int accepted = 0;
        for (int i = 0; i < 60_000; i++)
        {
            lab.Verification.InitRegState(lab.Verification.CurFrame);
            for (int regno = 0; regno < 10; regno++)
                if (samples.Next(4) != 0)
                    lab.Reg(regno) = samples.Knowing(samples.Value());
            int code = samples.Next(256) & ~3 | (samples.Next(2) == 0 ? Opcode.Alu : Opcode.Alu64);
            Insn insn = Lab.Insn(code & 0xf8 | (code & 7), samples.Next(16), samples.Next(16), samples.Next(3) == 0 ? samples.Imm() : samples.Next(3), samples.Next(2) * samples.Imm());
            if (insn.Class is not (Opcode.Alu or Opcode.Alu64))
                continue;
            if (lab.Alu(insn) == Errno.None)
                accepted++;
        }
        Assert.InRange(accepted, 100, 59_000);
    }

    [Fact]
    public void Unfit_encodings_are_rejected()
    {
        Lab lab = new(modular: false);
        lab.Reg(1).SetUnknownImprecise();
        lab.Reg(2).SetUnknownImprecise();
        Insn[] unfit =
        [
            Lab.Insn(Opcode.Alu64 | Opcode.Neg, 1, imm: 1),
            Lab.Insn(Opcode.Alu64 | Opcode.Neg | Opcode.X, 1),
            Lab.Insn(Opcode.Alu | Opcode.End, 1, imm: 8),
            Lab.Insn(Opcode.Alu64 | Opcode.End | Opcode.X, 1, imm: 16),
            Lab.Insn(Opcode.Alu64 | Opcode.Mov | Opcode.X, 1, 2, 7),
            Lab.Insn(Opcode.Alu | Opcode.Mov | Opcode.X, 1, 2, 32),
            Lab.Insn(Opcode.Alu64 | Opcode.Mov, 1, 2),
            Lab.Insn(Opcode.Alu64 | Opcode.Add | Opcode.X, 1, 2, imm: 1),
            Lab.Insn(Opcode.Alu64 | Opcode.Add, 1, 2, imm: 1),
            Lab.Insn(Opcode.Alu64 | Opcode.Mul, 1, off: 1, imm: 1),
            Lab.Insn(Opcode.Alu64 | Opcode.Div, 1),
            Lab.Insn(Opcode.Alu | Opcode.Lsh, 1, imm: 32),
            Lab.Insn(Opcode.Alu64 | Opcode.Rsh, 1, imm: -1),
            Lab.Insn(Opcode.Alu64 | 0xe0, 1),
            Lab.Insn(Opcode.Alu64 | Opcode.Add | Opcode.X, 11, 2),
            Lab.Insn(Opcode.Alu64 | Opcode.Mov | Opcode.X, 1, 12),
        ];
        foreach (Insn insn in unfit)
            Assert.Equal(Errno.EINVAL, lab.Alu(insn));
        Assert.Equal(Errno.EACCES, lab.Alu(Lab.Insn(Opcode.Alu64 | Opcode.Add, 3, imm: 1)));
        Assert.Equal(Errno.EACCES, lab.Alu(Lab.Insn(Opcode.Alu64 | Opcode.Add, 10, imm: 1)));
    }
}
