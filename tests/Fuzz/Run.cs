using System.Diagnostics;
using System.Globalization;
using BpfVerifier.LoadScripts;
using BpfVerifier.Oracle;
using LoadScript = BpfVerifier.LoadScripts.LoadScript;

namespace BpfVerifier.Fuzz;

/// <summary>Compares one release's verifier with its kernel over generated programs.</summary>
/// <param name="guest">The kernel.</param>
/// <param name="verifier">Ours of the same release.</param>
/// <param name="generator">Makes the programs.</param>
/// <param name="folder">Where findings go.</param>
internal sealed class Run(Guest guest, IVerifier verifier, Generator generator, string folder)
{
    private readonly Dictionary<string, List<Disagreement>> _causes = [];
    private int _accepted, _asked, _agreed, _long, _unanswered, _complaints;
    private TimeSpan _inKernel;

    private LoaderCapabilities Capabilities => guest.Unprivileged ? LoaderCapabilities.None : LoaderCapabilities.Root;

    /// <summary>Programs for one boot of the guest.</summary>
    public int BatchSize { get; init; } = 4000;

    /// <summary>Programs for which our verifier walks more instructions are not asked about: they would take most of the time.</summary>
    public int MostInstructions { get; init; } = 30_000;

    /// <summary>Causes to shrink, the commonest first.</summary>
    public int MostShrunk { get; init; } = 12;

    /// <summary>Asks about programs <paramref name="first"/> to <paramref name="first"/> + <paramref name="count"/> - 1. Returns true when all agree.</summary>
    public bool Programs(int first, int count)
    {
        Stopwatch clock = Stopwatch.StartNew();
        Task pending = Task.CompletedTask;
        for (int at = first; at < first + count; at += BatchSize)
        {
            // our verifier works on one batch while the kernel has the one before
            (List<LoadScript> scripts, List<Said> ours) = Verify(at, Math.Min(BatchSize, first + count - at));
            pending.GetAwaiter().GetResult();
            if (at > first)
                Console.Error.WriteLine(Summary(clock.Elapsed));
            pending = Task.Run(() => Compare(scripts, ours));
        }
        pending.GetAwaiter().GetResult();
        Console.WriteLine(Summary(clock.Elapsed));
        Report();
        Shrink();
        return _causes.Count == 0 && _complaints == 0;
    }

    private (List<LoadScript>, List<Said>) Verify(int first, int count)
    {
        List<LoadScript> scripts = [];
        List<Said> said = [];
        for (int i = first; i < first + count; i++)
        {
            LoadScript script = generator.Script(i);
            Said ours = Said.Ours(verifier, script, Capabilities);
            if (ours.Verdict == "limit" || ours.Figures?.Processed > MostInstructions)
            {
                _long++;
                continue;
            }
            scripts.Add(script);
            said.Add(ours);
        }
        return (scripts, said);
    }

    private void Compare(List<LoadScript> scripts, List<Said> ours)
    {
        Stopwatch clock = Stopwatch.StartNew();
        Answer?[] answers = guest.Ask(scripts);
        _inKernel += clock.Elapsed;
        for (int i = 0; i < scripts.Count; i++)
        {
            // how long a load takes depends on the machine as well
            if (answers[i] is not { Verdict: not "timeout" } answer)
            {
                _unanswered++;
                continue;
            }
            _asked++;
            Said kernel = Said.From(answer);
            if (kernel.Accepted)
                _accepted++;
            if (answer.Complaint.Length > 0)
                Complain(scripts[i], answer, kernel, ours[i]);
            if (Disagreement.Cause(kernel, ours[i]) is not { } cause)
            {
                _agreed++;
                continue;
            }
            if (!_causes.TryGetValue(cause, out List<Disagreement>? known))
            {
                _causes.Add(cause, known = []);
                // as it is, in case the run does not live to shrink it
                Findings.Write(folder, $"{guest.Release}-{scripts[i].Name}-as-generated", scripts[i], $"{cause}\nkernel {kernel}\nours   {ours[i]}");
            }
            known.Add(new Disagreement(scripts[i], kernel, ours[i]));
        }
    }

