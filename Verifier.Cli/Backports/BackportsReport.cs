using System.Globalization;
using System.Text;
using System.Text.Json;
using Spectre.Console;

namespace BpfVerifier.Cli.Backports;

/// <summary>What <c>bpfverifier backports</c> prints: the changes of one release, or how many there are in each of several.</summary>
internal sealed class BackportsReport(IReadOnlyList<ReleaseChanges> releases, string? state)
{
    private static readonly string[] s_kinds = ["feature", "fix", "precision", "limit", "log"];

    /// <summary>The words for states.</summary>
    public static IReadOnlyList<string> States { get; } = [Word(ChangeState.Applied), Word(ChangeState.Refused), Word(ChangeState.AlreadyThere)];

    public void WriteTable(IAnsiConsole console)
    {
        (string[] head, List<string[]> rows) = Rows();
        var table = new Table().Border(TableBorder.Simple);
        foreach (string column in head)
            table.AddColumn(new TableColumn(new Text(column)));
        foreach (string[] row in rows)
            table.AddRow(row.Select(cell => new Text(cell)));
        console.Write(table);
        if (releases is [var one])
            console.WriteLine(Summary(one));
    }

    public string Markdown()
    {
        (string[] head, List<string[]> rows) = Rows();
        var text = new StringBuilder();
        text.Append("| ").AppendJoin(" | ", head).Append(" |\n|").Append(string.Concat(head.Select(_ => "---|"))).Append('\n');
        foreach (string[] row in rows)
            text.Append("| ").AppendJoin(" | ", row.Select(cell => cell.Replace("|", "\\|", StringComparison.Ordinal))).Append(" |\n");
        if (releases is [var one])
            text.Append('\n').Append(Summary(one)).Append('\n');
        return text.ToString();
    }

    public void WriteJson(Stream to)
    {
        using var json = new Utf8JsonWriter(to, new JsonWriterOptions { Indented = true });
        json.WriteStartArray();
        foreach (ReleaseChanges release in releases)
        {
            json.WriteStartObject();
            json.WriteString("release", release.Release.ToString());
            foreach (ChangeState each in Enum.GetValues<ChangeState>())
                if (each != ChangeState.NotTaken)
                    json.WriteNumber(Word(each), release.Count(each));
            json.WriteStartArray("changes");
            foreach (VerifierChange change in Asked(release))
                Write(json, change);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, VerifierChange change)
    {
        json.WriteStartObject();
        json.WriteString("name", change.Name);
        json.WriteString("state", Word(change.State));
        json.WriteString("kind", change.Kind);
        json.WriteString("since", change.Since);
        Strings("stable", change.Stable);
        json.WriteString("commit", change.Commit);
        json.WriteString("subject", change.Subject);
        json.WriteString("summary", change.Summary);
        Strings("needs", change.Needs);
        json.WriteStartArray("missing");
        foreach (MissingSymbol missing in change.Missing)
        {
            json.WriteStartObject();
            json.WriteString("symbol", missing.Name);
            json.WriteString("first_release", missing.FirstRelease);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();

        void Strings(string name, IReadOnlyList<string> values)
        {
            json.WriteStartArray(name);
            foreach (string value in values)
                json.WriteStringValue(value);
            json.WriteEndArray();
        }
    }

    private (string[] Head, List<string[]> Rows) Rows() => releases is [var one]
        ? (["Change", "Kind", "Since", "State", "Why", "Upstream"], [.. Asked(one).Select(Row)])
        : (["Release", "Already there", "Applied", .. s_kinds.Select(kind => $"{kind}"), "Refused"], [.. releases.Select(Counts)]);

    private static string[] Row(VerifierChange change) =>
    [
        change.Name, change.Kind, change.Since, Word(change.State), Why(change),
        $"{change.Commit[..Math.Min(12, change.Commit.Length)]} {change.Subject}".Trim(),
    ];

    private static string[] Counts(ReleaseChanges release) =>
    [
        release.Release.ToString(), Number(release.Count(ChangeState.AlreadyThere)), Number(release.Count(ChangeState.Applied)),
        .. s_kinds.Select(kind => Number(release.Count(ChangeState.Applied, kind))), Number(release.Count(ChangeState.Refused)),
    ];

    /// <summary>Changes in the state asked for; without one, those that came later first.</summary>
    private IEnumerable<VerifierChange> Asked(ReleaseChanges release) => release.Changes
        .Where(change => state is null || Word(change.State) == state)
        .OrderBy(change => change.State switch { ChangeState.Applied => 0, ChangeState.Refused => 1, _ => 2 })
        .ThenBy(change => change.Name, StringComparer.Ordinal);

    private static string Why(VerifierChange change) => change.State == ChangeState.Refused
        ? "needs " + string.Join(", ", change.Missing.Select(m => m.FirstRelease.Length == 0 ? m.Name : $"{m.Name}, first seen in {m.FirstRelease}"))
        : change.Stable.Count > 0 ? "also in " + string.Join(", ", change.Stable) : "";

    private static string Summary(ReleaseChanges release)
    {
        string kinds = string.Join(", ", s_kinds.Select(kind => (kind, Count: release.Count(ChangeState.Applied, kind))).Where(k => k.Count > 0).Select(k => $"{Number(k.Count)} {k.kind}"));
        return string.Create(CultureInfo.InvariantCulture,
            $"Linux {release.Release}: {release.Changes.Count} changes known, {release.Count(ChangeState.AlreadyThere)} already there, {release.Count(ChangeState.Applied)} applied{(kinds.Length > 0 ? $" ({kinds})" : "")}, {release.Count(ChangeState.Refused)} refused");
    }

    private static string Word(ChangeState state) => state switch
    {
        ChangeState.AlreadyThere => "already-there",
        ChangeState.Applied => "applied",
        ChangeState.Refused => "refused",
        _ => "not-taken",
    };

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
