using BpfVerifier.Host;

namespace BpfVerifier.Bench.Stress;

/// <summary>What is asked while builds are replaced, and whether an answer is right.</summary>
internal interface IWorkload
{
    /// <summary>What it is, for the first line.</summary>
    string Title { get; }

    /// <summary>Asks one question.</summary>
    /// <param name="number">Which; any number.</param>
    /// <param name="verifier">A build's own verifier, or the host's for whichever build it is.</param>
    /// <param name="build">The build that must answer; null when any may.</param>
    /// <returns>True when the answer is right.</returns>
    bool Ask(long number, IVerifier verifier, Guid? build);
}

/// <summary>The tiny verifier answers with the build it is, when it is whole.</summary>
internal sealed class TinyWorkload : IWorkload
{
    private static readonly BpfProgram s_program = new() { Name = "nothing", Type = ProgramType.SocketFilter, Instructions = new byte[8] };

    public string Title => "a verifier of 40 lines";

    public bool Ask(long number, IVerifier verifier, Guid? build)
    {
        VerificationResult answer = verifier.Verify(s_program, verifier.DefaultProfile, VerifierOptions.Default);
        return answer.Verdict == Verdict.Accepted && Guid.TryParse(answer.Message, out Guid own) && (build is null || own == build);
    }
}
