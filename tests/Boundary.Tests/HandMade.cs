namespace BpfVerifier.Boundary.Tests;

/// <summary>
/// data/*.json, small enough to count by hand. V is the verifier, S a selftest; * marks a Fixes tag.
/// Commits: c1* V · c2 V · c3* V S · c4 V H · c5* V H · c6 V H C · c7* V C U · c8 V L · c9 C.
/// Patchsets: p1 c1 S · p2 c2 c4 · p3 c5 C · p4 c3 · p5 C · p6 c1 c7.
/// </summary>
internal static class HandMade
{
    public const string H = "include/linux/bpf_verifier.h";
    public const string C = "kernel/bpf/core.c";
    public const string U = "include/uapi/linux/bpf.h";
    public const string L = "kernel/bpf/log.c";

    public static string CommitsFile { get; } = Path.Combine(AppContext.BaseDirectory, "data", "commits.json");

    public static string PatchsetsFile { get; } = Path.Combine(AppContext.BaseDirectory, "data", "patchsets.json");

    public static Scope Scope { get; } = new([Scope.Verifier], [Scope.Selftests]);

    public static History History()
    {
        string? problem = DataSetFiles.Read(CommitsFile, PatchsetsFile, out History? history);
        Xunit.Assert.Null(problem);
        return history!;
    }
}
