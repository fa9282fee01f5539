using System.Diagnostics;

namespace BpfVerifier.Oracle;

/// <summary>Runs the programs the oracle is built on: apt, dpkg, gcc, zstd, xz, lz4.</summary>
internal static class Tool
{
    /// <summary>Runs a program to its end and returns what it printed; fails with its error output.</summary>
    public static string Run(string program, IEnumerable<string> arguments, string? workingDirectory = null)
    {
        using Process process = Start(program, arguments, workingDirectory);
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new OracleException($"{program} ended with {process.ExitCode}: {error.Result.Trim()}");
        return output;
    }

    /// <summary>Sends <paramref name="input"/> through a program and returns what comes out.</summary>
    public static byte[] Filter(string program, IEnumerable<string> arguments, ReadOnlyMemory<byte> input)
    {
        using Process process = Start(program, arguments, null, redirectInput: true);
        Task<string> error = process.StandardError.ReadToEndAsync();
        Task feed = Task.Run(async () =>
        {
            try
            {
                await process.StandardInput.BaseStream.WriteAsync(input).ConfigureAwait(false);
                process.StandardInput.Close();
            }
            catch (IOException)
            {
                // the program ended early; its exit code tells
            }
        });
        using MemoryStream output = new();
        process.StandardOutput.BaseStream.CopyTo(output);
        feed.Wait();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new OracleException($"{program} ended with {process.ExitCode}: {error.Result.Trim()}");
        return output.ToArray();
    }

    private static Process Start(string program, IEnumerable<string> arguments, string? workingDirectory, bool redirectInput = false)
    {
        ProcessStartInfo start = new(program)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = redirectInput,
            WorkingDirectory = workingDirectory ?? "",
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
