namespace BpfVerifier.Packages.Tests;

/// <summary>Runs where the image of Debian's real-time kernel is at hand, which the ordinary test command does not ask for.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NeedsRealTimeImageFactAttribute : FactAttribute
{
    public const string Variable = "BPFVERIFIER_RT_IMAGE";

    /// <summary>The file, or null.</summary>
    public static string? Image => Environment.GetEnvironmentVariable(Variable) is { } path && File.Exists(path) ? path : null;

    public NeedsRealTimeImageFactAttribute()
    {
        if (Image is null)
            Skip = $"{Variable} names no file: vmlinuz of linux-image-6.12.111+deb12-rt-amd64-unsigned";
    }
}

/// <summary>docs/new-release.md, command by command, in an empty folder: a release assembly for a kernel nobody ingested.</summary>
public sealed class NewReleaseTests
{
    [NeedsRealTimeImageFact]
    public void Commands_print_what_the_page_says()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("bpfverifier-new-release-"), tools = Directory.CreateTempSubdirectory("bpfverifier-tool-");
        try
        {
            File.CreateSymbolicLink(Path.Combine(folder.FullName, "vmlinuz-6.12.111+deb12-rt-amd64"), NeedsRealTimeImageFactAttribute.Image!);
            File.Copy(Repository.Path("samples", "subprogram", "asynchronous_callbacks.bpf.o"), Path.Combine(folder.FullName, "asynchronous_callbacks.bpf.o"));
            // The tool as it was built, under the name it is installed by.
            string tool = Path.Combine(tools.FullName, "bpfverifier");
            File.WriteAllText(tool, $"#!/bin/sh\nexec dotnet '{Repository.Path("Verifier.Cli", "bin", Repository.Configuration, "net10.0", "bpfverifier.dll")}' \"$@\"\n");
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(tool, UnixFileMode.UserRead | UnixFileMode.UserExecute);
            string cache = Environment.GetEnvironmentVariable(NeedsCacheFactAttribute.Variable) ?? "";
            Transcript.Read(Repository.Path("docs", "new-release.md")).Run(folder.FullName, new Dictionary<string, string>
            {
                ["PATH"] = $"{tools.FullName}:{Environment.GetEnvironmentVariable("PATH")}",
                // Where the emulator lies that is not installed.
                ["LD_LIBRARY_PATH"] = Path.Combine(cache, "unicorn"),
                ["DOTNET_CLI_UI_LANGUAGE"] = "en",
                ["MSBUILDDISABLENODEREUSE"] = "1",
                ["UseSharedCompilation"] = "false",
            });
        }
        finally
        {
            folder.Delete(recursive: true);
            tools.Delete(recursive: true);
        }
    }
}
