using System.Text.RegularExpressions;
using BpfVerifier.Objects;

namespace BpfVerifier.Drift.Tests;

/// <summary>Where a verifier or loader says that the kernel lacks something, the comparison, which asks neither, says so too.</summary>
public sealed partial class VerdictAgreementTests
{
    public static TheoryData<string> Objects()
    {
        var data = new TheoryData<string>();
        foreach (string file in Directory.EnumerateFiles(Kernels.Samples, "*.bpf.o", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            data.Add(Path.GetRelativePath(Kernels.Samples, file));
        return data;
    }

    [Theory]
    [MemberData(nameof(Objects))]
    public void What_a_verdict_misses_is_reported_as_absent(string sample)
    {
        ObjectDrift drift = Kernels.CompareWithVerdicts(sample);
        foreach (DriftVerdict verdict in drift.Verdicts)
        {
            if (Missing(verdict) is not ({ } subject, { } name) || subject == DriftSubject.Kfunc && IsFiltered(name, verdict.Kernel))
                continue;
            Assert.True(
                drift.Items.Any(i => i.Subject == subject && (name.Length == 0 || i.Name == name)
                    // All maps of an object are created for any of its programs.
                    && (subject == DriftSubject.MapType || i.Uses.Any(u => u.Program.Name == verdict.Program.Name))
                    && i.Answers.Single(a => a.Kernel == verdict.Kernel) is { Impact: DriftImpact.Breaks }),
                $"{verdict.Program.Name} on {verdict.Kernel}: {verdict.Result.Message}: no {subject} {name} reported");
        }
    }

    [Theory]
    [MemberData(nameof(Objects))]
    public void Of_an_accepted_program_nothing_in_its_code_is_reported_to_break(string sample)
    {
        ObjectDrift drift = Kernels.CompareWithVerdicts(sample);
        var accepted = drift.Verdicts.Where(v => v.Result.Verdict == Verdict.Accepted).Select(v => (v.Program.Name, v.Kernel)).ToHashSet();
        foreach (DriftItem item in drift.Items)
        {
            foreach (DriftAnswer answer in item.Answers.Where(a => a.Impact == DriftImpact.Breaks))
            {
                IEnumerable<string> programs = answer.Programs.Count > 0 ? answer.Programs : item.Uses.Select(u => u.Program.Name);
                Assert.True(!programs.Any() || programs.Any(p => !accepted.Contains((p, answer.Kernel))),
                    $"{item.Subject} {item.Name} on {answer.Kernel}: {answer.Detail}, yet all of {string.Join(", ", programs)} are accepted");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Objects))]
    public void Relocations_are_invalid_where_the_loader_makes_instructions_invalid(string sample)
    {
        BpfObject opened = Kernels.Open(sample);
        foreach (KernelView kernel in Kernels.All)
        {
            foreach (ObjectProgram program in opened.Programs)
            {
                PrepareResult prepared = opened.Prepare(program.Name, kernel.Profile);
                if (!prepared.Succeeded)
                    continue;
                bool loader = prepared.InvalidInstructions.Values.Any(text => text.Contains("CO-RE", StringComparison.Ordinal));
                bool ours = opened.Requirements.OfType<CoreRequirement>().Any(r => r.Uses.Any(u => u.Program.Name == program.Name) && r.On(kernel.Types).Effect == CoreEffect.Invalid);
                Assert.Equal(loader, ours);
            }
        }
    }

    // Filters decide by more than the program's type; facts name them and do not run them.
    private static bool IsFiltered(string kfunc, string kernel) =>
        Kernels.All.Single(k => k.Name == kernel).Facts.Kfuncs!.Values.Any(sets => sets.Any(set => set.Filter is not null && set.Kfuncs.ContainsKey(kfunc)));

    private static (DriftSubject Subject, string Name)? Missing(DriftVerdict verdict)
    {
        string message = verdict.Result.Message;
        if (UnknownHelper().Match(message) is { Success: true } helper && helper.Groups["name"].Value is not ("unknown" or "bpf_unspec"))
            return (DriftSubject.Helper, helper.Groups["name"].Value);
        if (NoKernelFunction().Match(message) is { Success: true } function)
            return (DriftSubject.Kfunc, function.Groups["name"].Value);
        if (message.Contains("failed to find kernel BTF type ID of '", StringComparison.Ordinal))
            return (DriftSubject.AttachTarget, message.Split('\'')[3]);
        if (message.StartsWith("failed to resolve CO-RE relocation", StringComparison.Ordinal))
            return (DriftSubject.Core, "");
        if (verdict.Result.Verdict == Verdict.Unsupported)
            return message.Contains("program type", StringComparison.Ordinal) ? (DriftSubject.ProgramType, "") : (DriftSubject.MapType, "");
        return null;
    }

    [GeneratedRegex(@"^(unknown func|program of this type cannot use helper) (?<name>\w+)#", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex UnknownHelper();

    [GeneratedRegex(@"^(extern \(func ksym\) '(?<name>\w+)': not found|calling kernel function (?<name>\w+) is not allowed)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex NoKernelFunction();
}
