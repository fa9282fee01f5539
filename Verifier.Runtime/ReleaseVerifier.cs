using System.Diagnostics;
using System.IO.Compression;
using System.Reflection;
using BpfVerifier.Btf;

namespace BpfVerifier.Runtime;

/// <summary>The verifier of this release. Stateless; one per process is enough.</summary>
internal sealed class ReleaseVerifier : IVerifier
{
    /// <summary>The bits of a log level that log instructions.</summary>
    private const int LogPaths = 3;
    private const string Symbols = "symbols.br";

    /// <summary>Kernels refuse chains long before this: freplace of freplace, and more than one fentry of an fentry.</summary>
    private const int LongestAttachChain = 8;

    private readonly Lazy<KernelProfile> _profile = new(LoadProfile);

    public KernelRelease Release => ReleaseKernel.Release;

    public KernelProfile DefaultProfile => _profile.Value;

    public VerificationResult Verify(BpfProgram program, KernelProfile profile, VerifierOptions options, CancellationToken cancellation = default)
    {
        long begun = Stopwatch.GetTimestamp();
        if (VerifyTarget(program, profile, options, cancellation, 1, out Verification? target) is { } failed)
            return failed;
        // One bound for the program with those it attaches to.
        options = options with { Timeout = options.Timeout - Stopwatch.GetElapsedTime(begun) };
        VerificationResult result = Verify(program, target, profile, options, cancellation, out _);
        // Some messages continue the line of an instruction, which only a log has.
        return result.Verdict == Verdict.Rejected && (options.LogLevel & LogPaths) == 0
            ? result with { Message = LoggedMessage(program, target, profile, options, result.Statistics.Duration, cancellation) ?? result.Message }
            : result;
    }

    /// <summary>A program can only be named as target after it was loaded, by whoever may: so it is verified first, with all capabilities.</summary>
    /// <returns>What a loader makes of a target that is refused; null when there is none to refuse.</returns>
    private static VerificationResult? VerifyTarget(BpfProgram attaching, KernelProfile profile, VerifierOptions options, CancellationToken cancellation, int chain,
        out Verification? target)
    {
        target = null;
        if (attaching.AttachProgram is not { } program)
            return null;
        if (chain > LongestAttachChain)
            return Refuse(Verdict.LoadFailed, $"more than {LongestAttachChain} programs attach to one another");
        profile = profile with { Capabilities = LoaderCapabilities.Root };
        options = options with { LogLevel = 0 };
        long begun = Stopwatch.GetTimestamp();
        if (VerifyTarget(program, profile, options, cancellation, chain + 1, out Verification? next) is { } failed)
            return failed;
        options = options with { Timeout = options.Timeout - Stopwatch.GetElapsedTime(begun) };
        VerificationResult result = Verify(program, next, profile, options, cancellation, out target);
        return result.Verdict switch
        {
            Verdict.Accepted => null,
            Verdict.NotImplemented or Verdict.LimitReached => result with { Message = $"attach target '{program.Name}': {result.Message}" },
            _ => Refuse(Verdict.LoadFailed, $"prog '{program.Name}': BPF program load failed: -{result.Errno}") with { Errno = result.Errno },
        };
    }

    private static VerificationResult Verify(BpfProgram program, Verification? target, KernelProfile profile, VerifierOptions options, CancellationToken cancellation,
        out Verification? verified)
    {
        verified = null;
        if (program.Instructions.Length % 8 != 0)
            return Refuse(Verdict.Unreadable, "instructions are not a multiple of 8 bytes");
        var kernel = new ReleaseKernel(profile);
        if (Abi.Unknown.Length > 0)
        {
            return new VerificationResult
            {
                Verdict = Verdict.NotImplemented,
                Message = $"the facts of Linux {kernel.Name} were read without the kernel's image, so no verdict is sure; unknown: {Abi.Unknown}",
            };
        }
        // Who may not load such programs is not told whether there are any.
        if (!kernel.Has(program.Type) && ProgramCapabilities.Suffice(profile.Capabilities, program.Type))
            return Refuse(Verdict.Unsupported, $"Linux {kernel.Name} has no program type {program.Type}");
        foreach (BpfMap map in program.Maps)
            if (!kernel.Has(map.Type))
                return Refuse(Verdict.Unsupported, $"Linux {kernel.Name} has no map type {map.Type} (map '{map.Name}')");

        // Before anything of the program's size is made.
        if (!Verification.TakesProgramOf(program.Instructions.Length / 8, profile.Capabilities))
            return new VerificationResult { Verdict = Verdict.Rejected, Errno = Errno.E2BIG };

        var changes = new Changes(PatchLevel(profile), IsModular(profile));
        var verification = new Verification(program, kernel, changes, options, cancellation, target);
        verified = verification;
        try
        {
            Errno err = verification.Run();
            Verdict verdict = err == Errno.None ? Verdict.Accepted
                : verification.InsnProcessed > Verification.ComplexityLimitInsns ? Verdict.LimitReached
                : Verdict.Rejected;
            return verification.ToResult(verdict, err, null);
        }
        catch (NotModeledException construct)
        {
            return verification.ToResult(Verdict.NotImplemented, Errno.None, construct.Message);
        }
        catch (BoundReachedException bound)
        {
            return verification.ToResult(Verdict.LimitReached, Errno.ECANCELED, bound.Message);
        }
    }

    /// <remarks>None for a kernel whose image was not read: which hold there is not known.</remarks>
    public IReadOnlyList<VerifierChange> GetChanges(KernelProfile profile) => Abi.Unknown.Length > 0 ? [] : ChangeList.Of(PatchLevel(profile), IsModular(profile));

    private static int PatchLevel(KernelProfile profile) => profile.Release.Patch ?? ReleaseKernel.PatchLevel;

    private static bool IsModular(KernelProfile profile) => profile.Flavor == KernelFlavor.Modular;

    /// <summary>The message of a rejection as a log of level 1 ends with it; null when the time allowed does not suffice for a second run.</summary>
    private static string? LoggedMessage(BpfProgram program, Verification? target, KernelProfile profile, VerifierOptions options, TimeSpan spent, CancellationToken cancellation)
    {
        VerifierOptions logging = options with { LogLevel = 1, LogSize = 1 << 16, Timeout = options.Timeout - spent };
        VerificationResult logged = Verify(program, target, profile, logging, cancellation, out _);
        return logged.Verdict == Verdict.Rejected ? logged.Message : null;
    }

    private static VerificationResult Refuse(Verdict verdict, string message) =>
        new() { Verdict = verdict, Errno = Errno.EINVAL, Message = message };

    private static KernelProfile LoadProfile()
    {
        using Stream packed = Resource("vmlinux.btf.br");
        using var unpacked = new MemoryStream();
        using (var brotli = new BrotliStream(packed, CompressionMode.Decompress))
            brotli.CopyTo(unpacked);
        if (!BtfTypes.TryParse(unpacked.GetBuffer().AsMemory(0, (int)unpacked.Length), null, out BtfTypes? types, out string error))
            throw new InvalidOperationException($"the release's types cannot be read: {error}");
        return new KernelProfile { Release = ReleaseKernel.Release, Types = types, Symbols = HasSymbols ? KernelSymbols.Load(() => Resource(Symbols)) : null };
    }

    // A kernel that was not read as a whole may lack them.
    private static bool HasSymbols => Assembly.GetExecutingAssembly().GetManifestResourceInfo(Symbols) is not null;

    private static Stream Resource(string name) => Assembly.GetExecutingAssembly().GetManifestResourceStream(name)
        ?? throw new InvalidOperationException($"the release assembly was built without {name}");
}
