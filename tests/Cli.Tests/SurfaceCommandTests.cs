using Xunit;

namespace BpfVerifier.Cli.Tests;

public class SurfaceCommandTests
{
    [Fact]
    public void Prints_what_the_verifier_takes_and_where()
    {
        (int code, string output, _) = Tool.Run("surface", "--release", "6.12");
        Assert.Equal(ExitCode.AllAccepted, code);
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains(lines, line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is ["facade", "IKernel.MapStruct", "Programs/PseudoLoads.cs"]);
        Assert.StartsWith("Linux 6.12: ", lines[^1], StringComparison.Ordinal);
        Assert.Equal(File.ReadAllLines(Path.Combine(Tool.Samples, "..", "kernel-headers", "6.12", "surface.txt")).Length, lines.Length);
    }

    [Fact]
    public void Unknown_release_exits_with_2_and_says_which_there_are()
    {
        (int code, _, string error) = Tool.Run("surface", "--release", "6.13");
        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains("6.12", error, StringComparison.Ordinal);
    }
}
