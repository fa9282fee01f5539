// The most expensive programs of debian and selftests-6.12: our time beside the verification time of the kernel this
// machine runs, in the same run. Needs the corpora in the cache and root (tests/Oracle asks the kernel).
using System.Globalization;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using BpfVerifier;
using BpfVerifier.Bench;
using BpfVerifier.Btf;
using BpfVerifier.Host;

const int Loads = 5;
Subject[] subjects = [.. VerifyBenchmark.Subjects];
if (subjects.FirstOrDefault(s => !File.Exists(s.Path)) is { } missing)
{
    Console.Error.WriteLine($"no {missing.Path}: dotnet run --project tests/Oracle -- corpus {missing.Corpus}");
    return 2;
}
Dictionary<Subject, double> kernel = KernelTimes.Medians(subjects, Loads);

ManualConfig config = ManualConfig.CreateEmpty()
    .AddJob(Job.Default.WithToolchain(InProcessEmitToolchain.Instance).WithInvocationCount(1).WithUnrollFactor(1).WithWarmupCount(3).WithIterationCount(7))
    .AddLogger(NullLogger.Instance)
    .AddColumnProvider(BenchmarkDotNet.Columns.DefaultColumnProviders.Instance)
    .AddDiagnoser(BenchmarkDotNet.Diagnosers.MemoryDiagnoser.Default);
Summary summary = BenchmarkRunner.Run<VerifyBenchmark>(config);

int stateSize = KernelStateSize();
var ratios = new List<double>();
var shares = new List<double>();
Console.WriteLine("| program | processed | kernel ms | ours ms | ratio | allocated bytes an instruction | states | peak KiB | peak / kernel's states |");
Console.WriteLine("|---|---|---|---|---|---|---|---|---|");
foreach (BenchmarkReport report in summary.Reports)
{
    var subject = (Subject)report.BenchmarkCase.Parameters["Program"];
    if (report.ResultStatistics is not { } ours)
    {
        Console.WriteLine($"| {subject} | {subject.Processed} | the benchmark failed | | | | | | |");
        continue;
    }
    double allocated = report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase) ?? 0;
    var alone = new VerifyBenchmark { Program = subject };
    alone.Prepare();
    int states = alone.Verify().HeldStates;
    long peak = PeakMemory.Of(alone.Verify);
    double share = peak / ((double)stateSize * states);
    shares.Add(share);
    double? time = kernel.TryGetValue(subject, out double median) ? median : null;
    double? ratio = ours.Median / 1000 / time;
    if (ratio is { } known)
        ratios.Add(known);
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"| {subject} | {subject.Processed} | {KernelTimes.Text(time)} | {ours.Median / 1e6:0.0} | {ratio:0.00} | {allocated / subject.Processed:0.0} | {states} | {peak / 1024} | {share:0.0} |"));
}
ratios.Sort();
if (ratios.Count > 0)
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"\nmedian ratio {ratios[ratios.Count / 2]:0.00}, worst {ratios[^1]:0.00}, of {ratios.Count}; peak memory at most {shares.Max():0.0} times the kernel's states, of which one of one frame and 64 stack slots counts {stateSize} bytes"));
return 0;

// struct bpf_verifier_state, one bpf_func_state and a full stack, by the sizes in the kernel's own BTF.
static int KernelStateSize()
{
    new VerifierHost().TryGet(new KernelRelease(6, 18), out IVerifier? verifier);
    BtfTypes types = verifier!.DefaultProfile.Types;
    int Size(string name) => types[types.Find(name, BtfKind.Struct)].Size;
    return Size("bpf_verifier_state") + Size("bpf_func_state") + 64 * Size("bpf_stack_state");
}
