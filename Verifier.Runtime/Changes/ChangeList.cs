namespace BpfVerifier.Runtime;

/// <summary>The ledger as one kernel sees it.</summary>
internal static class ChangeList
{
    /// <param name="patch">Patch level.</param>
    /// <param name="modular">With later changes.</param>
    public static IReadOnlyList<VerifierChange> Of(int patch, bool modular)
    {
        var changes = new List<VerifierChange>();
        foreach (ChangeEntry entry in Changes.Ledger)
            changes.Add(new VerifierChange
            {
                Name = entry.Name,
                State = State(entry, patch, modular),
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

    private static ChangeState State(ChangeEntry entry, int patch, bool modular) => entry.Rule switch
    {
        "Always" => ChangeState.AlreadyThere,
        "FromPatch" when patch >= entry.Patch => ChangeState.AlreadyThere,
        "Never" => ChangeState.Refused,
        "FromPatch" or "Modular" => modular ? ChangeState.Applied : ChangeState.NotTaken,
        _ => throw new InvalidOperationException($"the ledger's rule '{entry.Rule}' is none"),
    };

    private static MissingSymbol Missing(string word)
    {
        int at = word.LastIndexOf('@');
        return new MissingSymbol(word[..at], word[(at + 1)..]);
    }

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
