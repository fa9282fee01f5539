using System.Diagnostics;

namespace BpfVerifier.Oracle;

/// <summary>Runs compilers and the like.</summary>
internal static class Tool
{
    /// <summary>Runs a program to its end, in the folder given, and returns what it printed; fails with its error output.</summary>
    public static string Run(string program, IEnumerable<string> arguments, string folder = "")
    {
        using Process process = Start(program, arguments, folder);
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new OracleException($"{program} ended with {process.ExitCode}: {error.Result.Trim()}");
        return output;
    }

    private static Process Start(string program, IEnumerable<string> arguments, string folder)
    {
        ProcessStartInfo start = new(program)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        start.Environment["LC_ALL"] = "C";
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        try
        {
            return Process.Start(start) ?? throw new OracleException($"{program} did not start");
        }
        catch (System.ComponentModel.Win32Exception)
        {
            throw new OracleException($"{program} is needed and was not found");
        }
    }
}
