using BpfVerifier.Host;
using Xunit;

namespace BpfVerifier.Parity.Tests;

/// <summary>The ratchet: no figure may fall below the best one reached.</summary>
public class FloorTests
{
    private static readonly VerifierHost s_host = new(AppContext.BaseDirectory);

    /// <summary>Recorded corpora whose very files are here: the samples, and what the cache holds. The table command refuses the others.</summary>
    public static TheoryData<string, string> Rows()
    {
        var data = new TheoryData<string, string>();
        foreach (Figures row in Floor.Read().Where(f => Corpus.FirstOther(Corpus.GoldenFile(f.Corpus, f.Kernel), Corpus.Objects(f.Corpus)) is null))
            data.Add(row.Corpus, row.Kernel);
        return data;
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void NoFigureIsLowerThanItWas(string corpus, string kernel)
    {
        string golden = Corpus.GoldenFile(corpus, kernel);
        Subject? subject = Subject.TryFind(s_host, kernel, golden, out Subject? found) ? found : null;
        IReadOnlyList<Comparison> compared = TableCommand.Compare(golden, Corpus.Objects(corpus), kernel, subject, logs: corpus == "samples");
        Assert.Empty(Floor.Below([Figures.Of(corpus, kernel, compared)], Floor.Read()));
    }

    [Fact]
    public void EveryGoldenHasAFloorAndARowOfThePage()
    {
        IReadOnlyList<Figures> floor = Floor.Read();
        string[] page = File.ReadAllLines(Path.Combine(Corpus.Root, "docs", "parity.md"));
        foreach (string corpus in Corpus.Names())
        {
            foreach (string kernel in Corpus.Kernels().Where(k => File.Exists(Corpus.GoldenFile(corpus, k))))
            {
                Figures row = Assert.Single(floor, f => f.Corpus == corpus && f.Kernel == kernel);
                Assert.Equal(Golden.Read(Corpus.GoldenFile(corpus, kernel)).Count, row.Programs);
                Assert.Contains(MarkdownPage.Row(row.Row()), page);
            }
        }
    }

    [Fact]
    public void AWorseFigureIsNamed()
    {
        var floor = new Figures { Corpus = "c", Kernel = "k", Programs = 100, Verdict = 90, FalseAccepts = 0, Errors = 50, Errno = 45, Rejected = 50, Message = 45, Accepted = 50, Statistics = 45, Level1Compared = 90, Level1 = 90 };

        Assert.Empty(Floor.Below([floor], [floor]));
        // twice the programs, the same shares; logs not compared
        Assert.Empty(Floor.Below([floor with { Programs = 200, Verdict = 180, Errors = 100, Errno = 90, Level1Compared = 0, Level1 = 0 }], [floor]));
        Assert.Equal(["verdict"], (floor with { Verdict = 89 }).Below(floor));
        Assert.Equal(["false accepts"], (floor with { FalseAccepts = 1 }).Below(floor));
        Assert.Equal(["message", "statistics"], (floor with { Message = 44, Statistics = 44 }).Below(floor));
        Assert.Equal(["log L1"], (floor with { Level1 = 89 }).Below(floor));
        Assert.Single(Floor.Below([floor with { Verdict = 0 }], [floor]));
    }
}
