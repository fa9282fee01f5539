using System.Diagnostics;

namespace BpfVerifier.Boundary.Tests;

/// <summary>A git repository made for one test, out of sight of the machine's configuration.</summary>
public sealed class TestRepository : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private int time = 1_700_000_000;

    public TestRepository(string name = "repository")
    {
        Path = System.IO.Path.Combine(folder.Path, name);
        Directory.CreateDirectory(Path);
        Git("init", "--quiet", "--initial-branch=main");
        Commit("base", "README");
        Git("tag", "start");
    }

    public string Path { get; }

    /// <summary>A path beside the repository.</summary>
    public string Beside(string name) => System.IO.Path.Combine(folder.Path, name);

    /// <summary>Changes files and commits them.</summary>
    public void Commit(string message, params string[] files)
    {
        foreach (string file in files)
        {
            string path = System.IO.Path.Combine(Path, file);
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
            File.AppendAllText(path, message + "\n");
        }
        Git("add", "--all");
        Git("commit", "--quiet", "--allow-empty", "--allow-empty-message", "--message", message);
    }

    /// <summary>A branch from main with commits, merged with a merge commit.</summary>
    public void Merge(string branch, params (string Message, string[] Files)[] commits)
    {
        Git("checkout", "--quiet", "-b", branch);
        foreach ((string message, string[] files) in commits)
            Commit(message, files);
        Git("checkout", "--quiet", "main");
        Git("merge", "--quiet", "--no-ff", "--message", $"Merge branch '{branch}'", branch);
    }

    public string Git(params string[] arguments)
    {
        var start = new ProcessStartInfo("git") { WorkingDirectory = Path, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        foreach (string variable in start.Environment.Keys.Where(key => key.StartsWith("GIT_", StringComparison.Ordinal)).ToArray())
            start.Environment.Remove(variable);
        start.Environment["GIT_CONFIG_GLOBAL"] = "/dev/null";
        start.Environment["GIT_CONFIG_SYSTEM"] = "/dev/null";
        foreach (string who in (string[])["AUTHOR", "COMMITTER"])
        {
            start.Environment[$"GIT_{who}_NAME"] = "Tester";
            start.Environment[$"GIT_{who}_EMAIL"] = "tester@example.org";
            start.Environment[$"GIT_{who}_DATE"] = $"{++time} +0000";
        }
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output.Trim() : throw new InvalidOperationException($"git {string.Join(' ', arguments)}: {error.Result}");
    }

    public void Dispose()
    {
        // Git makes its objects read-only, which a system other than Linux does not delete.
        foreach (string file in Directory.EnumerateFiles(Path, "*", SearchOption.AllDirectories))
            File.SetAttributes(file, FileAttributes.Normal);
        folder.Dispose();
    }
}
