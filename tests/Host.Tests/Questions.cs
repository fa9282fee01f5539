using BpfVerifier.Objects;

namespace BpfVerifier.Host.Tests;

/// <summary>What the tests ask verifiers.</summary>
internal static class Questions
{
    public static KernelRelease Release { get; } = new(6, 12);

    /// <summary>r0 = 0; exit.</summary>
    public static BpfProgram ReturnZero { get; } = new()
    {
        Name = "return_zero",
        Type = ProgramType.SocketFilter,
        License = "GPL",
        Instructions = Convert.FromHexString("b7000000000000009500000000000000"),
    };

    /// <summary>The message of the release's answer: fakes give their label.</summary>
    public static string Ask(IVerifier verifier) => verifier.Verify(ReturnZero, verifier.DefaultProfile, VerifierOptions.Default).Message;

    /// <summary>An object of the repository's samples.</summary>
    public static string Sample(string name)
    {
        string directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "Directory.Packages.props")))
            directory = Path.GetDirectoryName(directory) ?? throw new DirectoryNotFoundException("the repository's root");
        return Path.Combine(directory, "samples", name);
    }

    public static BpfObject Open(string sample) => BpfObject.Open(Sample(sample), ObjectOptions.Veristat);
}
