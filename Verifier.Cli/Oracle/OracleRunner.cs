using BpfVerifier.Live;
using BpfVerifier.Objects;

namespace BpfVerifier.Cli.Oracle;

/// <summary>Asks both verifiers about every program of objects, one after another.</summary>
/// <param name="kernel">The running kernel.</param>
/// <param name="verifier">The release that answers for it.</param>
/// <param name="loader">The way to the kernel's verifier.</param>
/// <param name="settings">What is asked.</param>
/// <param name="objects">How objects are opened.</param>
internal sealed class OracleRunner(RunningKernel kernel, IVerifier verifier, IProgramLoader loader, OracleSettings settings, ObjectOptions objects)
{
    private const int StatisticsLevel = 4, LogSize = 1 << 26;

    private readonly KernelProfile _profile = kernel.ProfileFor(verifier);

    /// <param name="paths">Objects.</param>
    /// <param name="finished">Called after each object.</param>
    /// <param name="cancellation">Ends the run after the program at hand.</param>
    public IReadOnlyList<OracleOutcome> Run(IReadOnlyList<string> paths, Action finished, CancellationToken cancellation)
    {
        var outcomes = new List<OracleOutcome>();
        foreach (string path in paths)
        {
            Ask(path, outcomes, cancellation);
            finished();
        }
        return outcomes;
    }

    private void Ask(string path, List<OracleOutcome> outcomes, CancellationToken cancellation)
    {
        BpfObject opened = BpfObject.Open(path, objects);
        if (opened.Failure is { } failure)
        {
            outcomes.Add(Unprepared(path, "", failure));
            return;
        }
        foreach (ObjectProgram program in opened.Programs)
        {
            if (settings.Programs.Count != 0 && !settings.Programs.Contains(program.Name))
                continue;
            cancellation.ThrowIfCancellationRequested();
            PrepareResult prepared = opened.Prepare(program.Name, kernel.Profile);
            outcomes.Add(prepared.Succeeded
                ? Ask(path, prepared.Program, cancellation)
                : Unprepared(path, program.Name, prepared.Failure) with { ProgramType = program.Type, AttachType = program.ExpectedAttachType });
        }
    }

    private OracleOutcome Ask(string path, BpfProgram program, CancellationToken cancellation)
    {
        int level = settings.LogLevel | StatisticsLevel;
        VerificationResult ours = Verify(program, level, cancellation);
        KernelAnswer theirs = loader.Load(program, level);
        bool whole = theirs.Verdict is Verdict.Accepted or Verdict.Rejected or Verdict.LimitReached && !theirs.LogCut && ours.Verdict == theirs.Verdict;
        LogDifference? difference = whole
            ? LogDifference.Find(LogMask.Apply(ours.Log, program.Instructions.Span), LogMask.Apply(theirs.Log, program.Instructions.Span))
            : null;
        return new OracleOutcome(path, program.Name, ours, theirs)
        {
            ProgramType = program.Type,
            AttachType = program.ExpectedAttachType,
            ProgramSize = program.Instructions.Length / 8,
            LogsCompared = whole,
            LogDifference = difference,
            Timing = settings.TimedRuns > 0 && whole ? Time(program, cancellation) : null,
        };
    }

    private VerificationResult Verify(BpfProgram program, int level, CancellationToken cancellation) =>
        verifier.Verify(program, _profile, new VerifierOptions { LogLevel = level, LogSize = LogSize, Timeout = settings.Timeout }, cancellation);

    /// <summary>Medians, with statistics alone in the logs.</summary>
    private Timing Time(BpfProgram program, CancellationToken cancellation)
    {
        var ours = new TimeSpan[settings.TimedRuns];
        var theirs = new TimeSpan[settings.TimedRuns];
        for (int i = 0; i < ours.Length; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            ours[i] = Verify(program, StatisticsLevel, cancellation).Statistics.Duration;
            theirs[i] = loader.Load(program, StatisticsLevel).Statistics?.Duration ?? default;
        }
        Array.Sort(ours);
        Array.Sort(theirs);
        return new Timing(ours[ours.Length / 2], theirs[theirs.Length / 2]);
    }

    private static OracleOutcome Unprepared(string path, string program, ObjectFailure failure) => new(
        path,
        program,
        new VerificationResult { Verdict = failure.Verdict, Errno = failure.Errno, Message = failure.Message },
        KernelAnswer.NotAsked("the object does not come as far as BPF_PROG_LOAD"));
}

/// <summary>What is asked, and how.</summary>
/// <param name="LogLevel">The kernel's log bits; 4 is added.</param>
/// <param name="Programs">Only programs of these names; all when empty.</param>
/// <param name="Timeout">Our own bound on one program, null: none.</param>
/// <param name="TimedRuns">Verifications of each program whose times are compared, 0: none.</param>
/// <param name="AttachTarget">The value of <c>--attach-target</c>, null: none.</param>
internal sealed record OracleSettings(int LogLevel, IReadOnlyList<string> Programs, TimeSpan? Timeout, int TimedRuns, string? AttachTarget = null);
