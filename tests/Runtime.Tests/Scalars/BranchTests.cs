namespace BpfVerifier.Runtime.Tests.Scalars;

/// <summary>Predictions are never wrong, and what a branch teaches is true of every number that goes that way.</summary>
public class BranchTests
{
    private const int Rounds = 4000;

    private static readonly int[] s_ops =
    [
        Opcode.Jeq, Opcode.Jne, Opcode.Jset, Opcode.Jgt, Opcode.Jge, Opcode.Jlt, Opcode.Jle, Opcode.Jsgt, Opcode.Jsge, Opcode.Jslt,
        Opcode.Jsle,
    ];

    public static TheoryData<int, bool> Comparisons
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
    [MemberData(nameof(Comparisons))]
    public void Both_branches_hold_the_numbers_that_go_there(int op, bool modular)
    {
        Lab lab = new(modular);
        Samples samples = new(1000 + op, lab.Changes);
        int predicted = 0;
        foreach (int width in (int[])[Opcode.Jmp, Opcode.Jmp32])
            for (int i = 0; i < Rounds; i++)
            {
                ulong a = samples.Value();
                ulong b = samples.Next(3) == 0 ? a : samples.Value();
                RegState dst = samples.Knowing(a);
                RegState src = samples.Knowing(b);
                string what = $"op {op:x} class {width} of {Domain.Text(ref dst)} and {Domain.Text(ref src)}";
                bool jumps = Arithmetic.Jumps(op, width == Opcode.Jmp32, a, b);
                int taken = lab.Verification.IsBranchTaken(ref dst, ref src, op, width == Opcode.Jmp32);
                if (taken >= 0)
                {
                    Assert.True(taken == (jumps ? 1 : 0), what);
                    predicted++;
                    continue;
                }
                (RegState takenDst, RegState takenSrc) = (dst, src);
                Insn insn = Lab.Insn(width | Opcode.X | op, 1, 2);
                Assert.Equal(Errno.None, lab.Verification.RefineBranches(in insn, ref takenDst, ref takenSrc, ref dst, ref src));
                Domain.AssertHolds(ref jumps ? ref takenDst : ref dst, a, "first of " + what);
                Domain.AssertHolds(ref jumps ? ref takenSrc : ref src, b, "second of " + what);
            }
        Assert.InRange(predicted, 100, (2 * Rounds) - 100);
    }

    [Theory]
    [MemberData(nameof(Comparisons))]
    public void A_register_compared_with_itself_keeps_its_value(int op, bool modular)
    {
        Lab lab = new(modular);
        Samples samples = new(2000 + op, lab.Changes);
        foreach (int width in (int[])[Opcode.Jmp, Opcode.Jmp32])
            for (int i = 0; i < Rounds; i++)
            {
                ulong value = samples.Value();
                RegState reg = samples.Knowing(value);
                bool jumps = Arithmetic.Jumps(op, width == Opcode.Jmp32, value, value);
                if (lab.Verification.IsBranchTaken(ref reg, ref reg, op, width == Opcode.Jmp32) is >= 0 and var taken)
                {
                    Assert.Equal(jumps ? 1 : 0, taken);
                    continue;
                }
                RegState other = reg;
                Insn insn = Lab.Insn(width | Opcode.X | op, 1, 1);
                Assert.Equal(Errno.None, lab.Verification.RefineBranches(in insn, ref other, ref other, ref reg, ref reg));
                Domain.AssertHolds(ref jumps ? ref other : ref reg, value, "itself");
            }
    }

    [Theory]
    [MemberData(nameof(Comparisons))]
    public void Linked_scalars_hold_their_values_behind_a_jump(int op, bool modular)
    {
        Samples samples = new(3000 + op, modular ? Lab.Modular : Lab.Stock);
        int linked = 0;
        for (int i = 0; i < Rounds / 2; i++)
        {
            ulong value = samples.Value();
            int delta = samples.Next(2) * samples.Imm();
            int bound = samples.Next(2) == 0 ? samples.Imm() : (int)value + samples.Next(5) - 2;
            int width = samples.Next(4) == 0 ? Opcode.Jmp32 : Opcode.Jmp;
            if (Arithmetic.Jumps(op, width == Opcode.Jmp32, value, (ulong)(long)bound))
                continue;
            Lab lab = new(modular);
            lab.Reg(1) = samples.Knowing(value);
            // r2 = r1; w3 = w1; r2 += delta; r2 may still follow r1.
            Assert.Equal(Errno.None, lab.Alu(Lab.Insn(Opcode.Alu64 | Opcode.Mov | Opcode.X, 2, 1)));
            Assert.Equal(Errno.None, lab.Alu(Lab.Insn(Opcode.Alu | Opcode.Mov | Opcode.X, 3, 1)));
            if (delta != 0)
                Assert.Equal(Errno.None, lab.Alu(Lab.Insn(Opcode.Alu64 | Opcode.Add, 2, imm: delta)));
            RegState before = lab.Reg(2);
            Assert.Equal(Errno.None, lab.Jump(Lab.Insn(width | op, 1, off: 1, imm: bound)));
            Domain.AssertHolds(ref lab.Reg(1), value, "compared");
            Domain.AssertHolds(ref lab.Reg(2), value + (ulong)(long)delta, "linked");
            Domain.AssertHolds(ref lab.Reg(3), (uint)value, "linked half");
            if (!RegState.SameUpToId(in before, in lab.Reg(2)))
                linked++;
        }
        if (op is not (Opcode.Jset or Opcode.Jeq))
            Assert.True(linked > 20, $"only {linked} linked scalars learned something");
    }

