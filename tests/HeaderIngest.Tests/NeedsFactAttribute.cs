namespace BpfVerifier.HeaderIngest.Tests;

/// <summary>A test that needs what not every machine has, and is left out where it is missing.</summary>
/// <param name="missing">The ingest's own words of what is missing, null when it is there; asked once.</param>
public abstract class NeedsFactAttribute(Lazy<string?> missing) : FactAttribute
{
    public override string? Skip => missing.Value;

    /// <summary>Asks by trying.</summary>
    protected static Lazy<string?> Missing(Action attempt) => new(() =>
    {
        try
        {
            attempt();
            return null;
        }
        catch (IngestException e)
        {
            return e.Message;
        }
    });
}
