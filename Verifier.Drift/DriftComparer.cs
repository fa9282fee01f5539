using BpfVerifier.Drift.Probes;
using BpfVerifier.Objects;

namespace BpfVerifier.Drift;

/// <summary>Compares what an object asks with what kernels have.</summary>
public static class DriftComparer
{
    /// <summary>Compares an object with kernels.</summary>
    /// <param name="opened">The object.</param>
    /// <param name="kernels">The kernels, in any order; the report has them oldest first.</param>
    /// <param name="options">What to work out.</param>
    /// <param name="cancellation">Stops the comparison.</param>
    /// <exception cref="OperationCanceledException">The comparison was stopped.</exception>
    public static ObjectDrift Compare(BpfObject opened, IReadOnlyList<KernelView> kernels, DriftOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(opened);
        KernelView[] ordered = [.. kernels.OrderBy(k => k.Profile.Release).ThenBy(k => k.Name, StringComparer.Ordinal)];
        string[] names = [.. ordered.Select(k => k.Name)];
        if (opened.Failure is not null)
            return new ObjectDrift(opened, names, [], []);
        Probe[] probes = [.. Probes(opened.Requirements).OrderBy(p => p.Subject).ThenBy(p => p.Name, StringComparer.Ordinal).ThenBy(p => p.Question, StringComparer.Ordinal)];
        var findings = new Finding[ordered.Length][];
        var parallel = new ParallelOptions { CancellationToken = cancellation };
        Parallel.For(0, ordered.Length, parallel, k => findings[k] = [.. probes.Select(p => p.On(ordered[k]))]);

        IEnumerable<(ObjectProgram Program, KernelView Kernel)> wanted = options.Verdicts switch
        {
            DriftVerdicts.All => from program in opened.Programs from kernel in ordered select (program, kernel),
            DriftVerdicts.WhereNeeded => Doubtful(opened.Programs, ordered, probes, findings),
            _ => [],
        };
        List<DriftVerdict> verdicts = Verify(opened, [.. wanted], options.Verifier, parallel);
        var accepted = verdicts.Where(v => v.Result.Verdict == Verdict.Accepted).Select(v => (v.Program.Name, v.Kernel)).ToHashSet();
        DriftItem[] items = [.. probes.Select((probe, p) => Item(probe, ordered, [.. findings.Select(f => f[p])], accepted))];
        return new ObjectDrift(opened, names, items, verdicts);
    }

    private static IEnumerable<Probe> Probes(IReadOnlyList<ObjectRequirement> requirements)
    {
        ProgramRequirement[] programs = [.. requirements.OfType<ProgramRequirement>()];
        StructOpsRequirement[] structOps = [.. requirements.OfType<StructOpsRequirement>()];
        ILookup<string, StructOpsRequirement> implemented = structOps.SelectMany(s => s.Uses, (s, use) => (use.Program.Name, Member: s)).ToLookup(s => s.Name, s => s.Member);
        return
        [
            .. ProgramProbes.Types(programs), .. ProgramProbes.AttachTypes(programs), .. AttachProbes.Of(programs),
            .. ProgramProbes.MapTypes(requirements.OfType<MapRequirement>()),
            .. StructOpsProbes.Of(structOps),
            .. HelperProbes.Of(requirements.OfType<HelperRequirement>(), implemented),
            .. SymbolProbes.Of(requirements.OfType<SymbolRequirement>()), .. SymbolProbes.Of(requirements.OfType<ConfigRequirement>()),
            .. CoreProbes.Of(requirements.OfType<CoreRequirement>()),
        ];
    }

    private static IEnumerable<string> Concerned(Probe probe, Finding finding) =>
        finding.Programs.Count > 0 ? finding.Programs : probe.Uses.Select(u => u.Program.Name);

    private static IEnumerable<(ObjectProgram Program, KernelView Kernel)> Doubtful(IReadOnlyList<ObjectProgram> programs, KernelView[] kernels, Probe[] probes, Finding[][] findings)
    {
        for (int k = 0; k < kernels.Length; k++)
        {
            HashSet<string> names = [];
            for (int p = 0; p < probes.Length; p++)
            {
                if (probes[p].ImpactWhenAccepted is not null && findings[k][p].Impact == DriftImpact.Breaks)
                    names.UnionWith(Concerned(probes[p], findings[k][p]));
            }
            foreach (ObjectProgram program in programs.Where(p => names.Contains(p.Name)))
                yield return (program, kernels[k]);
        }
    }

    private static List<DriftVerdict> Verify(BpfObject opened, IReadOnlyList<(ObjectProgram Program, KernelView Kernel)> wanted, VerifierOptions options, ParallelOptions parallel)
    {
        var verdicts = new DriftVerdict[wanted.Count];
        Parallel.For(0, wanted.Count, parallel, i =>
        {
            (ObjectProgram program, KernelView kernel) = wanted[i];
            PrepareResult prepared = opened.Prepare(program.Name, kernel.Profile);
            VerificationResult result = prepared.Succeeded
                ? prepared.Improve(kernel.Verifier.Verify(prepared.Program, kernel.Profile, options, parallel.CancellationToken))
                : new VerificationResult { Verdict = prepared.Failure.Verdict, Errno = prepared.Failure.Errno, Message = prepared.Failure.Message };
            verdicts[i] = new DriftVerdict(program, kernel.Name, result);
        });
        return [.. verdicts];
    }

    private static DriftItem Item(Probe probe, KernelView[] kernels, Finding[] findings, HashSet<(string Program, string Kernel)> accepted)
    {
        var answers = new List<DriftAnswer>();
        string before = "";
        for (int k = 0; k < kernels.Length; k++)
        {
            Finding finding = findings[k];
            string kernel = kernels[k].Name;
            if (probe.ImpactWhenAccepted is { } accepting && finding.Impact == DriftImpact.Breaks)
            {
                string[] left = [.. Concerned(probe, finding).Where(program => !accepted.Contains((program, kernel))).Distinct()];
                finding = left.Length == 0
                    ? finding with { Impact = accepting, Detail = $"{finding.Detail}; {(accepting == DriftImpact.MadeUpFor ? "not reached there" : "loads nevertheless")}" }
                    : finding with { Programs = left };
            }
            bool changed = finding.Status == DriftStatus.Present && before.Length > 0 && finding.Print.Length > 0 && finding.Print != before;
            answers.Add(changed
                ? new DriftAnswer(kernel, DriftStatus.Changed, (DriftImpact)Math.Max((int)finding.Impact, (int)probe.ChangeImpact), $"{before} -> {(finding.Detail.Length > 0 ? finding.Detail : finding.Print)}", finding.Programs)
                : new DriftAnswer(kernel, finding.Status, finding.Impact, finding.Status == DriftStatus.Present && finding.Detail.Length == 0 ? finding.Print : finding.Detail, finding.Programs));
            if (finding.Print.Length > 0)
                before = finding.Print;
        }
        return new DriftItem(probe.Subject, probe.Name, probe.Question, probe.Uses, answers);
    }
}
