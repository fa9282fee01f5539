using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using BpfVerifier.Boundary.DataSet;

namespace BpfVerifier.Boundary.Git;

/// <summary>
/// The git program, asked about one repository. The repository may be anyone's: no shell, no pager, no program that its
/// configuration names, no network, no variable of ours that would point git elsewhere.
/// </summary>
/// <param name="executable">Its full path.</param>
/// <param name="directory">Where it runs.</param>
/// <param name="gitDirectory">The repository; null to let git look for it from <paramref name="directory"/> upwards.</param>
/// <param name="cancellation">Ends the program that is running.</param>
internal sealed class GitProgram(string executable, string directory, string? gitDirectory, CancellationToken cancellation)
{
    private const int MostErrorBytes = 1 << 16;

    // Configuration that would change what is printed, or run something.
    private static readonly string[] Settings =
    [
        "core.fsmonitor=false", "core.quotePath=false", "core.hooksPath=/dev/null", "log.showSignature=false",
        "log.showRoot=true", "log.follow=false", "log.mailmap=false", "protocol.allow=never",
    ];

    /// <summary>Looks for the program in the folders of PATH, and nowhere else: not in the current folder, which may be the repository.</summary>
    /// <param name="path">The variable's value.</param>
    /// <returns>Its full path, null when it is not there.</returns>
    public static string? Find(string? path)
    {
        string name = OperatingSystem.IsWindows() ? "git.exe" : "git";
        return (path ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Where(Path.IsPathRooted)
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);
    }

    /// <summary>Where it runs.</summary>
    public string Directory => directory;

    /// <summary>The same program for a repository that was found.</summary>
    public GitProgram In(string repository) => new(executable, repository, repository, cancellation);

    /// <summary>Runs a command that prints a line.</summary>
    /// <param name="arguments">The command and its arguments.</param>
    /// <param name="line">What it printed, without the line's end; on failure what it said about that.</param>
    /// <returns>It ended well.</returns>
    public bool TryLine(IEnumerable<string> arguments, out string line)
    {
        var output = new StringBuilder();
        bool well = Run(arguments, null, '\n', token => output.Append(output.Length == 0 ? "" : "\n").Append(Encoding.UTF8.GetString(token)), out string error);
        line = well ? output.ToString() : error;
        return well;
    }

    /// <summary>Runs a command and hands on what it prints, piece by piece.</summary>
    /// <param name="arguments">The command and its arguments.</param>
    /// <param name="input">Lines for its standard input.</param>
    /// <param name="separator">What ends a piece.</param>
    /// <param name="piece">Takes a piece without what ended it.</param>
    /// <exception cref="InputException">It failed, or printed more than is sensible.</exception>
    public void Read(IEnumerable<string> arguments, IEnumerable<string>? input, char separator, PieceReader.Taker piece)
    {
        if (!Run(arguments, input, separator, piece, out string error))
            throw new InputException($"git {arguments.First()} failed: {error}");
    }

    private bool Run(IEnumerable<string> arguments, IEnumerable<string>? input, char separator, PieceReader.Taker piece, out string error)
    {
        using Process process = Start(arguments, input is not null);
        using CancellationTokenRegistration ending = cancellation.Register(() => End(process));
        try
        {
            Task<string> errors = Task.Run(() => ReadErrors(process.StandardError.BaseStream));
            // Written beside the reading: git prints while it still reads, and either pipe can fill up.
            Task writing = Task.Run(() => Write(process, input));
            PieceReader.Read(process.StandardOutput.BaseStream, (byte)separator, piece);
            process.WaitForExit();
            writing.Wait(CancellationToken.None);
            cancellation.ThrowIfCancellationRequested();
            error = process.ExitCode == 0 ? "" : Words(errors.Result, process.ExitCode);
            return process.ExitCode == 0;
        }
        finally
        {
            End(process);
        }
    }

    private Process Start(IEnumerable<string> arguments, bool hasInput)
    {
        var start = new ProcessStartInfo(executable)
        {
            UseShellExecute = false,
            CreateNoWindow = true,
            WorkingDirectory = directory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string variable in start.Environment.Keys.Where(key => key.StartsWith("GIT_", StringComparison.Ordinal)).ToArray())
            start.Environment.Remove(variable);
        start.Environment["LC_ALL"] = "C";
        start.Environment["GIT_TERMINAL_PROMPT"] = "0";
        start.Environment["GIT_OPTIONAL_LOCKS"] = "0";
        start.Environment["GIT_NO_REPLACE_OBJECTS"] = "1";
        // A partial clone fetches what it lacks, with programs of its own choice.
        start.Environment["GIT_NO_LAZY_FETCH"] = "1";
        start.Environment["GIT_ALLOW_PROTOCOL"] = "none";
        start.ArgumentList.Add("--no-pager");
        start.ArgumentList.Add("--literal-pathspecs");
        if (gitDirectory is not null)
            start.ArgumentList.Add($"--git-dir={gitDirectory}");
        foreach (string setting in Settings)
        {
            start.ArgumentList.Add("-c");
            start.ArgumentList.Add(setting);
        }
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        try
        {
            Process process = Process.Start(start)!;
            if (!hasInput)
                process.StandardInput.Close();
            return process;
        }
        catch (Exception e) when (e is Win32Exception or IOException or InvalidOperationException)
        {
            throw new InputException($"git cannot be started ({executable}): {e.Message}");
        }
    }

    private static void Write(Process process, IEnumerable<string>? input)
    {
        if (input is null)
            return;
        try
        {
            using StreamWriter to = process.StandardInput;
            to.NewLine = "\n";
            foreach (string line in input)
                to.WriteLine(line);
        }
        catch (IOException)
        {
            // It ended before it had read everything; its exit code says why.
        }
    }

    private static string ReadErrors(Stream stream)
    {
        byte[] kept = new byte[MostErrorBytes];
        byte[] rest = new byte[4096];
        int length = 0;
        for (int count; (count = length < kept.Length ? stream.Read(kept, length, kept.Length - length) : stream.Read(rest)) > 0;)
            length = Math.Min(kept.Length, length + count);
        return Encoding.UTF8.GetString(kept, 0, length);
    }

    private static string Words(string errors, int code)
    {
        string[] lines = errors.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        string line = lines.FirstOrDefault(l => l.StartsWith("fatal:", StringComparison.Ordinal) || l.StartsWith("error:", StringComparison.Ordinal)) ?? lines.FirstOrDefault() ?? "";
        return line.Length == 0 ? string.Create(CultureInfo.InvariantCulture, $"exit code {code}") : JsonCursor.Short(line);
    }

    private static void End(Process process)
    {
        try
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception)
        {
            // It ended by itself in between.
        }
    }
}
