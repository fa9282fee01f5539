using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace BpfVerifier.Host;

/// <summary>The verifiers of many releases, each in a load context of its own: loaded, replaced by other builds and unloaded while verifications run.</summary>
/// <remarks>
/// Safe for concurrent use. A release is loaded when it is first asked for. A verification is answered by one build from
/// its beginning to its end: by the one that is the release's when it starts. Releases do not see each other's types.
/// </remarks>
public sealed class VerifierHost : IDisposable
{
    private readonly ConcurrentDictionary<KernelRelease, ReleaseSlot> _slots = new();
    private readonly HostOptions _options;

    /// <summary>The releases of a folder.</summary>
    /// <param name="directory">Where to look, see <see cref="VerifierSource.At"/>; by default beside this assembly. A directory that does not exist has no releases.</param>
    public VerifierHost(string? directory = null)
        : this(directory is null ? VerifierSource.BesideHost() : VerifierSource.At(directory))
    {
    }

    /// <summary>The releases of a source.</summary>
    public VerifierHost(VerifierSource source, HostOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        _options = options ?? HostOptions.Default;
        foreach (KernelRelease release in source.Releases)
            _slots[release] = new ReleaseSlot(source.Find(release)!, _options);
    }

    /// <summary>Releases at hand, loaded or not, oldest first, without patch levels.</summary>
    public IReadOnlyCollection<KernelRelease> Releases => [.. _slots.Keys.Order()];

    /// <summary>The builds that are loaded, oldest release first.</summary>
    public IReadOnlyList<VerifierIdentity> Loaded => [.. _slots.Values.Select(slot => slot.Current).OfType<LoadedBuild>().Select(build => build.Identity).OrderBy(identity => identity.Release)];

    /// <summary>Loads a release, <c>6.12</c>, or finds it loaded; a patch level is ignored.</summary>
    public LoadResult Load(string release) =>
        KernelRelease.TryParse(release, out KernelRelease parsed) ? Load(parsed) : new LoadResult(new Refusal(RefusalReason.NotFound, $"'{release}' is not the name of a release such as 6.12"));

    /// <summary>Loads a release or finds it loaded; a patch level is ignored. What was refused is tried again.</summary>
    public LoadResult Load(KernelRelease release) =>
        _slots.TryGetValue(release.Branch, out ReleaseSlot? slot) ? slot.Load() : new LoadResult(NotAtHand(release));

    /// <summary>
    /// Puts another build in the place of a release's. Verifications under way finish on the old build, those that start
    /// afterwards are answered by the new one. When the new one is refused the old one stays.
    /// </summary>
    /// <param name="release">The release; it may be one that was not at hand before. A patch level is ignored.</param>
    /// <param name="source">Where the new build is.</param>
    public LoadResult Replace(KernelRelease release, VerifierSource source) => Replace(release, source, out _);

    /// <inheritdoc cref="Replace(KernelRelease, VerifierSource)"/>
    /// <param name="release">The release; it may be one that was not at hand before. A patch level is ignored.</param>
    /// <param name="source">Where the new build is.</param>
    /// <param name="retired">The build that was replaced; null when none was loaded, or the new one is refused.</param>
    public LoadResult Replace(KernelRelease release, VerifierSource source, out RetiredBuild? retired)
    {
        ArgumentNullException.ThrowIfNull(source);
        retired = null;
        if (source.Find(release) is { } file)
            return _slots.GetOrAdd(release.Branch, _ => new ReleaseSlot(file, _options)).Replace(file, out retired);
        return new LoadResult(source.Problems.Count == 0 ? new Refusal(RefusalReason.NotFound, $"{source.Name}: there is no {VerifierIdentity.NameOf(release)}") : source.Problems[0]);
    }

    /// <summary>
    /// Takes a release out of memory: at once, or when the verifications under way have ended. The release stays at hand
    /// and is loaded again when it is next asked for.
    /// </summary>
    /// <returns>Null when it was not loaded.</returns>
    public RetiredBuild? Unload(KernelRelease release) =>
        _slots.TryGetValue(release.Branch, out ReleaseSlot? slot) ? slot.Unload() : null;

    /// <summary>Takes a lease of the release's build, which is loaded if it was not.</summary>
    /// <param name="release">The release; its patch level is ignored.</param>
    /// <param name="lease">The lease, to be disposed.</param>
    /// <returns>Null, or why there is none. What was refused once is not tried again until it is loaded or replaced.</returns>
    public Refusal? TryAcquire(KernelRelease release, out VerifierLease? lease)
    {
        lease = null;
        return _slots.TryGetValue(release.Branch, out ReleaseSlot? slot) ? slot.TryAcquire(out lease) : NotAtHand(release);
    }

    /// <summary>The verifier of a release, see <see cref="LoadResult.Verifier"/>; its patch level is ignored.</summary>
    /// <returns>False when the release is not at hand or refused; <see cref="Load(KernelRelease)"/> says why.</returns>
    public bool TryGet(KernelRelease release, [NotNullWhen(true)] out IVerifier? verifier)
    {
        Refusal? refusal = TryAcquire(release, out VerifierLease? lease);
        lease?.Dispose();
        verifier = refusal is null ? _slots[release.Branch].Verifier : null;
        return verifier is not null;
    }

    /// <summary>Verifications and leases under way on the build that is loaded now.</summary>
    internal int UsersOf(KernelRelease release) => _slots.TryGetValue(release.Branch, out ReleaseSlot? slot) ? slot.Current?.Users ?? 0 : 0;

    /// <summary>Unloads every release; the host is as it was when it was made.</summary>
    public void Dispose()
    {
        foreach (ReleaseSlot slot in _slots.Values)
            slot.Unload();
    }

    private Refusal NotAtHand(KernelRelease release) =>
        new(RefusalReason.NotFound, $"Linux {release.Branch} is not at hand; there are: {(_slots.IsEmpty ? "none" : string.Join(", ", Releases))}");
}
