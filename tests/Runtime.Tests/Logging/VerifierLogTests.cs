namespace BpfVerifier.Runtime.Tests.Logging;

public sealed class VerifierLogTests
{
    [Fact]
    public void Reset_TakesBackWhatCameAfter()
    {
        var log = new VerifierLog(1, 100);
        log.Write("kept ");
        long position = log.Position;
        log.Write($"dropped {1}");
        log.Reset(position);
        Assert.Equal("kept ", log.ToString());
        Assert.Equal(position, log.Position);
    }

    [Fact]
    public void TextBeyondLimit_DropsTheOldest_AndPositionsGoOn()
    {
        var log = new VerifierLog(1, 100);
        for (int i = 0; i < 1000; i++)
            log.Write($"line {i}\n");
        Assert.InRange(log.ToString().Length, 100, 125);
        Assert.EndsWith("line 999\n", log.ToString(), StringComparison.Ordinal);
        Assert.Equal(Enumerable.Range(0, 1000).Sum(i => $"line {i}\n".Length), log.Position);
    }

    [Fact]
    public void Reset_BeforeTheOldestKept_LeavesNothing()
    {
        var log = new VerifierLog(1, 10);
        log.Write(new string('x', 100));
        log.Reset(5);
        Assert.Equal("", log.ToString());
        Assert.Equal(5, log.Position);
    }

    [Theory]
    [InlineData(0, false, false, false)]
    [InlineData(1, true, false, false)]
    [InlineData(2, true, true, false)]
    [InlineData(4, false, false, true)]
    [InlineData(7, true, true, true)]
    public void Levels_AreBits(int level, bool verbose, bool level2, bool statistics)
    {
        var log = new VerifierLog(level, 100);
        Assert.Equal((verbose, level2, statistics), (log.Verbose, log.Level2, log.Statistics));
    }
}
