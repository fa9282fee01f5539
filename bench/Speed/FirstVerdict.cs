using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Runtime.Loader;

namespace BpfVerifier.Bench.Speed;

/// <summary>From a release assembly to its first verdict, which unpacks the kernel's types and compiles the verifier.</summary>
internal static class FirstVerdict
{
    private const int Runs = 5;

    /// <summary>Medians over processes that each do nothing else.</summary>
    public static string Of(KernelRelease release)
    {
        string file = Path.Combine(AppContext.BaseDirectory, $"BpfVerifier.Linux.{release}.dll");
        var runs = new List<double[]>();
        for (int i = 0; i < Runs; i++)
        {
            var start = new ProcessStartInfo("dotnet") { ArgumentList = { Environment.GetCommandLineArgs()[0], "verdict", file }, RedirectStandardOutput = true };
            using Process one = Process.Start(start)!;
            runs.Add([.. one.StandardOutput.ReadToEnd().Split(' ').Select(ms => double.Parse(ms, CultureInfo.InvariantCulture))]);
            one.WaitForExit();
        }
        double Median(int column) => runs.Select(run => run[column]).Order().ElementAt(Runs / 2);
        return string.Create(CultureInfo.InvariantCulture,
            $"{release}: loaded in {Median(0):F0} ms, first verdict {Median(1):F0} ms after that (best {runs.Min(run => run[1]):F0}), the next in {Median(2):F2} ms");
    }

    /// <summary>Milliseconds to load, from then to the first verdict, and for a second one.</summary>
    public static double[] Measure(string file)
    {
        // mov r0, 0; exit
        var program = new BpfProgram { Name = "pass", Type = ProgramType.Xdp, License = "GPL", Instructions = Convert.FromHexString("b7000000000000009500000000000000") };
        var clock = Stopwatch.StartNew();
        Assembly assembly = AssemblyLoadContext.Default.LoadFromAssemblyPath(file);
        TimeSpan loaded = clock.Elapsed;
        var verifier = (IVerifier)Activator.CreateInstance(assembly.GetCustomAttribute<VerifierReleaseAttribute>()!.Verifier)!;
        Verify();
        TimeSpan first = clock.Elapsed;
        Verify();
        return [loaded.TotalMilliseconds, (first - loaded).TotalMilliseconds, (clock.Elapsed - first).TotalMilliseconds];

        void Verify()
        {
            if (verifier.Verify(program, verifier.DefaultProfile, VerifierOptions.Default).Verdict != Verdict.Accepted)
                throw new InvalidOperationException($"{file}: the smallest program is not accepted");
        }
    }
}
