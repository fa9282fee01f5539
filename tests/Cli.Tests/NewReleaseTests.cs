using System.Diagnostics;
using BpfVerifier.Cli.NewRelease;
using BpfVerifier.HeaderIngest;
using Xunit;

namespace BpfVerifier.Cli.Tests;

public sealed class NewReleaseTests : IDisposable
{
    private const string Release = "6.1";

    private readonly string _folder = Directory.CreateTempSubdirectory("new-release").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>The facts of a release that is known, in a folder outside the repository: what is written builds, and answers.</summary>
    [Fact]
    public void WhatIsWrittenBuildsAndAnswers()
    {
        string known = Path.Combine(Path.GetDirectoryName(Tool.Samples)!, "kernel-headers", Release), project = Path.Combine(_folder, "6.1-acme"), verifiers = Path.Combine(_folder, "verifiers");
        Dictionary<string, byte[]> files = new[] { "abi.json", "symbols.br", "vmlinux.btf.br" }.ToDictionary(name => name, name => File.ReadAllBytes(Path.Combine(known, name)));
        files.Add("6.1-acme.csproj", System.Text.Encoding.UTF8.GetBytes(NewReleaseCommand.Project("6.1-acme", Release)));
        ReleaseSdk.AddTo(files);
        FolderWriter.Replace(project, files);

        using Process build = Process.Start(new ProcessStartInfo("dotnet", ["build", project, "-c", "Release", "-o", verifiers, "-nologo", "-p:UseSharedCompilation=false", "-nodeReuse:false"]) { RedirectStandardOutput = true })!;
        string said = build.StandardOutput.ReadToEnd();
        build.WaitForExit();
        Assert.True(build.ExitCode == 0 && said.Contains("0 Warning(s)", StringComparison.Ordinal), said);

        string sample = Path.Combine(Tool.Samples, "map", "ring_buffer.bpf.o");
        string[] ask = ["verify", sample, "--kernel", Release, "--output", "json", "--log-level", "2"];
        (int code, string output, string error) = Tool.Run([.. ask, "--verifiers", verifiers]);
        (int ownCode, string own, _) = Tool.Run(ask);
        Assert.Equal((ownCode, ""), (code, error));
        Assert.Equal(Lines(own), Lines(output));

        static IEnumerable<string> Lines(string json) => json.Split('\n').Where(line => !line.Contains("duration", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("6.12 acme", "cannot be the name")]
    [InlineData("../acme", "cannot be the name")]
    [InlineData("6.12-acme", "not a Linux boot image")]
    public void NothingIsWrittenWhenItFails(string name, string says)
    {
        string image = Path.Combine(_folder, "vmlinuz"), output = Path.Combine(_folder, "out");
        File.WriteAllBytes(image, new byte[100]);
        (int code, _, string error) = Tool.Run("new-release", "--image", image, "--name", name, "--output", output);
        Assert.Equal(2, code);
        Assert.Contains(says, error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(output));
    }

    [Fact]
    public void AMissingImageIsSaid()
    {
        (int code, _, string error) = Tool.Run("new-release", "--image", Path.Combine(_folder, "none"), "--name", "x");
        Assert.Equal(2, code);
        Assert.Contains("cannot read", error, StringComparison.Ordinal);
    }
}
