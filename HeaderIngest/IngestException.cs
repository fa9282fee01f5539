namespace BpfVerifier.HeaderIngest;

/// <summary>Something outside this program is wrong (a package, an image, a header, an option); the message says what and where.</summary>
public sealed class IngestException : Exception
{
    /// <summary>With the text the user sees.</summary>
    public IngestException(string message) : base(message) { }

    /// <summary>With the text the user sees and what brought it about.</summary>
    public IngestException(string message, Exception inner) : base(message, inner) { }
}
