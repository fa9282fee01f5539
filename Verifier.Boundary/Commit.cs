namespace BpfVerifier.Boundary;

/// <summary>A commit that is no merge.</summary>
/// <param name="Hash">40 or 64 lower-case hexadecimal digits.</param>
/// <param name="Subject">First line of its message; may hold any character.</param>
/// <param name="IsFix">Its message carries a Fixes tag.</param>
/// <param name="Files">Paths it changes, from the repository's root, '/' between folders; may hold any character but NUL.</param>
public sealed record Commit(string Hash, string Subject, bool IsFix, IReadOnlyList<string> Files);

/// <summary>Commits that were merged together.</summary>
/// <param name="MergeHash">The merge commit.</param>
/// <param name="Subject">First line of the merge's message.</param>
/// <param name="Commits">The commits it brought in.</param>
public sealed record Patchset(string MergeHash, string Subject, IReadOnlyList<Commit> Commits);

/// <summary>What is measured.</summary>
/// <param name="Origin">Where it comes from, for people.</param>
/// <param name="Range">First and last state, as in <c>v6.3..v6.13</c>; empty if it is not known.</param>
/// <param name="Target">The files that make the verifier, or null if the source does not say.</param>
/// <param name="Commits">Each commit once.</param>
/// <param name="Patchsets">May hold commits that are not in <paramref name="Commits"/>.</param>
public sealed record History(string Origin, string Range, string? Target, IReadOnlyList<Commit> Commits, IReadOnlyList<Patchset> Patchsets);
