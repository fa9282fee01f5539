namespace BpfVerifier.Boundary;

/// <summary>A further file or symbol taken into the boundary.</summary>
/// <param name="Member">The file or symbol.</param>
/// <param name="Unlocked">What needs nothing else any more, by index; may be empty where two members are only useful together.</param>
/// <param name="Inside">How many are inside from here on.</param>
public sealed record GrowthStep(string Member, IReadOnlyList<int> Unlocked, int Inside);

/// <summary>Which member to take into the boundary next so that most comes inside, and after that, and so on.</summary>
public static class Growth
{
    /// <summary>Takes the best next member, step by step.</summary>
    /// <param name="outside">For each change what it needs from outside, without repetitions; nothing means that it is inside.</param>
    /// <param name="most">How many steps at most.</param>
    /// <returns>The steps. Among members that unlock as many, the one that more of the rest need; then by name.</returns>
    public static IReadOnlyList<GrowthStep> Steps(IReadOnlyList<IReadOnlyCollection<string>> outside, int most)
    {
        List<HashSet<string>> missing = [.. outside.Select(needs => new HashSet<string>(needs))];
        int inside = missing.Count(needs => needs.Count == 0);
        var steps = new List<GrowthStep>();
        while (steps.Count < most && Next(missing) is { } member)
        {
            var unlocked = new List<int>();
            for (int i = 0; i < missing.Count; i++)
                if (missing[i].Remove(member) && missing[i].Count == 0)
                    unlocked.Add(i);
            inside += unlocked.Count;
            steps.Add(new GrowthStep(member, unlocked, inside));
        }
        return steps;
    }

    private static string? Next(List<HashSet<string>> missing)
    {
        var unlocks = new Dictionary<string, (int Alone, int Together)>();
        foreach (HashSet<string> needs in missing)
        {
            foreach (string member in needs)
            {
                (int alone, int together) = unlocks.GetValueOrDefault(member);
                unlocks[member] = (alone + (needs.Count == 1 ? 1 : 0), together + 1);
            }
        }
        return unlocks.OrderByDescending(u => u.Value.Alone).ThenByDescending(u => u.Value.Together).ThenBy(u => u.Key, StringComparer.Ordinal)
            .Select(u => u.Key).FirstOrDefault();
    }
}
