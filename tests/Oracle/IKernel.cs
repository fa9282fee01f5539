namespace BpfVerifier.Oracle;

/// <summary>A kernel that can be asked.</summary>
internal interface IKernel
{
    /// <summary>Release, or <c>host</c>.</summary>
    string Name { get; }

    /// <summary>What else decides its answers: boot parameters and the image's hash.</summary>
    IReadOnlyDictionary<string, string> Profile { get; }

    /// <summary>Runs the guest program once over the objects, each from the given program on.</summary>
    /// <param name="objects">Objects and the first program to ask about.</param>
    /// <param name="settings">How to ask.</param>
    /// <param name="take">Gets every record as read.</param>
    /// <returns>The kernel's console, empty for the host.</returns>
    string Run(IReadOnlyList<(BatchObject Object, int First)> objects, BatchSettings settings, Action<RawAnswer> take);
}
