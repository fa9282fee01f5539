namespace BpfVerifier.Abi.Tests;

public class KernelTests
{
    [Fact]
    public void A_release_is_at_least_itself_and_older_ones_and_no_newer_one()
    {
        if (Kernel.Release is not { } running)
        {
            Assert.False(OperatingSystem.IsLinux());
            Assert.False(Kernel.IsAtLeast(0, 0));
            return;
        }
        Assert.True(Kernel.IsAtLeast(running.Major, running.Minor));
        Assert.True(Kernel.IsAtLeast(running.Major - 1, running.Minor + 1));
        Assert.False(Kernel.IsAtLeast(running.Major, running.Minor + 1));
        Assert.False(Kernel.IsAtLeast(running.Major + 1, 0));
    }
}
