namespace BpfVerifier.Host;

/// <summary>What a host takes.</summary>
public sealed record HostOptions
{
    /// <summary>Any release assembly of this façade.</summary>
    public static HostOptions Default { get; } = new();

    /// <summary>What may be loaded; null: everything.</summary>
    public AllowList? Allowed { get; init; }
}
