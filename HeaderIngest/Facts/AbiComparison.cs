using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace BpfVerifier.HeaderIngest.Facts;

/// <summary>Compares the facts of one kernel that were read from two kinds of sources, section by section. Who told something is no difference.</summary>
public static class AbiComparison
{
    private const int MostShown = 8;

    /// <summary>Prints a line a section: how many entries are equal, which are different, which only one has, and which section is unknown to which.</summary>
    /// <param name="first">Facts.</param>
    /// <param name="second">Others.</param>
    /// <param name="writer">Where to.</param>
    public static void Print(AbiDocument first, AbiDocument second, TextWriter writer)
    {
        JsonObject one = Sections(first), other = Sections(second);
        foreach (string section in one.Select(s => s.Key))
        {
            writer.WriteLine($"{section}: {(one[section], other[section]) switch
            {
                (null, null) => "unknown to both",
                (null, _) => "unknown to the first",
                (_, null) => "unknown to the second",
                (JsonObject left, JsonObject right) => Entries(left, right),
                var (left, right) => JsonNode.DeepEquals(left, right) ? "equal" : $"{left} and {right}",
            }}");
        }
    }

    private static string Entries(JsonObject left, JsonObject right)
    {
        string[] both = [.. left.Select(e => e.Key).Where(right.ContainsKey)];
        string[] different = [.. both.Where(name => !JsonNode.DeepEquals(left[name], right[name]))];
        string[] parts =
        [
            string.Create(CultureInfo.InvariantCulture, $"{both.Length - different.Length} equal"),
            Named("different", different), Named("only the first has", left.Select(e => e.Key).Where(name => !right.ContainsKey(name))),
            Named("only the second has", right.Select(e => e.Key).Where(name => !left.ContainsKey(name))),
        ];
        return string.Join("; ", parts.Where(p => p.Length > 0));
    }

    private static string Named(string what, IEnumerable<string> names)
    {
        string[] all = [.. names];
        return all.Length == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{all.Length} {what} ({string.Join(" ", all.Take(MostShown))}{(all.Length > MostShown ? " …" : "")})");
    }

    private static JsonObject Sections(AbiDocument facts)
    {
        JsonObject sections = JsonSerializer.SerializeToNode(facts, AbiJson.Options)!.AsObject();
        foreach (JsonObject entry in sections.Select(s => s.Value).OfType<JsonObject>().SelectMany(s => s.Select(e => e.Value)).OfType<JsonObject>())
            entry.Remove("source");
        return sections;
    }
}
