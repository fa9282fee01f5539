namespace BpfVerifier.Host;

/// <summary>The place of one release in a host: the file it is loaded from, and the build that answers now.</summary>
internal sealed class ReleaseSlot
{
    private readonly HostOptions _options;
    private readonly KernelRelease _release;
    /// <summary>Held by those who load, replace and unload; those who verify wait for it only until a release is loaded.</summary>
    private readonly Lock _changing = new();
    /// <summary>Contents (SHA-256) whose code did not end: each further try would keep one more thread.</summary>
    private readonly HashSet<string> _endless = [];
    private VerifierFile _file;
    private volatile LoadedBuild? _current;
    private volatile Refusal? _refused;

    public ReleaseSlot(VerifierFile file, HostOptions options)
    {
        _file = file;
        _options = options;
        _release = file.Release;
        Verifier = new ReleaseProxy(this, _release);
    }

    public LoadedBuild? Current => _current;

    /// <summary>Passes each question to the build of its time.</summary>
    public IVerifier Verifier { get; }

    public LoadResult Load()
    {
        lock (_changing)
        {
            _refused = null;
            return LoadIfMissing() is { } refusal ? new LoadResult(refusal) : new LoadResult(Verifier, _current!.Identity);
        }
    }

    public LoadResult Replace(VerifierFile file, out RetiredBuild? retired)
    {
        retired = null;
        lock (_changing)
        {
            if (Load(file, out LoadedBuild? build) is { } refusal)
                return new LoadResult(refusal);
            LoadedBuild? old = _current;
            (_file, _current, _refused) = (file, build, null);
            old?.Retire();
            retired = old is null ? null : new RetiredBuild(old);
            return new LoadResult(Verifier, build!.Identity);
        }
    }

    public RetiredBuild? Unload()
    {
        lock (_changing)
        {
            LoadedBuild? old = _current;
            (_current, _refused) = (null, null);
            old?.Retire();
            return old is null ? null : new RetiredBuild(old);
        }
    }

    public Refusal? TryAcquire(out VerifierLease? lease)
    {
        while (true)
        {
            if (_current is { } build && build.TryEnter())
            {
                lease = new VerifierLease(build);
                return null;
            }
            lock (_changing)
            {
                // Not loaded, or replaced between the look at it and the entry: then there is another one by now.
                if (LoadIfMissing() is { } refusal)
                {
                    lease = null;
                    return refusal;
                }
            }
        }
    }

    private Refusal? LoadIfMissing()
    {
        if (_current is not null || _refused is not null)
            return _refused;
        _refused = Load(_file, out LoadedBuild? build);
        _current = build;
        return _refused;
    }

    private Refusal? Load(VerifierFile file, out LoadedBuild? build)
    {
        build = null;
        if (file.Read(out byte[] content) is { } unreadable)
            return unreadable;
        if (ReleaseImage.Check(content, file.Origin, _release, _options.Allowed, out ReleaseImage? image) is { } refused)
            return refused;
        string hash = image!.Identity.Sha256;
        if (_endless.Contains(hash))
            return new Refusal(RefusalReason.Faulty, $"{file.Origin}: it did not come to an end when it was loaded before, and is not run again");
        Refusal? faulty = LoadedBuild.Load(image, _options.LoadTimeout, out build, out bool endless);
        if (endless)
            _endless.Add(hash);
        return faulty;
    }

    /// <summary>The release's verifier as its users hold it.</summary>
    private sealed class ReleaseProxy(ReleaseSlot slot, KernelRelease release) : IVerifier
    {
        public KernelRelease Release
        {
            get
            {
                using VerifierLease? lease = Lease(out _);
                return lease?.Verifier.Release ?? release;
            }
        }

        public KernelProfile DefaultProfile
        {
            get
            {
                using VerifierLease? lease = Lease(out Refusal? refusal);
                // Only after an unload, when the file has been taken away or spoilt meanwhile: there is no profile to give.
                return lease?.Verifier.DefaultProfile ?? throw new InvalidOperationException(refusal?.Message);
            }
        }

        public VerificationResult Verify(BpfProgram program, KernelProfile profile, VerifierOptions options, CancellationToken cancellation = default)
        {
            using VerifierLease? lease = Lease(out Refusal? refusal);
            return lease?.Verifier.Verify(program, profile, options, cancellation)
                ?? new VerificationResult { Verdict = Verdict.NotImplemented, Message = refusal?.Message ?? "" };
        }

        public IReadOnlyList<VerifierChange> GetChanges(KernelProfile profile)
        {
            using VerifierLease? lease = Lease(out _);
            return lease?.Verifier.GetChanges(profile) ?? [];
        }

        private VerifierLease? Lease(out Refusal? refusal)
        {
            refusal = slot.TryAcquire(out VerifierLease? lease);
            return lease;
        }
    }
}
