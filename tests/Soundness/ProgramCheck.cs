using System.Globalization;

namespace BpfVerifier.Soundness;

/// <summary>Bounds of one program's check.</summary>
/// <param name="Runs">Runs, each on other inputs.</param>
/// <param name="Seed">Chooses the inputs.</param>
/// <param name="Steps">Instructions a run may take.</param>
/// <param name="Walk">Instructions the walk over every path may take.</param>
internal sealed record CheckBounds(int Runs = 8, int Seed = 1, int Steps = 2_000_000, int Walk = 30_000);

/// <summary>What the check of one program found.</summary>
internal sealed record ProgramReport(string Name)
{
    /// <summary>Why the program was not run at all, null when it was.</summary>
    public string? Skipped { get; set; }
    /// <summary>Why its runs were not held against states, null when they were.</summary>
    public string? NotContained { get; set; }
    /// <summary>Runs that returned.</summary>
    public int Completed { get; set; }
    /// <summary>Runs that ended before, by reason.</summary>
    public Dictionary<string, int> CutShort { get; } = [];
    /// <summary>Instructions run.</summary>
    public long Steps { get; set; }
    /// <summary>Instructions run whose state was held against the walk's.</summary>
    public long CheckedSteps { get; set; }
    /// <summary>Registers and stack slots found inside.</summary>
    public long Contained { get; set; }
    /// <summary>What went wrong, in lines; null when nothing did.</summary>
    public string? Violation { get; set; }
    /// <summary>A fault of the kernel's own verifier, repeated to the letter by ours, that the violation comes of; null when none is known.</summary>
    public string? KernelFault { get; set; }
}

/// <summary>Checks programs of one release.</summary>
/// <param name="probe">The release.</param>
/// <param name="profile">Who loads.</param>
/// <param name="bounds">Bounds.</param>
/// <param name="falsify">Tests only: changes the walk's states before they are compared.</param>
internal sealed class ProgramCheck(IReleaseProbe probe, KernelProfile profile, CheckBounds bounds, Action<WalkRecord>? falsify = null)
{
    /// <summary>Runs a program if it is accepted.</summary>
    public ProgramReport Check(NamedProgram named)
    {
        var report = new ProgramReport(named.Name);
        BpfProgram program = named.Program;
        VerificationResult verdict = probe.Verify(program, profile);
        if (verdict.Verdict != Verdict.Accepted)
            report.Skipped = "not accepted";
        else if (!probe.KnowsContext(program.Type))
            report.Skipped = $"context of {program.Type}";
        else
            Run(program, report);
        return report;
    }

    private void Run(BpfProgram program, ProgramReport report)
    {
        WalkRecord walk = probe.Walk(program, profile, bounds.Walk);
        falsify?.Invoke(walk);
        report.NotContained = walk.Incomplete;
        Containment? containment = walk.Incomplete is null ? new Containment(walk) : null;
        for (int run = 0; run < bounds.Runs && report.Violation is null; run++)
            RunOnce(program, HashCode(report.Name, run), containment, report);
        report.Contained = containment?.Contained ?? 0;
    }

    private int HashCode(string name, int run)
    {
        // Not string.GetHashCode, which differs from process to process.
        uint hash = 2166136261 ^ (uint)bounds.Seed;
        foreach (char c in string.Create(CultureInfo.InvariantCulture, $"{name}#{run}"))
            hash = (hash ^ c) * 16777619;
        return (int)hash;
    }

    private void RunOnce(BpfProgram program, int seed, Containment? containment, ProgramReport report)
    {
        var machine = new Machine(program, probe, profile, seed, bounds.Steps);
        try
        {
            RunEnd end = machine.Run(containment is null ? null : Contain);
            if (end == RunEnd.Completed)
                report.Completed++;
            else
                Count(report.CutShort, end == RunEnd.NotModelled ? machine.Reason : $"more than {bounds.Steps} instructions");
        }
        catch (UnsafeRunException what)
        {
            report.Violation = Place(program, machine, report.Name) + $"    {what.Message}\n";
            report.KernelFault = KernelFault(machine, null);
        }
        catch (NotContainedException outside)
        {
            report.Violation = Place(program, machine, report.Name) + Describe(program, outside);
            report.KernelFault = KernelFault(machine, outside.Mismatch);
        }
        report.Steps += machine.Steps;

        void Contain(Machine at)
        {
            report.CheckedSteps++;
            if (!containment.Check(at, out AbstractState? nearest, out Mismatch? mismatch))
                throw new NotContainedException(nearest, mismatch);
        }
    }

    /// <summary>Known faults, each shown by the kernel's own log (README.md).</summary>
    private string? KernelFault(Machine machine, Mismatch? mismatch) =>
        machine.CalledBackNotOnce && probe.WalksCallbacksOnce(profile) ? "a callback is walked as if it were called exactly once"
        : machine.FilledNegative && mismatch is { OfIds: true } ? "a sign-extending load from the stack keeps the id of the number stored"
        : null;

    private string Place(BpfProgram program, Machine machine, string name) => string.Create(CultureInfo.InvariantCulture,
        $"VIOLATION in {name}, Linux {profile.Release}, after {machine.Steps} instructions\n    {machine.Next}: {probe.Disassemble(program, profile, machine.Next)}\n");

    private string Describe(BpfProgram program, NotContainedException outside) => outside.Nearest is { } state
        ? $"    {outside.Mismatch!.Place} {outside.Mismatch.What}\n    nearest state, number {state.Number} of the walk:{probe.Describe(program, profile, state.Number)}\n"
        : "    the walk never came here with these functions on the call stack\n";

    private static void Count(Dictionary<string, int> counts, string reason) => counts[reason] = counts.GetValueOrDefault(reason) + 1;

    private sealed class NotContainedException(AbstractState? nearest, Mismatch? mismatch) : Exception
    {
        public AbstractState? Nearest => nearest;

        public Mismatch? Mismatch => mismatch;
    }
}
