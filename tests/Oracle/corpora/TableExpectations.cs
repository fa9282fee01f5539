using System.Text;
using System.Text.Json;

namespace BpfVerifier.Oracle;

/// <summary>What one test of a table expects of its release's kernel.</summary>
/// <param name="Object">Name of the script.</param>
/// <param name="Program">Name of the case.</param>
/// <param name="Result"><c>accept</c>, <c>reject</c> or <c>verbose_accept</c>.</param>
/// <param name="Log">Texts the log must have, in this order, tabs between; empty for none.</param>
/// <param name="Processed">Instructions the verifier must process, 0 for any.</param>
internal sealed record TableExpectation(string Object, string Program, string Result, string Log, long Processed)
{
    /// <summary>Reads the file beside the scripts of a corpus.</summary>
    public static List<TableExpectation> Read(string file) => [.. File.ReadLines(file).Select(line =>
    {
        using JsonDocument json = JsonDocument.Parse(line);
        JsonElement e = json.RootElement;
        return new TableExpectation(e.GetProperty("object").GetString()!, e.GetProperty("program").GetString()!, e.GetProperty("result").GetString()!,
            e.TryGetProperty("log", out JsonElement log) ? log.GetString()! : "", e.TryGetProperty("processed", out JsonElement count) ? count.GetInt64() : 0);
    })];

    /// <summary>Why a recorded answer is not what the test expects, or null when it is.</summary>
    /// <param name="answer">The line of the golden.</param>
    /// <param name="log">The log's text as far as it was kept; null when it was not.</param>
    public string? Disagreement(JsonElement answer, string? log)
    {
        string verdict = answer.GetProperty("verdict").GetString()!;
        string wanted = Result == "reject" ? "failure" : "success";
        if (verdict != wanted && !(verdict == "limit" && wanted == "failure"))
            return $"{verdict} where {Result} is expected: {answer.GetProperty("message").GetString()}";
        if (Result != "accept" && log is not null && FirstMissing(log) is { } missing)
            return $"{Result}, but the log has no \"{missing}\": {answer.GetProperty("message").GetString()}";
        return Processed > 0 && answer.TryGetProperty("processed", out JsonElement processed) && processed.GetInt64() != Processed
            ? $"{processed.GetInt64()} instructions processed where {Processed} are expected"
            : null;
    }

    private string? FirstMissing(string log)
    {
        int from = 0;
        foreach (string text in Log.Split('\t', StringSplitOptions.RemoveEmptyEntries))
        {
            int at = log.IndexOf(text, from, StringComparison.Ordinal);
            if (at < 0)
                return text;
            from = at + text.Length;
        }
        return null;
    }
}

/// <summary>Compares a recorded golden of a table corpus with what its tests expect.</summary>
internal static class TableExpectations
{
    /// <summary>Prints every disagreement and how many tests agree.</summary>
    /// <param name="corpus">Name of the corpus.</param>
    /// <param name="kernel">Kernel of the golden.</param>
    /// <param name="logs">Folder of whole logs, from <c>record --logs</c>; null to look at the golden's ends of logs of refused programs only.</param>
    /// <param name="output">Where to print.</param>
    public static void Compare(string corpus, string kernel, string? logs, TextWriter output)
    {
        string expected = Path.Combine(Repository.Corpus(corpus), TableCorpus.ExpectedFile), golden = Repository.Golden(kernel, corpus);
        foreach (string file in new[] { expected, golden }.Where(f => !File.Exists(f)))
            throw new OracleException($"{file} is not there");
        Dictionary<(string, string), string> answers = [];
        foreach (string line in File.ReadLines(golden).Skip(1))
        {
            using JsonDocument json = JsonDocument.Parse(line);
            answers.Add((json.RootElement.GetProperty("object").GetString()!, json.RootElement.GetProperty("program").GetString()!), line);
        }
        int agree = 0, tests = 0;
        foreach (TableExpectation test in TableExpectation.Read(expected))
        {
            tests++;
            string? problem = "no answer";
            if (answers.TryGetValue((test.Object, test.Program), out string? line))
            {
                using JsonDocument json = JsonDocument.Parse(line);
                problem = test.Disagreement(json.RootElement, Log(test, json.RootElement, logs));
            }
            if (problem is null)
                agree++;
            else
                output.WriteLine($"{test.Object} {test.Program}: {problem}");
        }
        output.WriteLine($"{kernel}: {agree} of {tests} tests of {corpus} are answered as they expect");
    }

    private static string? Log(TableExpectation test, JsonElement answer, string? logs)
    {
        // verbose_accept tests are read at level 2, the others at none: their text is in every log
        string level = test.Result == "verbose_accept" ? "l2" : "l1";
        string? file = logs is null ? null : Path.Combine(logs, test.Object, $"{test.Program}.{level}.log");
        return File.Exists(file) ? File.ReadAllText(file, Encoding.Latin1)
            : test.Result == "reject" && answer.TryGetProperty("tail", out JsonElement tail) ? tail.GetString() : null;
    }
}
