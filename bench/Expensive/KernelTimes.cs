using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace BpfVerifier.Bench;

/// <summary>The kernel's own <c>verification time</c>, asked through the oracle of the kernel this machine runs.</summary>
internal static class KernelTimes
{
    /// <summary>Microseconds, the median of several loads; null where the host's kernel does not accept the program.</summary>
    public static double? Median(Subject subject, int loads)
    {
        var times = new List<double>();
        for (int i = 0; i < loads; i++)
        {
            string answers = Path.GetTempFileName();
            string[] arguments =
            [
                "run", "--project", Path.Combine(Repository.Root, "tests", "Oracle"), "-c", "Release", "--", "ask", "--quiet", "--kernel", "host",
                "--object", subject.Path, "--program", subject.Program, "--out", answers, "--level2-instructions", "0",
            ];
            using (Process? oracle = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardError = true }))
            {
                string error = oracle?.StandardError.ReadToEnd() ?? "";
                oracle?.WaitForExit();
                if (oracle?.ExitCode != 0)
                    throw new InvalidOperationException("the oracle failed: " + error.Trim());
            }
            foreach (string line in File.ReadLines(answers).Skip(1))
            {
                using JsonDocument answer = JsonDocument.Parse(line);
                if (answer.RootElement.GetProperty("verdict").GetString() == "success" && answer.RootElement.TryGetProperty("usec", out JsonElement time))
                    times.Add(time.GetDouble());
            }
            File.Delete(answers);
        }
        times.Sort();
        return times.Count == 0 ? null : times[times.Count / 2];
    }

    public static string Text(double? microseconds) => microseconds is { } time ? (time / 1000).ToString("0.0", CultureInfo.InvariantCulture) : "–";
}
