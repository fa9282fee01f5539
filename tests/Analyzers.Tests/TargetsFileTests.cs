using System.Diagnostics;
using Xunit;

namespace BpfVerifier.Analyzers.Tests;

/// <summary>What the package's targets make of the property, asked of MSBuild.</summary>
public sealed class TargetsFileTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bpfverifier-targets");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("5.10;6.1;6.12-7.3", "5.10,6.1,6.12-7.3")]
    [InlineData("\n      5.10;\n      6.1\n    ", ",5.10,6.1,")]
    [InlineData("6.12", "6.12")]
    [InlineData("", "")]
    public async Task List_HasNeitherSemicolonsNorLineBreaks(string property, string expected)
    {
        DirectoryInfo root = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "Directory.Packages.props")))
            root = root.Parent!;
        string project = Path.Combine(_folder.FullName, "some.proj");
        string targets = Path.Combine(root.FullName, "Verifier.Abi", "build", "BpfVerifier.Abi.targets");
        await File.WriteAllTextAsync(project, $"<Project><PropertyGroup><BpfTargetKernels>{property}</BpfTargetKernels></PropertyGroup><Import Project=\"{targets}\" /></Project>");
        using Process msbuild = Process.Start(new ProcessStartInfo("dotnet", ["msbuild", project, "-nologo", "-nodeReuse:false", "-getProperty:BpfTargetKernelList", "-getItem:CompilerVisibleProperty"])
        {
            RedirectStandardOutput = true,
            WorkingDirectory = _folder.FullName,
        })!;
        string output = await msbuild.StandardOutput.ReadToEndAsync();
        await msbuild.WaitForExitAsync();
        using System.Text.Json.JsonDocument answer = System.Text.Json.JsonDocument.Parse(output);
        Assert.Equal(expected, answer.RootElement.GetProperty("Properties").GetProperty("BpfTargetKernelList").GetString());
        Assert.Equal("BpfTargetKernelList", Assert.Single(answer.RootElement.GetProperty("Items").GetProperty("CompilerVisibleProperty").EnumerateArray()).GetProperty("Identity").GetString());
    }
}
