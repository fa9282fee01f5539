namespace BpfVerifier.Abi;

/// <summary>The running kernel's release, for guards around what not every target kernel has.</summary>
/// <remarks>A release says what mainline had. A distribution's kernel may have more; where that matters, try it and look at the error.</remarks>
public static class Kernel
{
    /// <summary>The running kernel's release as <c>uname</c> gives it; null where the system is not Linux.</summary>
    public static Version? Release { get; } = OperatingSystem.IsLinux() ? Environment.OSVersion.Version : null;

    /// <summary>Whether the running kernel is Linux <paramref name="major"/>.<paramref name="minor"/> or later. False where the system is not Linux.</summary>
    /// <param name="major">Major number, for instance 6.</param>
    /// <param name="minor">Minor number, for instance 12.</param>
    public static bool IsAtLeast(int major, int minor) =>
        Release is { } running && (running.Major > major || running.Major == major && running.Minor >= minor);
}
