using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace BpfVerifier.Bench;

/// <summary>The kernel's own <c>verification time</c>, asked through the oracle of the kernel this machine runs.</summary>
internal static class KernelTimes
{
    /// <summary>Microseconds, the median of several loads of each program; programs the host's kernel does not accept are missing.</summary>
    public static Dictionary<Subject, double> Medians(IReadOnlyList<Subject> subjects, int loads)
    {
        var times = new Dictionary<Subject, List<double>>();
        for (int i = 0; i < loads; i++)
            Ask(subjects, times);
        return times.ToDictionary(t => t.Key, t => t.Value.Order().ElementAt(t.Value.Count / 2));
    }

    private static void Ask(IReadOnlyList<Subject> subjects, Dictionary<Subject, List<double>> times)
    {
        string answers = Path.GetTempFileName();
        List<string> arguments = ["run", "--project", Path.Combine(Repository.Root, "tests", "Oracle"), "-c", "Release", "--", "ask", "--quiet", "--kernel", "host"];
        foreach (string path in subjects.Select(s => s.Path).Distinct())
            arguments.AddRange(["--object", path]);
        arguments.AddRange(["--out", answers, "--level2-instructions", "0"]);
        using (Process? oracle = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardError = true }))
        {
            string error = oracle?.StandardError.ReadToEnd() ?? "";
            oracle?.WaitForExit();
            if (oracle?.ExitCode != 0)
                throw new InvalidOperationException("the oracle failed: " + error.Trim());
        }
        foreach (string line in File.ReadLines(answers).Skip(1))
        {
            using JsonDocument document = JsonDocument.Parse(line);
            JsonElement answer = document.RootElement;
            string file = Path.GetFileName(answer.GetProperty("object").GetString()!), program = answer.GetProperty("program").GetString()!;
            Subject? subject = subjects.FirstOrDefault(s => s.Program == program && Path.GetFileName(s.Path) == file);
            if (subject is null || answer.GetProperty("verdict").GetString() != "success" || !answer.TryGetProperty("usec", out JsonElement time))
                continue;
            if (!times.TryGetValue(subject, out List<double>? known))
                times.Add(subject, known = []);
            known.Add(time.GetDouble());
        }
        File.Delete(answers);
    }

    public static string Text(double? microseconds) => microseconds is { } time ? (time / 1000).ToString("0.0", CultureInfo.InvariantCulture) : "–";
}
