namespace BpfVerifier.Host;

/// <summary>What a build must answer before anyone else may ask it: its release, its profile and the smallest program there is.</summary>
internal static class FirstQuestion
{
    private const int InsnSize = 8;
    private const byte MoveImmediate = 0xb7, Exit = 0x95;

    /// <returns>Null, or what was wrong about the answers.</returns>
    public static string? Ask(IVerifier verifier, KernelRelease release)
    {
        if (verifier.Release.Branch != release)
            return $"it says it is the verifier of Linux {verifier.Release}";
        KernelProfile profile = verifier.DefaultProfile;
        if (profile.Release.Branch != release)
            return $"its profile is that of Linux {profile.Release}";
        VerificationResult result = verifier.Verify(ReturnZero(), profile, VerifierOptions.Default);
        // A verifier whose facts do not suffice says so of everything.
        return result.Verdict is Verdict.Accepted or Verdict.NotImplemented ? null : $"it does not accept 'r0 = 0; exit': {result.Verdict}, {result.Message}";
    }

    private static BpfProgram ReturnZero()
    {
        var instructions = new byte[2 * InsnSize];
        instructions[0] = MoveImmediate;
        instructions[InsnSize] = Exit;
        return new BpfProgram { Name = "return_zero", Type = ProgramType.SocketFilter, License = "GPL", Instructions = instructions };
    }
}
