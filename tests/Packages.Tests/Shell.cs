using System.Diagnostics;

namespace BpfVerifier.Packages.Tests;

/// <summary>Runs a shell script as a stranger would, away from this repository's own settings.</summary>
internal static class Shell
{
    /// <summary>Standard output and error together, and the exit code.</summary>
    public static (int ExitCode, string Output) Run(string folder, string script, IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo("bash") { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardInput = true };
        start.ArgumentList.Add("-s");
        foreach (string inherited in start.Environment.Keys.Where(k => k.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToList())
            start.Environment.Remove(inherited);
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;
        using Process process = Process.Start(start)!;
        process.StandardInput.Write("exec 2>&1\n" + script);
        process.StandardInput.Close();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output);
    }
}
