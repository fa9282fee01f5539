using BpfVerifier.Host;
using Xunit;

namespace BpfVerifier.Cli.Tests;

public class KernelSelectorTests
{
    private static readonly KernelRelease[] s_available = [new(6, 1), new(6, 12), new(6, 18)];

    [Fact]
    public void List_KeepsOrderAndDropsRepetitions()
    {
        Assert.Null(KernelSelector.Parse("6.18, 6.1,6.18", s_available, out IReadOnlyList<KernelSelector> found));
        Assert.Equal(["6.18", "6.1"], found.Select(k => k.Name));
    }

    [Fact]
    public void All_IsEveryReleaseOldestFirst()
    {
        Assert.Null(KernelSelector.Parse("all", s_available, out IReadOnlyList<KernelSelector> found));
        Assert.Equal(s_available, found.Select(k => k.Release));
    }

    [Fact]
    public void PatchLevelAndFlavour_AreRead()
    {
        Assert.Null(KernelSelector.Parse("6.12.30+modular", s_available, out IReadOnlyList<KernelSelector> found));
        Assert.Equal(new KernelRelease(6, 12, 30), found[0].Release);
        Assert.Equal(KernelFlavor.Modular, found[0].Flavor);
    }

    [Theory]
    [InlineData("6.1-6.12", "6.1 6.12")]
    [InlineData("v6.1-6.18;6.1", "6.1 6.12 6.18")]
    [InlineData("6.12-6.18+modular", "6.12+modular 6.18+modular")]
    public void Range_IsWhatIsAvailableBetween(string text, string names)
    {
        Assert.Null(KernelSelector.Parse(text, s_available, out IReadOnlyList<KernelSelector> found));
        Assert.Equal(names, string.Join(' ', found.Select(k => k.Name)));
    }

    [Theory]
    [InlineData("6.1-")]
    [InlineData("6.1-9.9")]
    public void Range_ToAnUnknownRelease_IsRefused(string text) => Assert.NotNull(KernelSelector.Parse(text, s_available, out _));

    [Fact]
    public void Range_ThatEndsBeforeItBegins_IsRefused() =>
        Assert.Equal("the range '6.18-6.1' ends before it begins", KernelSelector.Parse("6.18-6.1", s_available, out _));

    [Theory]
    [InlineData("")]
    [InlineData(",")]
    [InlineData("5.4")]
    [InlineData("6.12.99999999999")]
    [InlineData("latest")]
    public void AnythingElse_IsRefusedWithWhatThereIs(string text)
    {
        string? problem = KernelSelector.Parse(text, s_available, out _);
        Assert.NotNull(problem);
        Assert.Contains("6.1, 6.12, 6.18, all", problem, StringComparison.Ordinal);
    }
}
