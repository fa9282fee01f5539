using System.Diagnostics;
using System.Globalization;

namespace BpfVerifier.Parity;

/// <summary>Asks a kernel now instead of reading what it answered once.</summary>
internal static class Oracle
{
    private const int MostLog = 64 << 20;

    /// <summary>Runs tests/Oracle over a corpus as its golden was recorded.</summary>
    /// <returns>Path of the answers in the form of a golden, or empty when the oracle failed; what it said is on standard error.</returns>
    public static string Ask(string kernel, string objects, string golden)
    {
        string answers = Path.Combine(Directory.CreateTempSubdirectory("parity").FullName, "answers.jsonl");
        List<string> arguments = ["--kernel", kernel, "--object", objects, "--out", answers];
        IReadOnlyDictionary<string, string> asked = Golden.Header(golden);
        foreach ((string field, string option) in new[] { ("time_limit", "--time-limit"), ("level2_instructions", "--level2-instructions") })
            if (asked.TryGetValue(field, out string? value))
                arguments.AddRange([option, value]);
        if (asked.GetValueOrDefault("capabilities") == "none")
            arguments.Add("--unprivileged");
        return Run(arguments) ? answers : "";
    }

    /// <summary>A kernel's log of one program, addresses masked; null when the oracle failed.</summary>
    public static string? Log(string kernel, string path, string program, int level, bool unprivileged)
    {
        string folder = Directory.CreateTempSubdirectory("parity").FullName;
        string kind = path.EndsWith(".script", StringComparison.Ordinal) ? "--script" : "--object";
        List<string> arguments = ["--kernel", kernel, kind, path, "--program", program, "--logs", folder, "--max-log", MostLog.ToString(CultureInfo.InvariantCulture)];
        if (unprivileged)
            arguments.Add("--unprivileged");
        string? log = Run(arguments) ? Directory.GetFiles(folder, $"*.l{level}.log", SearchOption.AllDirectories).FirstOrDefault() : null;
        return log is null ? null : File.ReadAllText(log);
    }

    private static bool Run(IEnumerable<string> arguments)
    {
        string[] command = ["run", "--project", Path.Combine(Corpus.Root, "tests", "Oracle"), "-c", "Release", "--", "ask", "--quiet"];
        using Process? oracle = Process.Start(new ProcessStartInfo("dotnet", command.Concat(arguments)));
        oracle?.WaitForExit();
        return oracle?.ExitCode == 0;
    }
}
