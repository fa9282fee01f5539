namespace BpfVerifier.Runtime.Tests.Scalars;

/// <summary>Bringing the domains into step keeps every possible value and loses no knowledge.</summary>
public class DeductionTests
{
    [Theory]
    [MemberData(nameof(Lab.Both), MemberType = typeof(Lab))]
    public void Syncing_keeps_the_value_and_forgets_nothing(bool modular)
    {
        Changes changes = modular ? Lab.Modular : Lab.Stock;
        Samples samples = new(2, changes);
        int tightened = 0;
        for (int i = 0; i < 60_000; i++)
        {
            ulong value = samples.Value();
            RegState reg = Unsynced(samples, value);
            RegState before = reg;
            reg.SyncBounds(changes);
            Domain.AssertHolds(ref reg, value, "sync");
            Assert.True(before.Var.Contains(reg.Var));
            // Older releases, deducing from a known sign alone, may replace a bound by a weaker one. So may the newer rule
            // for sign-extended numbers, but it makes the wide bounds those of the lower half.
            if (changes.BoundsAcrossWidths && reg.SMin < reg.S32Min | reg.SMax > reg.S32Max)
                Assert.True(Domain.Within(ref reg, ref before), $"{Domain.Text(ref before)} became {Domain.Text(ref reg)}");
            if (!RegState.SameUpToId(in reg, in before))
                tightened++;
        }
        Assert.True(tightened > 10_000, $"only {tightened} samples left something to deduce");
    }

    [Theory]
    [MemberData(nameof(Lab.Both), MemberType = typeof(Lab))]
    public void Syncing_again_and_again_comes_to_rest(bool modular)
    {
        Changes changes = modular ? Lab.Modular : Lab.Stock;
        Samples samples = new(3, changes);
        for (int i = 0; i < 30_000; i++)
        {
            RegState reg = Unsynced(samples, samples.Value());
            bool rests = false;
            for (int round = 0; round < 80 && !rests; round++)
            {
                RegState before = reg;
                reg.SyncBounds(changes);
                rests = RegState.SameUpToId(in reg, in before);
            }
            Assert.True(rests, Domain.Text(ref reg));
        }
    }

    [Theory]
    [MemberData(nameof(Lab.Both), MemberType = typeof(Lab))]
    public void Known_values_are_left_alone(bool modular)
    {
        Changes changes = modular ? Lab.Modular : Lab.Stock;
        Samples samples = new(4, changes);
        for (int i = 0; i < 10_000; i++)
        {
            ulong value = samples.Value();
            RegState reg = default;
            reg.SetUnknownImprecise();
            reg.SetKnown(value);
            RegState before = reg;
            reg.SyncBounds(changes);
            Assert.True(RegState.SameUpToId(in reg, in before));
            Assert.True(reg.IsConst && reg.IsConstSubreg && reg.IsNull == (value == 0));
        }
    }

    [Theory]
    [MemberData(nameof(Lab.Both), MemberType = typeof(Lab))]
    public void Truncation_and_sign_extension_keep_the_value(bool modular)
    {
        Changes changes = modular ? Lab.Modular : Lab.Stock;
        Samples samples = new(5, changes);
        for (int i = 0; i < 60_000; i++)
        {
            ulong value = samples.Value();
            RegState known = samples.Knowing(value);
            foreach (int bytes in (int[])[1, 2, 4])
            {
                RegState reg = known;
                reg.CoerceToSize(bytes, changes);
                // Older releases leave the lower half of a 4-byte value as it was: it is the value.
                Domain.AssertHolds(ref reg, value & ((1UL << (bytes * 8)) - 1), $"truncated to {bytes} bytes");

                reg = known;
                reg.CoerceToSizeSx(bytes);
                Domain.AssertHolds(ref reg, Arithmetic.SignExtend(value, bytes * 8), $"extended from {bytes} bytes");
                if (bytes == 4)
                    continue;
                reg = known;
                reg.CoerceSubregToSizeSx(bytes);
                reg.ZeroExtendSubreg();
                reg.SyncBounds(changes);
                Domain.AssertHolds(ref reg, (uint)Arithmetic.SignExtend(value, bytes * 8), $"half extended from {bytes} bytes");
            }
            RegState half = known;
            half.ZeroExtendSubreg();
            Domain.AssertHolds(ref half, (uint)value, "zero-extended");
        }
    }

    [Fact]
    public void Contradicting_bounds_are_found_where_the_release_looks_for_them()
    {
        Lab lab = new(modular: false);
        ref RegState reg = ref lab.Reg(1);
        reg.SetUnknownImprecise();
        (reg.UMin, reg.UMax) = (5, 4);
        Assert.Equal(Errno.None, lab.Verification.ReportBoundsViolations(ref reg, "test"));
        Assert.Equal(lab.Changes.RegInvariants, lab.Log.Contains("REG INVARIANTS VIOLATION (test): range bounds violation u64=[0x5, 0x4]"));
        Assert.Equal(lab.Changes.RegInvariants, reg.UMax == ulong.MaxValue);
    }

    /// <summary>Ranges and bits around <paramref name="value"/> that know nothing of each other.</summary>
    private static RegState Unsynced(Samples samples, ulong value)
    {
        RegState reg = samples.Knowing(value);
        RegState other = samples.Knowing(value);
        // Each domain is sound by itself; mixing two registers leaves them unrelated.
        (reg.SMin, reg.SMax) = (other.SMin, other.SMax);
        (reg.U32Min, reg.U32Max) = (other.U32Min, other.U32Max);
        return reg;
    }
}
