using System.Diagnostics;
using System.Text;

namespace BpfVerifier.Oracle;

/// <summary>Runs compilers and the like.</summary>
internal static class Tool
{
    /// <summary>Runs a program to its end, in the folder given and with that input, and returns what it printed; fails with its error output.</summary>
    public static string Run(string program, IEnumerable<string> arguments, string folder = "", string input = "")
    {
        using Process process = Start(program, arguments, folder);
        Task<string> error = process.StandardError.ReadToEndAsync();
        Task writing = Task.Run(() => Write(process, input));
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        writing.GetAwaiter().GetResult();
        if (process.ExitCode != 0)
            throw new OracleException($"{program} ended with {process.ExitCode}: {error.Result.Trim()}");
        return output;
    }

    private static void Write(Process process, string input)
    {
        try
        {
            process.StandardInput.Write(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading; its exit code says what to think of that.
        }
    }

    private static Process Start(string program, IEnumerable<string> arguments, string folder)
    {
        ProcessStartInfo start = new(program)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            StandardInputEncoding = Encoding.Latin1,
            StandardOutputEncoding = Encoding.Latin1,
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
