namespace BpfVerifier.Runtime;

/// <summary>The ledger as one kernel sees it.</summary>
internal static class ChangeList
{
    public static IReadOnlyList<VerifierChange> Of(KernelProfile profile)
    {
        var changes = new List<VerifierChange>();
        foreach (ChangeEntry entry in Changes.Ledger)
            changes.Add(new VerifierChange
            {
                Name = entry.Name,
                State = State(entry, profile),
                Kind = entry.Kind,
                Summary = entry.Summary,
                Since = entry.Since,
                Stable = Words(entry.Stable),
                Commit = entry.Commit,
                Subject = entry.Subject,
                Needs = Words(entry.Needs),
                Missing = [.. Words(entry.Missing).Select(Missing)],
            });
        return changes;
    }

    private static ChangeState State(ChangeEntry entry, KernelProfile profile) => entry.Rule switch
    {
        "Always" => ChangeState.AlreadyThere,
        "FromPatch" when (profile.Release.Patch ?? Abi.Patch) >= entry.Patch => ChangeState.AlreadyThere,
        "Never" => ChangeState.Refused,
        _ => profile.Flavor == KernelFlavor.Modular ? ChangeState.Applied : ChangeState.NotTaken,
    };

    private static MissingSymbol Missing(string word)
    {
        int at = word.LastIndexOf('@');
        return new MissingSymbol(word[..at], word[(at + 1)..]);
    }

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
