namespace BpfVerifier.Runtime.Tests.Pruning;

public class IdMapTests
{
    [Fact]
    public void Pairs_are_one_to_one()
    {
        Random random = new(1);
        IdMap map = new();
        for (int round = 0; round < 200; round++)
        {
            map.Clear(100);
            Dictionary<uint, uint> forward = [], back = [];
            for (int i = 0; i < 40; i++)
            {
                uint old = (uint)random.Next(0, 8), cur = (uint)random.Next(0, 8);
                bool expected = old == 0 || cur == 0
                    ? old == cur
                    : (!forward.TryGetValue(old, out uint seen) || seen == cur) && (!back.TryGetValue(cur, out uint from) || from == old);
                Assert.Equal(expected, map.Check(old, cur));
                if (expected && old != 0)
                    (forward[old], back[cur]) = (cur, old);
            }
        }
    }

    [Fact]
    public void One_way_pairs_may_share_a_new_id()
    {
        IdMap map = new();
        map.Clear(0);
        Assert.True(map.CheckOneWay(1, 9));
        Assert.True(map.CheckOneWay(2, 9));
        Assert.False(map.CheckOneWay(1, 8));
    }

    [Fact]
    public void Missing_scalar_id_is_like_one_nobody_has()
    {
        IdMap map = new();
        map.Clear(50);
        Assert.True(map.CheckScalar(0, 3));
        Assert.True(map.CheckScalar(0, 4));
        // 3 already stands for a scalar of its own.
        Assert.False(map.CheckScalar(1, 3));
        Assert.True(map.CheckScalar(2, 0));
    }

    [Fact]
    public void Scalars_linked_by_a_constant_must_be_linked_to_the_same()
    {
        IdMap map = new();
        map.Clear(50);
        Assert.True(map.CheckScalarIfLinked(1, 11));
        Assert.True(map.CheckScalarIfLinked(1 | RegState.AddConst, 11 | RegState.AddConst));
        Assert.False(map.CheckScalarIfLinked(2 | RegState.AddConst, 11 | RegState.AddConst));
        Assert.True(map.CheckScalarIfLinked(0, 11));
    }
}
