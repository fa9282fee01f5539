namespace BpfVerifier.Host;

/// <summary>Why an assembly was not loaded.</summary>
public enum RefusalReason
{
    /// <summary>No such release is at hand.</summary>
    NotFound,
    /// <summary>The file or package cannot be read, is cut short or damaged.</summary>
    Damaged,
    /// <summary>A package with a path that leaves it, or with an assembly larger than any release's.</summary>
    HostilePackage,
    /// <summary>It is not the assembly of the release asked for.</summary>
    WrongIdentity,
    /// <summary>It was compiled against another version of the façade.</summary>
    WrongFacade,
    /// <summary>Its content is not on the list of what may be loaded.</summary>
    NotAllowed,
    /// <summary>Its code failed while it was loaded, or gave a wrong answer to the question put to it first.</summary>
    Faulty,
}

/// <summary>Why an assembly was not loaded, for programs and for people.</summary>
/// <param name="Reason">The kind of reason.</param>
/// <param name="Message">One line: what is wrong with which file, and what to do about it.</param>
public sealed record Refusal(RefusalReason Reason, string Message);
