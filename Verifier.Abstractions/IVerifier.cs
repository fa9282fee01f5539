namespace BpfVerifier;

/// <summary>The verifier of one kernel release.</summary>
/// <remarks>Implementations are stateless: any number of verifications may run at once. Nothing throws for bad input.</remarks>
public interface IVerifier
{
    /// <summary>The release, with the patch level of the image its facts were read from.</summary>
    KernelRelease Release { get; }

    /// <summary>The profile of the image the release's facts were read from: stock flavour, its own types, root.</summary>
    KernelProfile DefaultProfile { get; }

    /// <summary>Gives the verdict <paramref name="profile"/>'s kernel would give of <paramref name="program"/>.</summary>
    VerificationResult Verify(BpfProgram program, KernelProfile profile, VerifierOptions options, CancellationToken cancellation = default);

    /// <summary>Every change of the verifier that is known, ordered by name, and how it stands with <paramref name="profile"/>'s kernel.</summary>
    IReadOnlyList<VerifierChange> GetChanges(KernelProfile profile);
}

/// <summary>Marks a release assembly and names its verifier, so that a host finds it without scanning types.</summary>
/// <param name="release">The release, <c>6.12</c>.</param>
/// <param name="verifier">A type with a public parameterless constructor that implements <see cref="IVerifier"/>.</param>
/// <param name="facadeVersion"><see cref="Facade.Version"/> when the assembly was compiled. A host reads it before it runs anything of the assembly.</param>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class VerifierReleaseAttribute(string release, Type verifier, int facadeVersion) : Attribute
{
    /// <summary>The release, <c>6.12</c>.</summary>
    public string Release { get; } = release;
    /// <summary>The verifier's type.</summary>
    public Type Verifier { get; } = verifier;
    /// <summary>The façade it was compiled against.</summary>
    public int FacadeVersion { get; } = facadeVersion;
}
