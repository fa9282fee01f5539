// Verifies all samples on every release, several rounds in one process: the first round compiles and loads types, the
// later ones show what verification itself costs. Prints CPU seconds (user and system) a round, and the peak memory.
using System.Diagnostics;
using System.Globalization;
using BpfVerifier;
using BpfVerifier.Host;
using BpfVerifier.Objects;

string samples = args.Length > 0 ? args[0] : "samples";
int rounds = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 5;
string[] paths = [.. Directory.EnumerateFiles(samples, "*.o", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
var host = new VerifierHost();
using Process self = Process.GetCurrentProcess();
TimeSpan before = TimeSpan.Zero;
for (int round = 1; round <= rounds; round++)
{
    int verdicts = 0;
    Parallel.ForEach(paths, path =>
    {
        BpfObject opened = BpfObject.Open(path, ObjectOptions.Veristat);
        foreach (KernelRelease release in host.Releases)
        {
            if (!host.TryGet(release, out IVerifier? verifier))
                continue;
            foreach (ObjectProgram program in opened.Programs)
            {
                if (opened.Prepare(program.Name, verifier.DefaultProfile) is { Succeeded: true } prepared)
                    verifier.Verify(prepared.Program, verifier.DefaultProfile, VerifierOptions.Default);
                Interlocked.Increment(ref verdicts);
            }
        }
    });
    self.Refresh();
    TimeSpan now = self.TotalProcessorTime;
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"round {round}: {paths.Length} objects, {host.Releases.Count} kernels, {verdicts} verdicts, {(now - before).TotalSeconds:0.00} s of CPU"));
    before = now;
}
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"peak memory {self.PeakWorkingSet64 >> 20} MiB"));
