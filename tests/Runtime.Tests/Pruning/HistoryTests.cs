namespace BpfVerifier.Runtime.Tests.Pruning;

public class HistoryTests
{
    [Fact]
    public void Linked_places_are_read_as_packed()
    {
        // Count 2 in 4 bits; r3 of frame 1 lowest, slot 63 of frame 7 above.
        ulong r3 = 1 | (3UL << 3) | (1UL << 9), slot63 = 7 | (63UL << 3);
        LinkedPlaces places = new((slot63 << 14) | (r3 << 4) | 2);
        Assert.Equal(2, places.Count);
        Assert.Equal(new LinkedPlace(1, 3, true), places[0]);
        Assert.Equal(new LinkedPlace(7, 63, false), places[1]);
    }

    [Fact]
    public void Precision_of_one_linked_scalar_is_precision_of_all()
    {
        ulong r1 = (1UL << 3) | (1UL << 9), slot0 = 0;
        LinkedPlaces places = new((slot0 << 14) | (r1 << 4) | 2);
        PrecisionMasks masks = new();
        masks.Spread(places);
        Assert.True(masks.IsEmpty);
        masks.Set(1);
        masks.Spread(places);
        Assert.True(masks.HasSlot(0, 0));
    }

    [Theory]
    [InlineData(0b10101UL, "r0,r2,r4", "-8,-24,-40")]
    [InlineData(0UL, "", "")]
    public void Masks_are_printed_lowest_first(ulong mask, string regs, string slots)
    {
        VerifierLog log = new(2, 1000);
        PrecisionMasks.PrintRegs(log, (uint)mask);
        Assert.Equal(regs, log.ToString());
        log.Reset(0);
        PrecisionMasks.PrintSlots(log, mask);
        Assert.Equal(slots, log.ToString());
    }

    [Fact]
    public void Evicted_states_are_counted_until_dropped()
    {
        ExploredStates explored = new(8);
        VerifierState first = new(), second = new();
        int bucket = explored.Bucket(3, FrameState.MainFrame);
        explored.Add(bucket, first);
        explored.Add(bucket, second);
        Assert.Same(second, explored.First(bucket));
        Assert.Same(first, second.Next);

        explored.Unlink(bucket, second, first);
        explored.Evict(first);
        Assert.Equal((1, 1), (explored.Count, explored.EvictedCount));
        Assert.Null(second.Next);
        explored.Drop(first);
        Assert.Equal((1, 0), (explored.Count, explored.EvictedCount));
    }
}
