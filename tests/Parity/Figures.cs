using System.Globalization;
using System.Text.Json.Serialization;

namespace BpfVerifier.Parity;

/// <summary>One row of the parity table, in counts.</summary>
internal sealed record Figures
{
    [JsonPropertyName("corpus")] public required string Corpus { get; init; }
    [JsonPropertyName("kernel")] public required string Kernel { get; init; }
    [JsonPropertyName("programs")] public int Programs { get; init; }
    [JsonPropertyName("verdict")] public int Verdict { get; init; }
    [JsonPropertyName("false_accepts")] public int FalseAccepts { get; init; }
    [JsonPropertyName("false_rejects")] public int FalseRejects { get; init; }
    [JsonPropertyName("not_implemented")] public int NotImplemented { get; init; }
    [JsonPropertyName("errno")] public int Errno { get; init; }
    /// <summary>Programs the kernel or libbpf gave an error number for.</summary>
    [JsonPropertyName("errors")] public int Errors { get; init; }
    /// <summary>Programs the kernel rejected.</summary>
    [JsonPropertyName("rejected")] public int Rejected { get; init; }
    [JsonPropertyName("message")] public int Message { get; init; }
    /// <summary>Programs the kernel accepted.</summary>
    [JsonPropertyName("accepted")] public int Accepted { get; init; }
    [JsonPropertyName("statistics")] public int Statistics { get; init; }
    /// <summary>Programs with a recorded log of level 1 whose verdicts agree; 0 when logs were not compared.</summary>
    [JsonPropertyName("level1_compared")] public int Level1Compared { get; init; }
    [JsonPropertyName("level1")] public int Level1 { get; init; }
    [JsonPropertyName("level2_compared")] public int Level2Compared { get; init; }
    [JsonPropertyName("level2")] public int Level2 { get; init; }

    /// <summary>Headings of the table.</summary>
    public static string[] Heads { get; } =
        ["corpus", "kernel", "programs", "verdict", "false accepts", "false rejects", "not implemented", "errno", "message of rejected", "statistics of accepted", "log L1", "log L2"];

    /// <summary>Counts what was compared.</summary>
    public static Figures Of(string corpus, string kernel, IReadOnlyCollection<Comparison> all) => new()
    {
        Corpus = corpus,
        Kernel = kernel,
        Programs = all.Count,
        Verdict = all.Count(c => c.SameVerdict),
        FalseAccepts = all.Count(c => c.FalseAccept),
        FalseRejects = all.Count(c => c.FalseReject),
        NotImplemented = all.Count(c => c.Verdict == "not_implemented"),
        Errors = all.Count(c => c.Golden.Errno != 0),
        Errno = all.Count(c => c.Golden.Errno != 0 && c.SameErrno),
        Rejected = all.Count(c => c.Golden.Verdict == "failure"),
        Message = all.Count(c => c.Golden.Verdict == "failure" && c.SameMessage),
        Accepted = all.Count(c => c.Golden.Verdict == "success"),
        Statistics = all.Count(c => c.Golden.Verdict == "success" && c.SameStatistics),
        Level1Compared = all.Count(c => c.Level1 is not null),
        Level1 = all.Count(c => c.Level1 == true),
        Level2Compared = all.Count(c => c.Level2 is not null),
        Level2 = all.Count(c => c.Level2 == true),
    };

    /// <summary>The table's row, as text.</summary>
    public string[] Row() =>
    [
        Corpus, Kernel, Text(Programs), Share(Verdict, Programs), Text(FalseAccepts), Text(FalseRejects), Text(NotImplemented),
        Share(Errno, Errors), Share(Message, Rejected), Share(Statistics, Accepted), Share(Level1, Level1Compared), Share(Level2, Level2Compared),
    ];

    /// <summary>Names of the figures that are worse here than in <paramref name="floor"/>; shares are compared, since a corpus may grow.</summary>
    public IEnumerable<string> Below(Figures floor)
    {
        (string Name, bool Worse)[] figures =
        [
            ("verdict", Lower(Verdict, Programs, floor.Verdict, floor.Programs)),
            ("false accepts", FalseAccepts > floor.FalseAccepts),
            ("false rejects", FalseRejects > floor.FalseRejects),
            ("errno", Lower(Errno, Errors, floor.Errno, floor.Errors)),
            ("message", Lower(Message, Rejected, floor.Message, floor.Rejected)),
            ("statistics", Lower(Statistics, Accepted, floor.Statistics, floor.Accepted)),
            ("log L1", Lower(Level1, Level1Compared, floor.Level1, floor.Level1Compared)),
            ("log L2", Lower(Level2, Level2Compared, floor.Level2, floor.Level2Compared)),
        ];
        return figures.Where(f => f.Worse).Select(f => f.Name);
    }

    /// <summary>Nothing compared is no figure: the logs of a run without them.</summary>
    private static bool Lower(int agree, int of, int floorAgree, int floorOf) =>
        of > 0 && floorOf > 0 && (long)agree * floorOf < (long)floorAgree * of;

    private static string Text(int count) => count.ToString(CultureInfo.InvariantCulture);

    /// <summary>Per cent, rounded down so that 100 is all.</summary>
    private static string Share(int agree, int of) =>
        of == 0 ? "–" : string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(1000.0 * agree / of) / 10:0.0} %");
}
