using System.Globalization;
using System.Reflection;
using System.Runtime.Loader;

namespace BpfVerifier.Host;

/// <summary>One build of a release's verifier, loaded in a context of its own, with a count of those who use it.</summary>
/// <remarks>Once retired nobody enters any more; the context is unloaded when the last one has left.</remarks>
internal sealed class LoadedBuild
{
    /// <summary>The sign of <see cref="_users"/>: retired.</summary>
    private const int Retired = int.MinValue;

    private readonly WeakReference _alive;
    private AssemblyLoadContext? _context;
    private IVerifier? _verifier;
    private int _users;

    private LoadedBuild(VerifierIdentity identity, AssemblyLoadContext context, IVerifier verifier)
    {
        Identity = identity;
        _context = context;
        _verifier = verifier;
        _alive = new WeakReference(context, trackResurrection: true);
    }

    public VerifierIdentity Identity { get; }

    /// <summary>Only for those who have entered.</summary>
    public IVerifier Verifier => _verifier ?? throw new ObjectDisposedException(Identity.Name);

    /// <summary>Verifications and leases under way.</summary>
    public int Users => Volatile.Read(ref _users) & int.MaxValue;

    /// <summary>True when the context and all that was loaded into it are gone from memory.</summary>
    public bool IsCollected => !_alive.IsAlive;

    /// <summary>Loads an assembly that was checked, makes its verifier and puts a first question to it.</summary>
    /// <returns>Null, or why it is refused; then nothing of it stays.</returns>
    /// <param name="image">The assembly.</param>
    /// <param name="bound">How long its code may take.</param>
    /// <param name="build">The build, null when it is refused.</param>
    /// <param name="endless">It was refused because its code did not end in that time; it may still run.</param>
    public static Refusal? Load(ReleaseImage image, TimeSpan bound, out LoadedBuild? build, out bool endless)
    {
        build = null;
        VerifierIdentity identity = image.Identity;
        var context = new ReleaseContext(identity.Name);
        endless = !BoundedRun.TryRun(() => Start(image, context), bound, out (IVerifier? Verifier, string? Problem) started);
        if (!endless && started.Verifier is { } verifier)
        {
            build = new LoadedBuild(identity, context, verifier);
            return null;
        }
        context.Unload();
        return new Refusal(RefusalReason.Faulty, $"{identity.Origin}: it failed while it was loaded: "
            + (endless ? string.Create(CultureInfo.InvariantCulture, $"it did not come to an end within {bound.TotalSeconds:0.###} seconds") : started.Problem));
    }

    /// <summary>Runs code of the assembly for the first time.</summary>
    private static (IVerifier? Verifier, string? Problem) Start(ReleaseImage image, AssemblyLoadContext context)
    {
        try
        {
            using var content = new MemoryStream(image.Content, writable: false);
            Assembly assembly = context.LoadFromStream(content);
            Type type = assembly.GetType(image.VerifierType, throwOnError: true)!;
            if (Activator.CreateInstance(type) is not IVerifier verifier)
                return (null, $"{type} does not implement {nameof(IVerifier)} of this façade");
            return FirstQuestion.Ask(verifier, image.Identity.Release) is { } wrong ? (null, wrong) : (verifier, null);
        }
        // Whatever code from outside throws when it is first run, it ends here as a reason.
        catch (Exception e)
        {
            Exception cause = e;
            while (cause is TargetInvocationException or TypeInitializationException && cause.InnerException is { } inner)
                cause = inner;
            return (null, $"{cause.GetType().Name}: {cause.Message}");
        }
    }

    /// <summary>Counts one more user; false when the build is retired.</summary>
    public bool TryEnter()
    {
        int seen = Volatile.Read(ref _users);
        while (seen >= 0)
        {
            int before = Interlocked.CompareExchange(ref _users, seen + 1, seen);
            if (before == seen)
                return true;
            seen = before;
        }
        return false;
    }

    /// <summary>Counts one user less.</summary>
    public void Leave()
    {
        if (Interlocked.Decrement(ref _users) == Retired)
            Free();
    }

    /// <summary>Lets nobody in any more.</summary>
    public void Retire()
    {
        if (Interlocked.Or(ref _users, Retired) == 0)
            Free();
    }

    private void Free()
    {
        _verifier = null;
        Interlocked.Exchange(ref _context, null)?.Unload();
    }

    /// <summary>Resolves nothing itself, so that the façade's types are the host's own.</summary>
    private sealed class ReleaseContext(string name) : AssemblyLoadContext(name, isCollectible: true);
}
