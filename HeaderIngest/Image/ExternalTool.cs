using System.ComponentModel;
using System.Diagnostics;

namespace BpfVerifier.HeaderIngest.Image;

/// <summary>Debian's own programs, for formats the BCL lacks and for packages.</summary>
public static class ExternalTool
{
    /// <summary>Sends <paramref name="input"/> through a program and gives what it printed.</summary>
    /// <param name="program">For instance <c>zstd</c>.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="input">What it reads.</param>
    /// <param name="name">What the input is, for messages.</param>
    /// <param name="limit">Most bytes taken; a program that prints more is stopped.</param>
    public static byte[] Filter(string program, IEnumerable<string> arguments, ReadOnlyMemory<byte> input, string name, int limit)
    {
        using Process process = Start(program, arguments, redirectInput: true);
        Task<string> errors = process.StandardError.ReadToEndAsync();
        Task feed = Task.Run(() =>
        {
            try
            {
                using Stream stdin = process.StandardInput.BaseStream;
                stdin.Write(input.Span);
            }
            catch (IOException)
            {
                // The program ended early; its exit code and message say why.
            }
        });
        byte[] output = new byte[limit];
        int got = process.StandardOutput.BaseStream.ReadAtLeast(output, limit, throwOnEndOfStream: false);
        if (got == limit && process.StandardOutput.BaseStream.ReadByte() >= 0)
        {
            process.Kill();
            throw new IngestException($"{name}: {program} gave more than the {limit} bytes expected");
        }
        process.WaitForExit();
        feed.Wait();
        return process.ExitCode == 0
            ? output[..got]
            : throw new IngestException($"{name}: {program} cannot decompress it: {FirstLine(errors.Result)}");
    }

    /// <summary>Runs a program to its end.</summary>
    /// <returns>Exit code, standard output, standard error.</returns>
    public static (int ExitCode, string Output, string Error) Run(string program, IEnumerable<string> arguments, string? directory = null)
    {
        using Process process = Start(program, arguments, redirectInput: false, directory);
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, errors.Result);
    }

    /// <summary>Runs a program and hands its output to <paramref name="take"/>, which may leave some unread.</summary>
    public static void Read(string program, IEnumerable<string> arguments, Action<Stream> take)
    {
        using Process process = Start(program, arguments, redirectInput: false);
        Task<string> errors = process.StandardError.ReadToEndAsync();
        using Stream output = process.StandardOutput.BaseStream;
        try
        {
            take(output);
            output.CopyTo(Stream.Null);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or FormatException)
        {
            throw new IngestException($"{program} gave no readable archive: {FirstLine(errors.Result)}", e);
        }
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new IngestException($"{program} {string.Join(' ', arguments)}: {FirstLine(errors.Result)}");
    }

    private static Process Start(string program, IEnumerable<string> arguments, bool redirectInput, string? directory = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = redirectInput,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = directory ?? "",
        };
        // Messages and sort orders of the C locale, whatever the user's is.
        start.Environment["LC_ALL"] = "C";
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new IngestException($"the program '{program}' is needed and cannot be started: {e.Message}", e);
        }
    }

    private static string FirstLine(string text)
    {
        string trimmed = text.Trim();
        int end = trimmed.IndexOf('\n', StringComparison.Ordinal);
        return trimmed.Length == 0 ? "no message" : end < 0 ? trimmed : trimmed[..end];
    }
}
