using System.Text.Json;

namespace BpfVerifier.Oracle.Tests;

/// <summary>Corpora of instruction tables.</summary>
public sealed class TableTests
{
    private static readonly string s_goldens = Path.Combine(Repository.Root, "tests", "Parity", "golden");

    private static readonly string[] s_recorded = [.. Directory.GetFiles(s_goldens, "tables-*.jsonl", SearchOption.AllDirectories)
        .Select(f => Path.GetRelativePath(s_goldens, f)).Order(StringComparer.Ordinal)];

    public static TheoryData<string> Recorded => [.. s_recorded];

    [Fact]
    public void Every_table_has_a_mark_before_it_in_ordinal_order() =>
        Assert.Equal(
            "{ .descr = \"@and\" },\n#include <verifier/and.c>\n{ .descr = \"@array_access\" },\n#include <verifier/array_access.c>\n",
            TableCorpus.ListOfTables(["array_access", "and"]));

    [Theory]
    [InlineData("accept", "", 0, "success", true)]
    [InlineData("accept", "", 0, "failure", false)]
    [InlineData("reject", "R1 !read_ok", 0, "success", false)]
    [InlineData("reject", "R1 !read_ok", 0, "failure", true)]
    [InlineData("reject", "", 0, "limit", true)]
    [InlineData("reject", "", 0, "load_failure", false)]
    [InlineData("reject", "R2 !read_ok", 0, "failure", false)]
    [InlineData("reject", "1: \tR1", 0, "failure", true)]
    [InlineData("reject", "R1\t1: ", 0, "failure", false)]
    [InlineData("verbose_accept", "R1", 0, "success", true)]
    [InlineData("verbose_accept", "R2", 0, "success", false)]
    [InlineData("accept", "R2", 0, "success", true)]
    [InlineData("accept", "", 7, "success", true)]
    [InlineData("accept", "", 8, "success", false)]
    public void Answer_agrees_with_a_test_or_not(string result, string log, long processed, string verdict, bool agrees)
    {
        using JsonDocument answer = JsonDocument.Parse($$"""{"verdict":"{{verdict}}","message":"","processed":7}""");
        TableExpectation test = new("a.script", "one", result, log, processed);

        Assert.Equal(agrees, test.Disagreement(answer.RootElement, "0: (b7)\n1: (bf)\nR1 !read_ok\n") is null);
    }

    [Fact]
    public void Text_that_may_stand_in_a_log_nobody_kept_is_no_disagreement()
    {
        using JsonDocument answer = JsonDocument.Parse("""{"verdict":"success","message":""}""");

        Assert.Null(new TableExpectation("a.script", "one", "verbose_accept", "R1", 0).Disagreement(answer.RootElement, null));
    }

    [Fact]
    public void Expectations_are_read_with_and_without_their_optional_fields()
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, """
                {"object":"a.script","program":"one","description":"one","result":"accept"}
                {"object":"a.script","program":"two","description":"two","result":"reject","log":"R1\u0009\"x\"","processed":9}
                """);

            Assert.Equal(
                [new TableExpectation("a.script", "one", "accept", "", 0), new TableExpectation("a.script", "two", "reject", "R1\t\"x\"", 9)],
                TableExpectation.Read(file));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void Goldens_of_one_corpus_are_of_the_same_scripts_and_cases()
    {
        var byCorpus = s_recorded.GroupBy(r => Path.GetFileName(r), StringComparer.Ordinal).ToList();

        Assert.NotEmpty(byCorpus);
        Assert.All(byCorpus, goldens => Assert.Single(goldens.Select(g => string.Join('\n', Cases(g))).Distinct()));
    }

    [Theory]
    [MemberData(nameof(Recorded))]
    public void Names_of_cases_are_words(string golden) =>
        Assert.All(Cases(golden), c => Assert.Matches("^[0-9a-f]{64} [a-z0-9_]+\\.script [a-z0-9_]+$", c));

    private static IEnumerable<string> Cases(string golden)
    {
        foreach (string line in File.ReadLines(Path.Combine(s_goldens, golden)).Skip(1))
        {
            using JsonDocument json = JsonDocument.Parse(line);
            yield return $"{json.RootElement.GetProperty("sha256")} {json.RootElement.GetProperty("object")} {json.RootElement.GetProperty("program")}";
        }
    }
}
