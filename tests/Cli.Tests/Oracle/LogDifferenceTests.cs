using BpfVerifier.Cli.Oracle;
using Xunit;

namespace BpfVerifier.Cli.Tests.Oracle;

public class LogDifferenceTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("a\nb\n", "a\nb\n")]
    [InlineData("a\nverification time 5 usec\nb\n", "a\nverification time 99 usec\nb\n")]
    [InlineData("no newlineverification time 5 usec\n", "no newlineverification time 99 usec\n")]
    public void SameButForTheTime_IsNoDifference(string ours, string kernel) => Assert.Null(LogDifference.Find(ours, kernel));

    [Theory]
    [InlineData("a\nb\nc\n", "a\nx\nc\n", 2, "a", "b", "x")]
    [InlineData("b\n", "x\n", 1, null, "b", "x")]
    [InlineData("a\nb", "a", 2, "a", "b", null)]
    [InlineData("a", "a\nb", 2, "a", null, "b")]
    [InlineData("one verification time 5 usec\n", "two verification time 5 usec\n", 1, null, "one verification time 5 usec", "two verification time 5 usec")]
    public void FirstDifferentLine_IsFound(string ours, string kernel, int line, string? before, string? mine, string? its) =>
        Assert.Equal(new LogDifference(line, before, mine, its), LogDifference.Find(ours, kernel));
}
