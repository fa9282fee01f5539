using System.Diagnostics;
using System.Text;
using BpfVerifier.Cli.NewRelease;
using BpfVerifier.Facts;
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
        string verifiers = Build(["abi.json", "symbols.br", "vmlinux.btf.br"], facts => facts);
        string sample = Path.Combine(Tool.Samples, "map", "ring_buffer.bpf.o");
        string[] ask = ["verify", sample, "--kernel", Release, "--output", "json", "--log-level", "2"];
        (int code, string output, string error) = Tool.Run([.. ask, "--verifiers", verifiers]);
        (int ownCode, string own, _) = Tool.Run(ask);
        Assert.Equal((ownCode, ""), (code, error));
        Assert.Equal(Lines(own), Lines(output));

        static IEnumerable<string> Lines(string json) => json.Split('\n').Where(line => !line.Contains("duration", StringComparison.Ordinal));
    }

    /// <summary>The same release as if its image had not been read: no verdict is guessed, and what types tell is compared.</summary>
    [Fact]
    public void WithoutAnImageNothingIsGuessed()
    {
        string verifiers = Build(["abi.json", "vmlinux.btf.br"], facts => facts with
        {
            Protos = null, ProgramTypes = null, Kfuncs = null, KfuncPrototypes = null, StructOps = null, Gates = null, BtfSets = null, ModifyReturn = null, RawTracepointNullArgs = null, RawTracepoints = null,
        });
        string sample = Path.Combine(Tool.Samples, "map", "ring_buffer.bpf.o");
        (_, string output, string error) = Tool.Run("verify", sample, "--kernel", Release, "--output", "csv", "--verifiers", verifiers);
        Assert.Equal("", error);
        string[] verdicts = output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[1..];
        Assert.NotEmpty(verdicts);
        Assert.All(verdicts, line => Assert.Contains($",{Release},not_implemented,,\"the facts of Linux 6.1 were read without the kernel's image, so no verdict is sure; unknown: btfSets, gates, kfuncs,", line, StringComparison.Ordinal));

        (int code, string drift, _) = Tool.Run("drift", sample, "--kernels", Release, "--output", "json", "--verifiers", verifiers);
        Assert.Equal(0, code);
        Assert.Contains("\"detail\": \"this kernel's facts were read without its image\"", drift, StringComparison.Ordinal);
        Assert.DoesNotContain("\"absent\"", drift, StringComparison.Ordinal);
    }

    /// <summary>Writes and builds the project of a known release's facts.</summary>
    /// <returns>The folder of its assembly.</returns>
    private string Build(string[] names, Func<AbiDocument, AbiDocument> change)
    {
        string known = Path.Combine(Path.GetDirectoryName(Tool.Samples)!, "kernel-headers", Release), project = Path.Combine(_folder, "6.1-acme"), verifiers = Path.Combine(_folder, "verifiers");
        Dictionary<string, byte[]> files = names.ToDictionary(name => name, name => File.ReadAllBytes(Path.Combine(known, name)));
        files["abi.json"] = Encoding.UTF8.GetBytes(AbiJson.Write(change(AbiJson.Read(Encoding.UTF8.GetString(files["abi.json"]), "abi.json"))));
        files.Add("6.1-acme.csproj", Encoding.UTF8.GetBytes(NewReleaseCommand.Project("6.1-acme", Release)));
        ReleaseSdk.AddTo(files);
        FolderWriter.Replace(project, files);

        using Process build = Process.Start(new ProcessStartInfo("dotnet", ["build", project, "-c", "Release", "-o", verifiers, "-nologo", "-p:UseSharedCompilation=false", "-nodeReuse:false"]) { RedirectStandardOutput = true })!;
        string said = build.StandardOutput.ReadToEnd();
        build.WaitForExit();
        Assert.True(build.ExitCode == 0 && said.Contains("0 Warning(s)", StringComparison.Ordinal), said);
        return verifiers;
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

    [Theory]
    [InlineData("say --image, --live, --btf with --headers or --source")]
    [InlineData("--image, --btf and --live each name a kernel", "--live", "--btf", "x")]
    [InlineData("x: types do not say which kernel they are of", "--btf", "x")]
    [InlineData("not a kernel tree", "--source", ".")]
    public void AKernelMustBeNamed(string says, params string[] options)
    {
        string output = Path.Combine(_folder, "out");
        (int code, _, string error) = Tool.Run(["new-release", "--name", "x", "--output", output, .. options]);
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
