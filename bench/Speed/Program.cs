using System.Diagnostics;
using System.Globalization;
using BpfVerifier;
using BpfVerifier.Bench.Speed;
using BpfVerifier.Host;

// "generator": how long the generator takes for each release, warm. "verdict": from nothing loaded to a first verdict, a process a release.
switch (args)
{
    case ["generator", var headers]:
        GeneratorSpeed.Print(headers);
        return 0;
    case ["verdict"]:
        foreach (KernelRelease release in new VerifierHost().Releases)
        {
            var start = new ProcessStartInfo("dotnet") { ArgumentList = { Environment.GetCommandLineArgs()[0], "verdict", release.ToString() } };
            using Process one = Process.Start(start)!;
            one.WaitForExit();
        }
        return 0;
    case ["verdict", var name] when KernelRelease.TryParse(name, out KernelRelease release):
        return FirstVerdict(release);
    default:
        Console.Error.WriteLine("bench-speed generator HEADERS | verdict");
        return 2;
}

static int FirstVerdict(KernelRelease release)
{
    // mov r0, 0; exit
    var program = new BpfProgram { Name = "pass", Type = ProgramType.Xdp, License = "GPL", Instructions = Convert.FromHexString("b7000000000000009500000000000000") };
    var clock = Stopwatch.StartNew();
    using var host = new VerifierHost();
    LoadResult loaded = host.Load(release);
    TimeSpan load = clock.Elapsed;
    if (loaded.Verifier is not { } verifier)
    {
        Console.Error.WriteLine(loaded.Refusal?.Message);
        return 1;
    }
    VerificationResult result = verifier.Verify(program, verifier.DefaultProfile, VerifierOptions.Default);
    TimeSpan first = clock.Elapsed;
    result = verifier.Verify(program, verifier.DefaultProfile, VerifierOptions.Default);
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{release}: loaded in {load.TotalMilliseconds:F0} ms, first verdict {(first - load).TotalMilliseconds:F0} ms after that ({result.Verdict}), the next in {(clock.Elapsed - first).TotalMilliseconds:F2} ms"));
    return 0;
}
