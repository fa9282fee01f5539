using System.Diagnostics.CodeAnalysis;

namespace BpfVerifier.Host;

/// <summary>A verifier that was loaded, or why it was not.</summary>
public sealed class LoadResult
{
    internal LoadResult(IVerifier verifier, VerifierIdentity identity)
    {
        Verifier = verifier;
        Identity = identity;
    }

    internal LoadResult(Refusal refusal) => Refusal = refusal;

    /// <summary>True when there is a verifier.</summary>
    [MemberNotNullWhen(true, nameof(Verifier), nameof(Identity))]
    [MemberNotNullWhen(false, nameof(Refusal))]
    public bool Succeeded => Verifier is not null;

    /// <summary>The release's verifier: every verification is answered by the build that is the release's when it starts.</summary>
    public IVerifier? Verifier { get; }

    /// <summary>The build.</summary>
    public VerifierIdentity? Identity { get; }

    /// <summary>Why there is none.</summary>
    public Refusal? Refusal { get; }
}
