using System.Diagnostics;
using System.Text.RegularExpressions;

namespace BpfVerifier.MSBuild.Tests;

/// <summary>A project in an empty folder that checks objects, built by the dotnet program as a user does.</summary>
internal sealed partial class ScratchProject : IDisposable
{
    private static readonly string s_root = Root();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bpfverifier-msbuild-");

    /// <summary>What a build said.</summary>
    /// <param name="ExitCode">Of the build.</param>
    /// <param name="Text">All of it.</param>
    /// <param name="Lines">Warnings and errors, each once.</param>
    public sealed record Built(int ExitCode, string Text, IReadOnlyList<Said> Lines);

    /// <summary>A warning or error.</summary>
    public sealed record Said(string File, int Line, string Kind, string Code, string Message);

    public static string Samples { get; } = Path.Combine(s_root, "samples");

    public static string Rules { get; } = Path.Combine(s_root, "docs", "rules");

    public string Folder => _folder.FullName;

    /// <summary>Writes the project: bare, with nothing but the check; or a C# library.</summary>
    public void Write(string items, string properties = "", bool library = false)
    {
        string configuration = AppContext.BaseDirectory.Contains("/Release/", StringComparison.Ordinal) ? "Release" : "Debug";
        string package = Path.Combine(s_root, "Verifier.MSBuild");
        string text = $"""
            <Project{(library ? " Sdk=\"Microsoft.NET.Sdk\"" : "")}>
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
                <BpfVerifierTaskAssembly>{package}/bin/{configuration}/netstandard2.0/BpfVerifier.MSBuild.dll</BpfVerifierTaskAssembly>
                <BpfVerifierChecker>{package}/Checker/bin/{configuration}/net10.0/BpfVerifier.MSBuild.Checker.dll</BpfVerifierChecker>
                <BpfVerifierPages>{Rules}</BpfVerifierPages>
                {(library ? "" : "<BaseIntermediateOutputPath>obj/</BaseIntermediateOutputPath>")}
                {properties}
              </PropertyGroup>
              <Import Project="{package}/build/BpfVerifier.MSBuild.props" />
              <ItemGroup>
                {items}
              </ItemGroup>
              <Import Project="{package}/build/BpfVerifier.MSBuild.targets" />
              {(library ? "" : "<Target Name=\"Build\" DependsOnTargets=\"CheckBpfObjects\" />")}
            </Project>
            """;
        File.WriteAllText(Path.Combine(Folder, "scratch.csproj"), text);
    }

    public Built Build(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { WorkingDirectory = Folder, RedirectStandardOutput = true, RedirectStandardError = true };
        // Nothing that outlives the test may hold on to the assemblies.
        foreach (string argument in (string[])["build", "scratch.csproj", "--nologo", "-nodeReuse:false", "-p:UseSharedCompilation=false", .. arguments])
            start.ArgumentList.Add(argument);
        foreach (string inherited in start.Environment.Keys.Where(k => k.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToList())
            start.Environment.Remove(inherited);
        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        text += error.Result;
        Said[] lines = [.. Canonical().Matches(text).Select(m => new Said(
            m.Groups["file"].Value.Trim(), m.Groups["line"].Success ? int.Parse(m.Groups["line"].Value, System.Globalization.CultureInfo.InvariantCulture) : 0,
            m.Groups["kind"].Value, m.Groups["code"].Value, m.Groups["message"].Value)).Distinct()];
        return new Built(process.ExitCode, text, lines);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static string Root()
    {
        string directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "Directory.Packages.props")))
            directory = Path.GetDirectoryName(directory) ?? throw new DirectoryNotFoundException("the repository's root");
        return directory;
    }

    [GeneratedRegex(@"^(?<file>[^\n(:]+?)(\((?<line>\d+)(,\d+)?\))? ?: (?<kind>warning|error) (?<code>BPFV\d+): (?<message>.*?)( \[[^\]\n]*\])?\r?$",
        RegexOptions.Multiline | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex Canonical();
}
