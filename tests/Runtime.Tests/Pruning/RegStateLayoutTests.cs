using System.Runtime.CompilerServices;

namespace BpfVerifier.Runtime.Tests.Pruning;

/// <summary>Registers are compared by their leading bytes: every field must lie on its side of that line.</summary>
public class RegStateLayoutTests
{
    private static int OffsetOf<T>(ref RegState reg, ref T field) =>
        (int)Unsafe.ByteOffset(ref Unsafe.As<RegState, byte>(ref reg), ref Unsafe.As<T, byte>(ref field));

    [Fact]
    public void What_is_compared_lies_before_the_ids()
    {
        RegState reg = default;
        int[] compared = [
            OffsetOf(ref reg, ref reg.Type), OffsetOf(ref reg, ref reg.Off), OffsetOf(ref reg, ref reg.Var),
            OffsetOf(ref reg, ref reg.SMin), OffsetOf(ref reg, ref reg.SMax), OffsetOf(ref reg, ref reg.UMin), OffsetOf(ref reg, ref reg.UMax),
            OffsetOf(ref reg, ref reg.S32Min), OffsetOf(ref reg, ref reg.S32Max), OffsetOf(ref reg, ref reg.U32Min), OffsetOf(ref reg, ref reg.U32Max)];
        int[] left = [OffsetOf(ref reg, ref reg.RefObjId), OffsetOf(ref reg, ref reg.FrameNo), OffsetOf(ref reg, ref reg.Precise)];
        Assert.Equal(0, compared.Min());
        Assert.Equal(RegState.BytesBeforeValue, OffsetOf(ref reg, ref reg.Var));
        Assert.True(compared.Max() < RegState.ComparedBytes);
        Assert.Equal(RegState.ComparedBytes, OffsetOf(ref reg, ref reg.Id));
        Assert.True(left.Min() > RegState.ComparedBytes);
    }

    [Fact]
    public void The_types_own_data_are_compared()
    {
        RegState a = default, b = default;
        b.MapHandle = 1;
        Assert.False(RegState.SameUpToId(in a, in b));
        b = default;
        b.MapUid = 1;
        Assert.False(RegState.SameUpToId(in a, in b));
        b = default;
        b.BtfOwner = BtfOwner.Kernel;
        Assert.False(RegState.SameUpToId(in a, in b));
        b = default;
        (b.Id, b.RefObjId, b.FrameNo, b.Precise) = (1, 1, 1, true);
        Assert.True(RegState.SameUpToId(in a, in b));
    }
}
