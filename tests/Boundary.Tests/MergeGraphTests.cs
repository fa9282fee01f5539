using BpfVerifier.Boundary.Git;
using Xunit;

namespace BpfVerifier.Boundary.Tests;

public class MergeGraphTests
{
    [Fact]
    public void Patchsets_OfRandomGraphs_AreThoseByDefinition()
    {
        var random = new Random(7);
        int found = 0;
        for (int round = 0; round < 400; round++)
        {
            int count = random.Next(2, 40);
            // -1 is a commit outside the range.
            var parents = new List<int[]>();
            for (int i = 0; i < count; i++)
            {
                int first = random.Next(Math.Max(-1, i - 6), i), second = random.Next(Math.Max(-1, i - 9), i);
                parents.Add(i > 1 && first != second && random.Next(3) == 0 ? [first, second] : [first]);
            }
            MergeGraph graph = MergeGraph.Of(parents.Select((p, i) => $"n{i} {string.Join(' ', p.Select(j => "n" + j))}"));
            string[] expected = [.. Enumerable.Range(0, count).Reverse().Select(i => ByDefinition(parents, i)).OfType<string>()];
            Assert.Equal(expected, graph.Patchsets().Select(side => $"{side.Merge}: {string.Join(' ', side.Commits)}"));
            found += expected.Length;
        }
        Assert.True(found > 400, $"{found} patchsets");
    }

    private static string? ByDefinition(List<int[]> parents, int merge)
    {
        if (parents[merge].Length != 2)
            return null;
        SortedSet<int> side = Reached(parents[merge][1]);
        side.ExceptWith(Reached(parents[merge][0]));
        return side.Count == 0 || side.Any(i => parents[i].Length > 1) ? null : $"n{merge}: {string.Join(' ', side.Select(i => "n" + i))}";

        SortedSet<int> Reached(int from)
        {
            var reached = new SortedSet<int>();
            var open = new Stack<int>([from]);
            while (open.TryPop(out int commit))
                if (commit >= 0 && reached.Add(commit))
                    foreach (int parent in parents[commit])
                        open.Push(parent);
            return reached;
        }
    }

    [Fact]
    public void LongHistory_TakesLittleTime()
    {
        // A third of a release's worth: 5,000 patchsets of three commits, each begun 50 merges ago, and trees that pull them.
        var lines = new List<string> { "m0" };
        for (int i = 1; i <= 5_000; i++)
        {
            lines.Add($"a{i} m{Math.Max(0, i - 50)}");
            lines.Add($"b{i} a{i}");
            lines.Add($"c{i} b{i}");
            lines.Add($"m{i} m{i - 1} c{i}");
        }
        MergeGraph graph = MergeGraph.Of(lines);
        Assert.Equal(20_001, graph.Count);
        Assert.Equal(5_000, graph.Patchsets().Count());
    }

    [Fact]
    public void Pieces_AreCutWhereverTheStreamBreaks()
    {
        byte[] data = [.. Enumerable.Range(0, 200_000).Select(i => (byte)(i % 7919 == 0 ? 0 : 1 + i % 250))];
        var lengths = new List<int>();
        PieceReader.Read(new SlowStream(data), 0, piece => lengths.Add(piece.Length));
        int[] expected = [.. System.Text.Encoding.Latin1.GetString(data).Split('\0').Select(part => part.Length)];
        Assert.Equal(expected, lengths);
    }

    private sealed class SlowStream(byte[] data) : MemoryStream(data)
    {
        private readonly Random random = new(3);

        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, random.Next(1, 3000)));

        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, random.Next(1, 3000))]);
    }
}
