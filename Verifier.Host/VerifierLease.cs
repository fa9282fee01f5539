using System.Diagnostics.CodeAnalysis;

namespace BpfVerifier.Host;

/// <summary>The use of one build: while it is held, that build stays, whatever is loaded in its place meanwhile.</summary>
/// <remarks>What prepares a program and verifies it holds one lease for both, so that profile and verifier are of one build. Dispose it soon.</remarks>
public sealed class VerifierLease : IDisposable
{
    private LoadedBuild? _build;

    internal VerifierLease(LoadedBuild build)
    {
        _build = build;
        Identity = build.Identity;
    }

    /// <summary>Which build this is; also after the lease has ended.</summary>
    public VerifierIdentity Identity { get; }

    /// <summary>The verifier.</summary>
    /// <exception cref="ObjectDisposedException">The lease has ended.</exception>
    [SuppressMessage("Design", "CA1065", Justification = "As any use of what was disposed.")]
    public IVerifier Verifier => (_build ?? throw new ObjectDisposedException(nameof(VerifierLease))).Verifier;

    /// <summary>Ends the lease; a second time does nothing.</summary>
    public void Dispose() => Interlocked.Exchange(ref _build, null)?.Leave();
}
