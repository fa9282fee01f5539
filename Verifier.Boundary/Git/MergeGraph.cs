using System.Text;
using BpfVerifier.Boundary.DataSet;

namespace BpfVerifier.Boundary.Git;

/// <summary>The commits of a range and their parents.</summary>
internal sealed class MergeGraph
{
    // A kernel release has some 15,000 commits.
    private const int MostCommits = 5_000_000;

    private readonly Dictionary<string, int> numbers = [];
    private readonly List<string> names = [];
    private readonly List<int[]> parents = [];
    private int[] generations = [];

    /// <summary>How many commits the range holds.</summary>
    public int Count => names.Count;

    /// <summary>Their names.</summary>
    public IReadOnlyCollection<string> Names => names;

    /// <summary>A merge, and the chain of commits it brought in, oldest first.</summary>
    public sealed record Side(string Merge, IReadOnlyList<string> Commits);

    /// <summary>Reads <c>git rev-list --parents --topo-order --reverse</c>: parents come before their children.</summary>
    public static MergeGraph Read(GitProgram git, IEnumerable<string> revisions)
    {
        var graph = new MergeGraph();
        git.Read(["rev-list", "--parents", "--topo-order", "--reverse", .. revisions], null, '\n', graph.Add);
        graph.Number();
        return graph;
    }

    /// <summary>The same from lines: a commit, then its parents, parents' lines first.</summary>
    public static MergeGraph Of(IEnumerable<string> lines)
    {
        var graph = new MergeGraph();
        foreach (string line in lines)
            graph.Add(Encoding.ASCII.GetBytes(line));
        graph.Number();
        return graph;
    }

    /// <summary>
    /// Merges that brought in a row of commits with no merge among them. A merge of a merge is a tree being pulled, not a
    /// patchset; its patchsets are merges of their own.
    /// </summary>
    public IEnumerable<Side> Patchsets()
    {
        var painted = new Dictionary<int, Paint>();
        var queue = new PriorityQueue<int, int>();
        // Newest first, as git log has them.
        for (int merge = names.Count - 1; merge >= 0; merge--)
        {
            if (parents[merge].Length == 2 && Chain(merge, painted, queue) is { } side)
                yield return new Side(names[merge], side);
        }
    }

    [Flags]
    private enum Paint
    {
        First = 1,
        Second = 2,
    }

    // Paints what either parent reaches, from the highest generation down: whatever reaches a commit has a higher one, so
    // its colours are final when it is its turn.
    private List<string>? Chain(int merge, Dictionary<int, Paint> painted, PriorityQueue<int, int> queue)
    {
        painted.Clear();
        queue.Clear();
        int open = 0;
        Give(parents[merge][0], Paint.First);
        Give(parents[merge][1], Paint.Second);
        var side = new List<string>();
        while (open > 0)
        {
            int commit = queue.Dequeue();
            Paint paint = painted[commit];
            if (paint == Paint.Second)
            {
                open--;
                if (parents[commit].Length > 1)
                    return null;
                side.Add(names[commit]);
            }
            foreach (int parent in parents[commit])
                Give(parent, paint);
        }
        side.Reverse();
        return side.Count == 0 ? null : side;

        void Give(int commit, Paint paint)
        {
            // Outside the range.
            if (commit < 0)
                return;
            bool known = painted.TryGetValue(commit, out Paint before);
            Paint now = before | paint;
            if (now == before)
                return;
            painted[commit] = now;
            if (!known)
                queue.Enqueue(commit, -generations[commit]);
            open += (now == Paint.Second ? 1 : 0) - (before == Paint.Second ? 1 : 0);
        }
    }

    private void Add(ReadOnlySpan<byte> line)
    {
        string[] parts = Encoding.ASCII.GetString(line).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length == 0)
            return;
        if (names.Count == MostCommits)
            throw new InputException($"the range holds more than {MostCommits} commits: give a shorter one");
        // The parents of a commit are before it, or outside the range.
        parents.Add([.. parts.Skip(1).Select(parent => numbers.GetValueOrDefault(parent, -1))]);
        numbers[parts[0]] = names.Count;
        names.Add(parts[0]);
    }

    private void Number()
    {
        generations = new int[names.Count];
        for (int commit = 0; commit < names.Count; commit++)
            foreach (int parent in parents[commit])
                generations[commit] = Math.Max(generations[commit], parent < 0 ? 0 : generations[parent] + 1);
    }
}
