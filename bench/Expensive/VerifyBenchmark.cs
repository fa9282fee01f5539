using BenchmarkDotNet.Attributes;
using BpfVerifier.Host;
using BpfVerifier.Objects;

namespace BpfVerifier.Bench;

/// <summary>One verification with the 6.18 verifier, no log, the object opened and prepared before.</summary>
[MemoryDiagnoser(displayGenColumns: false)]
public class VerifyBenchmark
{
    /// <summary>Ten programs a corpus.</summary>
    public const int Count = 10;

    private IVerifier _verifier = null!;
    private BpfProgram _program = null!;

    public static IEnumerable<Subject> Subjects => new[] { "debian", "selftests-6.12" }.SelectMany(corpus => Subject.MostExpensive(corpus, Count));

    [ParamsSource(nameof(Subjects))]
    public Subject Program { get; set; } = null!;

    [GlobalSetup]
    public void Prepare()
    {
        if (!new VerifierHost().TryGet(new KernelRelease(6, 18), out IVerifier? verifier))
            throw new InvalidOperationException("there is no 6.18 verifier beside the benchmark");
        _verifier = verifier;
        BpfObject opened = BpfObject.Open(Program.Path, ObjectOptions.Veristat);
        PrepareResult prepared = opened.Prepare(Program.Program, verifier.DefaultProfile);
        _program = prepared.Program ?? throw new InvalidOperationException(prepared.Failure?.Message);
    }

    /// <summary>Verifies the program.</summary>
    [Benchmark]
    public VerificationResult Verify() => _verifier.Verify(_program, _verifier.DefaultProfile, VerifierOptions.Default);
}
