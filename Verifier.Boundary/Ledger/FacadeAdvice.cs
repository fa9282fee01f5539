namespace BpfVerifier.Boundary;

/// <summary>A later change of the verifier that a release's modular flavour refuses.</summary>
/// <param name="Name">The change's name in the ledger.</param>
/// <param name="Kind">feature, fix, precision, limit or log.</param>
/// <param name="Missing">What it needs and the release lacks; at least one name.</param>
public sealed record RefusedChange(string Name, string Kind, IReadOnlyCollection<string> Missing);

/// <summary>A release's modular flavour, counted.</summary>
/// <param name="Release">The release, with patch level if it is known.</param>
/// <param name="There">Changes the release has itself.</param>
/// <param name="Applied">Later ones it takes over.</param>
/// <param name="Refused">Later ones it refuses.</param>
public sealed record ReleaseBoundary(string Release, int There, int Applied, IReadOnlyList<RefusedChange> Refused)
{
    /// <summary>All that are known.</summary>
    public int Known => There + Applied + Refused.Count;
}

/// <summary>Changes of one release that become possible.</summary>
/// <param name="Release">The release.</param>
/// <param name="Changes">The changes.</param>
public sealed record Unlocked(string Release, IReadOnlyList<RefusedChange> Changes);

/// <summary>A further member of the façade, or several that are of use only together, and what they bring inside the boundary.</summary>
/// <param name="Members">Symbols or parts of the kernel, ordered by name.</param>
/// <param name="Unlocks">Releases in their order, with the changes that need nothing else there; none without changes.</param>
public sealed record FacadeAdvice(IReadOnlyList<string> Members, IReadOnlyList<Unlocked> Unlocks)
{
    /// <summary>Changes brought inside, one in several releases counted in each.</summary>
    public int Count => Unlocks.Sum(unlocked => unlocked.Changes.Count);

    /// <summary>The changes, each once, in the order of their names.</summary>
    public IReadOnlyList<RefusedChange> Changes => [.. Unlocks.SelectMany(unlocked => unlocked.Changes).DistinctBy(change => change.Name).OrderBy(change => change.Name, StringComparer.Ordinal)];

    /// <summary>How many of <see cref="Changes"/> there are by kind, most first.</summary>
    public IReadOnlyList<(string Kind, int Count)> Kinds =>
        [.. Changes.GroupBy(change => change.Kind).Select(kind => (kind.Key, Count: kind.Count())).OrderByDescending(kind => kind.Count).ThenBy(kind => kind.Key, StringComparer.Ordinal)];

    /// <summary>
    /// Which members to take into the façade next, ranked: for each set of members that some refused change lacks, what becomes possible with
    /// just these. Most changes first, then fewest members, then by name.
    /// </summary>
    /// <param name="releases">The releases to look at: one, or several to rank over all of them.</param>
    public static IReadOnlyList<FacadeAdvice> Rank(IReadOnlyList<ReleaseBoundary> releases)
    {
        IEnumerable<string[]> sets = releases.SelectMany(release => release.Refused)
            .Select(change => change.Missing.Distinct().Order(StringComparer.Ordinal).ToArray())
            .DistinctBy(set => string.Join('\0', set));
        return
        [
            .. sets.Select(set => new FacadeAdvice(set, [.. releases.Select(release => new Unlocked(release.Release, [.. release.Refused.Where(change => change.Missing.All(set.Contains))])).Where(unlocked => unlocked.Changes.Count > 0)]))
                .OrderByDescending(advice => advice.Count).ThenBy(advice => advice.Members.Count).ThenBy(advice => string.Join('\0', advice.Members), StringComparer.Ordinal),
        ];
    }
}
