using BpfVerifier;
using BpfVerifier.Bench.Tiny;
using BpfVerifier.Btf;

[assembly: VerifierRelease("0.1", typeof(TinyVerifier), Facade.Version)]

namespace BpfVerifier.Bench.Tiny;

/// <summary>
/// A release assembly that is loaded in milliseconds, so that replacing it shows what the host does and not what a verifier
/// costs. It becomes ready step by step while other threads run, and each answer says how far it was and which build it is.
/// </summary>
public sealed class TinyVerifier : IVerifier
{
    private const int Steps = 64;

    private static readonly KernelRelease s_release = new(0, 1);

    private readonly int[] _steps = new int[Steps];

    /// <summary>Takes its time, with gaps that show an instance that is used before it is whole.</summary>
    public TinyVerifier()
    {
        for (int i = 0; i < Steps; i++)
        {
            Volatile.Write(ref _steps[i], 1);
            Thread.Yield();
        }
        var btf = new BtfBuilder();
        btf.AddInt("int", 4, BtfIntEncoding.Signed);
        DefaultProfile = BtfTypes.TryParse(btf.ToArray(), null, out BtfTypes? types, out string error)
            ? new KernelProfile { Release = s_release, Types = types }
            : throw new InvalidOperationException(error);
    }

    /// <inheritdoc/>
    public KernelRelease Release => s_release;

    /// <inheritdoc/>
    public KernelProfile DefaultProfile { get; }

    /// <inheritdoc/>
    public IReadOnlyList<VerifierChange> GetChanges(KernelProfile profile) => [];

    /// <inheritdoc/>
    public VerificationResult Verify(BpfProgram program, KernelProfile profile, VerifierOptions options, CancellationToken cancellation = default)
    {
        int ready = 0;
        for (int i = 0; i < Steps; i++)
        {
            ready += Volatile.Read(ref _steps[i]);
            // In flight for a while, also when replacements are quick.
            if (i % 16 == 0)
                Thread.Yield();
        }
        return new VerificationResult
        {
            Verdict = ready == Steps ? Verdict.Accepted : Verdict.NotImplemented,
            Message = typeof(TinyVerifier).Module.ModuleVersionId.ToString(),
        };
    }
}
