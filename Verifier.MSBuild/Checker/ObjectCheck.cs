using System.Globalization;
using BpfVerifier.Drift;
using BpfVerifier.Objects;

namespace BpfVerifier.MSBuild.Checker;

/// <summary>Turns what is known of one object into lines of a results file.</summary>
internal sealed class ObjectCheck
{
    private readonly CheckRequest _request;
    private readonly List<ResultLine> _lines = [];

    private ObjectCheck(CheckRequest request) => _request = request;

    /// <summary>Checks the object; what is wrong with request or object is a line too.</summary>
    public static IReadOnlyList<ResultLine> Run(CheckRequest request, KernelSet kernels)
    {
        var check = new ObjectCheck(request);
        check.Run(kernels);
        return check._lines;
    }

    private void Run(KernelSet kernels)
    {
        if (kernels.Find(_request.Kernels, out IReadOnlyList<KernelView> found) is { } problem)
        {
            Add(isWarning: false, "BPFV0021", null, _request.Project, $"BpfTargetKernels: {problem}");
            return;
        }
        BpfObject opened = BpfObject.Open(_request.Path, ObjectOptions.Veristat);
        if (opened.Failure is { } failure)
        {
            Add(isWarning: false, "BPFV0020", null, _request.Path, failure.Message);
            return;
        }
        bool verify = _request.Verdicts != "none";
        ObjectDrift drift = DriftComparer.Compare(opened, found, new DriftOptions
        {
            Verdicts = verify ? DriftVerdicts.All : DriftVerdicts.WhereNeeded,
            Verifier = VerifierOptions.Default with { Timeout = _request.Timeout },
        });
        if (_request.Drift != "none")
        {
            foreach (DriftItem item in drift.Items)
                Add(item);
        }
        if (verify)
        {
            foreach (var same in drift.Verdicts.Where(v => v.Result.Verdict != Verdict.Accepted && !IsSaid(drift, opened, v))
                .GroupBy(v => (v.Program.Name, v.Result.Verdict, v.Result.Message, v.Result.Source)))
                Add(opened, [.. same]);
        }
    }

    // A warning that the thing on this very line is missing there says all that a second warning would; an error asked for is never left out.
    private bool IsSaid(ObjectDrift drift, BpfObject opened, DriftVerdict verdict)
    {
        if (_request.Drift == "none" || _request.Verdicts == "error")
            return false;
        SourceLine? source = PlaceOf(opened, verdict);
        return drift.Items.Any(item =>
            item.Answers.Any(a => a.Kernel == verdict.Kernel && a.Impact == DriftImpact.Breaks && (a.Programs.Count == 0 || a.Programs.Contains(verdict.Program.Name)))
            && item.Uses.Any(u => u.Program == verdict.Program && u.Source is { } place && place.File == source?.File && place.Line == source.Line));
    }

    private static SourceLine? PlaceOf(BpfObject opened, DriftVerdict verdict) =>
        verdict.Result.Source ?? opened.Requirements.OfType<ProgramRequirement>().First(p => p.Program == verdict.Program).Uses[0].Source;

    private void Add(DriftItem item)
    {
        foreach (DriftImpact impact in (DriftImpact[])[DriftImpact.Breaks, DriftImpact.Differs])
        {
            DriftAnswer[] answers = [.. item.Answers.Where(a => a.Impact == impact)];
            if (answers.Length == 0)
                continue;
            string what = string.Join("; ", answers.GroupBy(a => a.Detail).Select(same => $"{string.Join(", ", same.Select(a => a.Kernel))}{(same.Key.Length > 0 ? $": {same.Key}" : "")}"));
            string state = impact == DriftImpact.Breaks ? "is missing on" : answers.All(a => a.Status == DriftStatus.Changed) ? "is different on" : "is not known on";
            HashSet<string> concerned = [.. answers.SelectMany(a => a.Programs.Count > 0 ? a.Programs : item.Uses.Select(u => u.Program.Name))];
            var places = item.Uses.Where(u => concerned.Contains(u.Program.Name)).GroupBy(u => u.Source is { } s ? (s.File, s.Line) : default).ToList();
            if (places.Count == 0)
                Add(isWarning: true, Code(item, impact), null, _request.Path, $"{Word(item)} {state} {what}");
            foreach (var place in places)
                Add(isWarning: true, Code(item, impact), place.First().Source, _request.Path, $"{Word(item)} {state} {what} (program {string.Join(", ", place.Select(u => u.Program.Name))})");
        }
    }

    private static string Word(DriftItem item) => item.Subject switch
    {
        DriftSubject.ProgramType => $"program type {item.Name}",
        DriftSubject.AttachType => $"attach type {item.Name}",
        DriftSubject.AttachTarget => $"{item.Question} '{item.Name}' to attach to",
        DriftSubject.MapType => $"map type {item.Name} ({item.Question})",
        DriftSubject.StructOps => $"struct_ops '{item.Name}'",
        DriftSubject.Helper => $"helper {item.Name}",
        DriftSubject.Kfunc => $"kfunc {item.Name}",
        DriftSubject.Symbol => $"kernel symbol '{item.Name}'",
        DriftSubject.Config => $"configuration variable {item.Name}",
        _ => $"'{item.Name}' ({item.Question})",
    };

    private static string Code(DriftItem item, DriftImpact impact) => item.Subject switch
    {
        DriftSubject.Helper => "BPFV0001",
        DriftSubject.Kfunc => "BPFV0002",
        DriftSubject.ProgramType or DriftSubject.AttachType or DriftSubject.MapType => "BPFV0003",
        DriftSubject.Core => "BPFV0004",
        DriftSubject.AttachTarget => impact == DriftImpact.Breaks ? "BPFV0005" : "BPFV0006",
        DriftSubject.Symbol or DriftSubject.Config => "BPFV0007",
        _ => "BPFV0008",
    };

    private void Add(BpfObject opened, DriftVerdict[] same)
    {
        VerificationResult result = same[0].Result;
        ObjectProgram program = same[0].Program;
        string kernels = string.Join(", ", same.Select(v => v.Kernel));
        SourceLine? source = PlaceOf(opened, same[0]);
        string where = result.Verdict == Verdict.Rejected && result.InstructionIndex >= 0
            ? string.Create(CultureInfo.InvariantCulture, $" at instruction {result.InstructionIndex}: {result.Instruction}")
            : "";
        (string code, string text) = result.Verdict switch
        {
            Verdict.Rejected => ("BPFV0010", $"program {program.Name} is rejected by the verifier of {kernels}: {result.Message}{where}"),
            Verdict.LimitReached => ("BPFV0012", $"program {program.Name} reaches a limit on {kernels}: {result.Message}"),
            Verdict.NotImplemented => ("BPFV0013", $"nothing is said of program {program.Name} on {kernels}: {result.Message}"),
            _ => ("BPFV0011", $"program {program.Name} does not load on {kernels}: {result.Message}"),
        };
        Add(isWarning: _request.Verdicts != "error" || result.Verdict == Verdict.NotImplemented, code, source, _request.Path, text);
    }

    private void Add(bool isWarning, string code, SourceLine? source, string otherwise, string message) => _lines.Add(new ResultLine
    {
        IsWarning = isWarning,
        Code = code,
        File = source?.File is { Length: > 0 } file ? file : otherwise,
        Line = source?.Line ?? 0,
        Column = source?.Column ?? 0,
        Message = message,
    });
}
