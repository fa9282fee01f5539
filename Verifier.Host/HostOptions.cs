namespace BpfVerifier.Host;

/// <summary>What a host takes.</summary>
public sealed record HostOptions
{
    /// <summary>Any release assembly of this façade.</summary>
    public static HostOptions Default { get; } = new();

    /// <summary>What may be loaded; null: everything.</summary>
    public AllowList? Allowed { get; init; }

    /// <summary>
    /// How long an assembly's own code may take while it is loaded: its initialisers and the answer to the first question. One that takes
    /// longer is refused, and not run again by this host. More than zero and at most 24 days; 60 seconds unless told, where a release takes about one.
    /// </summary>
    /// <remarks>Code that does not end cannot be stopped: it keeps a background thread, and what it was loaded with stays in memory.</remarks>
    public TimeSpan LoadTimeout
    {
        get;
        init => field = value > TimeSpan.Zero && value.TotalMilliseconds <= int.MaxValue ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "more than zero and at most 24 days");
    } = TimeSpan.FromSeconds(60);
}
