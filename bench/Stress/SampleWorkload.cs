using BpfVerifier.Host;
using BpfVerifier.Objects;

namespace BpfVerifier.Bench.Stress;

/// <summary>Programs of the samples with the answers of a build that was never replaced.</summary>
internal sealed class SampleWorkload : IWorkload
{
    private static readonly VerifierOptions s_logged = new() { LogLevel = 2 };

    private readonly List<(BpfObject Object, string Program, string Expected)> _questions = [];

    public SampleWorkload(VerifierHost host, KernelRelease release)
    {
        if (host.TryAcquire(release, out VerifierLease? lease) is { } refusal)
            throw new InvalidOperationException(refusal.Message);
        using (lease)
            foreach (string path in Directory.EnumerateFiles("samples", "*.bpf.o", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            {
                BpfObject opened = BpfObject.Open(path, ObjectOptions.Veristat);
                foreach (ObjectProgram program in opened.Programs)
                    _questions.Add((opened, program.Name, Ask(opened, program.Name, lease!.Verifier)));
            }
        Title = FormattableString.Invariant($"Linux {release}, {_questions.Count} programs");
    }

    public string Title { get; }

    /// <summary>From preparing the program for the build's types to its log.</summary>
    public bool Ask(long number, IVerifier verifier, Guid? build)
    {
        (BpfObject opened, string program, string expected) = _questions[(int)(number % _questions.Count)];
        return Ask(opened, program, verifier) == expected && (build is null || verifier.GetType().Module.ModuleVersionId == build);
    }

    /// <summary>All that is said of a program but the time it took.</summary>
    private static string Ask(BpfObject opened, string program, IVerifier verifier)
    {
        KernelProfile profile = verifier.DefaultProfile;
        PrepareResult prepared = opened.Prepare(program, profile);
        if (!prepared.Succeeded)
            return prepared.Failure.ToString();
        VerificationResult result = prepared.Improve(verifier.Verify(prepared.Program, profile, s_logged));
        return $"{result.Verdict} {result.Errno} {result.Message} {result.Statistics with { Duration = TimeSpan.Zero }} {WithoutTime(result.Log)}";
    }

    private static string WithoutTime(string log)
    {
        int at = log.LastIndexOf("verification time ", StringComparison.Ordinal);
        int end = at < 0 ? -1 : log.IndexOf('\n', at);
        return end < 0 ? log : log.Remove(at, end - at);
    }
}