    /// <summary>Keeps a program that made the kernel warn or die, and what the kernel wrote.</summary>
    private void Complain(LoadScript script, Answer answer, Said kernel, Said ours)
    {
        _complaints++;
        string file = Findings.Write(folder, $"{guest.Release}-complaint-{script.Name}", script);
        File.WriteAllText(Path.ChangeExtension(file, ".txt"), $"kernel {kernel.Shape}\nours   {ours.Shape}\n{answer.Complaint}");
        Console.WriteLine($"the kernel complained: {file}");
    }

    private string Summary(TimeSpan elapsed) => string.Create(CultureInfo.InvariantCulture,
        $"{guest.Release}: {_asked} programs asked, {_long} too long to ask, {_unanswered} without an answer; accepted {Share(_accepted)} %, agreed {Share(_agreed)} %, {_asked - _agreed} disagree for {_causes.Count} causes, {_complaints} complaints; {elapsed.TotalSeconds:f0} s, kernel {_asked / Math.Max(1, _inKernel.TotalSeconds):f0} programs/s");

    private string Share(int part) => (100.0 * part / Math.Max(1, _asked)).ToString("f3", CultureInfo.InvariantCulture);

    private void Report()
    {
        foreach ((string cause, List<Disagreement> all) in _causes.OrderByDescending(c => c.Value.Count))
        {
            Console.WriteLine($"\n{all.Count} x {cause}");
            foreach (Disagreement one in all.OrderBy(d => d.Script.Instructions.Length).Take(3))
                Console.WriteLine($"    {one.Script.Name}: kernel {one.Kernel.Errno} {one.Kernel.Message} {one.Kernel.Figures}; ours {one.Ours.Errno} {one.Ours.Message} {one.Ours.Figures}");
        }
    }

    private void Shrink()
    {
        List<(string Cause, Shrinker Shrinker, Disagreement From)> open =
        [
            .. _causes.OrderByDescending(c => c.Value.Count).Take(MostShrunk)
                .Select(c => (c.Key, c.Value.MinBy(d => d.Script.Instructions.Length)!))
                .Select(c => (c.Key, new Shrinker(c.Item2.Script), c.Item2)),
        ];
        const int MostRounds = 25;
        for (int round = 0; round < MostRounds && open.Any(o => !o.Shrinker.Done); round++)
        {
            // all causes share a boot
            List<(int Owner, int Candidate, LoadScript Script, Said Ours)> asked = [];
            var kept = new bool[open.Count][];
            for (int i = 0; i < open.Count; i++)
            {
                if (open[i].Shrinker.Done)
                    continue;
                IReadOnlyList<LoadScript> candidates = open[i].Shrinker.Candidates();
                kept[i] = new bool[candidates.Count];
                for (int c = 0; c < candidates.Count; c++)
                {
                    Said ours = Said.Ours(verifier, candidates[c], Capabilities);
                    if (ours.Shape == open[i].From.Ours.Shape && ours.Figures?.Processed <= MostInstructions)
                        asked.Add((i, c, candidates[c], ours));
                }
            }
            Answer?[] answers = guest.Ask([.. asked.Select(a => a.Script)]);
            for (int a = 0; a < asked.Count; a++)
                if (answers[a] is { } answer && Disagreement.Cause(Said.From(answer), asked[a].Ours) == open[asked[a].Owner].Cause)
                    kept[asked[a].Owner][asked[a].Candidate] = true;
            for (int i = 0; i < open.Count; i++)
                if (!open[i].Shrinker.Done)
                    open[i].Shrinker.Take(kept[i]);
        }
        foreach ((string cause, Shrinker shrinker, Disagreement from) in open)
        {
            string file = Findings.Write(folder, $"{guest.Release}-{from.Script.Name}", shrinker.Smallest, cause);
            guest.Record(shrinker.Smallest, Path.GetFileName(file), Path.ChangeExtension(file, $".{guest.Release}.jsonl"));
            Console.WriteLine($"{shrinker.Smallest.Instructions.Length / 8} instructions of {from.Script.Instructions.Length / 8}: {file}");
        }
    }
}