    [Theory]
    [InlineData(Opcode.Jgt)]
    [InlineData(Opcode.Jge)]
    [InlineData(Opcode.Jlt)]
    [InlineData(Opcode.Jle)]
    public void Packet_ranges_are_backed_by_bytes_before_the_end(int op)
    {
        Samples samples = new(op, Lab.Stock);
        int proved = 0;
        for (int i = 0; i < 5000; i++)
        {
            Lab lab = new(modular: false);
            int length = samples.Next(80);
            int offset = samples.Next(80);
            Packet(ref lab.Reg(1), RegKind.Packet);
            Packet(ref lab.Reg(2), RegKind.PacketEnd);
            Assert.Equal(Errno.None, lab.Alu(Lab.Insn(Opcode.Alu64 | Opcode.Mov | Opcode.X, 3, 1)));
            Assert.Equal(Errno.None, lab.Alu(Lab.Insn(Opcode.Alu64 | Opcode.Add, 3, imm: offset)));
            bool endFirst = samples.Next(2) == 0;
            bool jumps = endFirst
                ? Arithmetic.Jumps(op, false, (ulong)length, (ulong)offset)
                : Arithmetic.Jumps(op, false, (ulong)offset, (ulong)length);
            if (jumps)
                continue;
            Assert.Equal(Errno.None, lab.Jump(Lab.Insn(Opcode.Jmp | Opcode.X | op, endFirst ? 2 : 3, endFirst ? 3 : 2, 1)));
            Assert.True(lab.Reg(1).Range <= length);
            if (lab.Reg(1).Range > 0)
                proved++;
            // Asked again, the answer is known where it follows from the first.
            int again = lab.Verification.IsBranchTaken(ref lab.Reg(3), ref lab.Reg(2), Opcode.Jge, false);
            Assert.True(again < 0 || again == (offset >= length ? 1 : 0));
        }
        // In half of the arrangements it is the branch behind the jump that proves something.
        Assert.True(proved > 500, $"only {proved} comparisons proved something");

        static void Packet(ref RegState reg, RegKind kind)
        {
            reg.SetKnownZero();
            reg.Type = kind;
        }
    }

    [Fact]
    public void A_null_check_makes_pointer_and_number_of_all_copies()
    {
        foreach (int op in (int[])[Opcode.Jeq, Opcode.Jne])
        {
            Lab lab = new(modular: false);
            lab.Verification.Maps.Add(new MapInfo
            {
                Map = new BpfMap { Name = "m", Type = MapType.Hash, KeySize = 4, ValueSize = 16, MaxEntries = 1 },
                Handle = 1,
            });
            ref RegState lookup = ref lab.Reg(1);
            lookup.SetKnownZero();
            lookup.Type = new RegType(RegKind.MapValue, TypeFlags.MaybeNull);
            lookup.MapHandle = 1;
            lookup.Id = 5;
            Assert.Equal(Errno.None, lab.Alu(Lab.Insn(Opcode.Alu64 | Opcode.Mov | Opcode.X, 2, 1)));
            Assert.Equal(Errno.EACCES, lab.Alu(Lab.Insn(Opcode.Alu64 | Opcode.Add, 2, imm: 4)));
            Assert.Equal(Errno.None, lab.Jump(Lab.Insn(Opcode.Jmp | op, 1, off: 1)));
            RegType expected = op == Opcode.Jeq ? RegKind.MapValue : RegKind.Scalar;
            Assert.Equal(expected, lab.Reg(1).Type);
            Assert.Equal(expected, lab.Reg(2).Type);
            Assert.Equal(op == Opcode.Jne, lab.Reg(2).IsNull);
        }
    }

    [Fact]
    public void Every_encoding_is_judged_without_an_exception()
    {
        Samples samples = new(80, Lab.Modular);
        for (int i = 0; i < 5000; i++)
        {
            Lab lab = new(modular: true);
            for (int regno = 0; regno < 10; regno++)
                if (samples.Next(4) != 0)
                    lab.Reg(regno) = samples.Knowing(samples.Value());
            int op = samples.Next(16) << 4;
            if (op is Opcode.Call or Opcode.Exit or Opcode.Jcond)
                continue;
            Insn insn = Lab.Insn(op | (samples.Next(2) << 3) | (samples.Next(2) == 0 ? Opcode.Jmp : Opcode.Jmp32), samples.Next(16), samples.Next(16), 1, samples.Next(2) * samples.Imm());
            Errno err = lab.Jump(insn);
            Assert.True(err is Errno.None or Errno.EINVAL or Errno.EACCES, $"{err} {lab.Log}");
        }
    }
}
