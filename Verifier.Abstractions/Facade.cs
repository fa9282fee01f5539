namespace BpfVerifier;

/// <summary>The version of what a host and a release assembly share: the public types of this assembly and of <c>BpfVerifier.Btf</c>.</summary>
public static class Facade
{
    /// <summary>
    /// Counts up with every change after which an assembly compiled before no longer runs, or answers something else. A
    /// constant, so that it stands in each release assembly as it was when that was compiled. The shape it stands for is written down in
    /// <c>facade.txt</c> beside this file; a test of the host compares.
    /// </summary>
    public const int Version = 4;
}
