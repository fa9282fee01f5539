using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

namespace BpfVerifier.MSBuild;

/// <summary>Checks BPF objects and says what was found as warnings and errors on their C lines.</summary>
/// <remarks>
/// The work is done by a program beside this assembly, in a process of its own: a build server lives on after the build, and would keep the
/// kernels' types in memory and their assemblies locked; and this assembly alone has to suit every MSBuild. The process is started only
/// for objects whose results file is not of the same object, options and checker; what the file says is said again in every build.
/// </remarks>
public sealed class CheckBpfObjects : ToolTask
{
    private readonly List<(ITaskItem Item, string Key, string Results)> _stale = [];

    /// <summary>The objects; metadata TargetKernels overrides the property of that name, SourceRoot is where relative names of C files begin.</summary>
    [Required]
    public ITaskItem[] Objects { get; set; } = [];

    /// <summary>Kernels, <c>5.10;6.1;6.12-7.3</c>.</summary>
    [Required]
    public string TargetKernels { get; set; } = "";

    /// <summary>What a verdict other than acceptance is: <c>warning</c>, <c>error</c> or <c>none</c>.</summary>
    [Required]
    public string Verdicts { get; set; } = "";

    /// <summary>What a difference between kernels is: <c>warning</c> or <c>none</c>.</summary>
    [Required]
    public string Drift { get; set; } = "";

    /// <summary>Seconds one program may take on one kernel.</summary>
    public int ProgramTimeout { get; set; } = 60;

    /// <summary>Folder of the results files.</summary>
    [Required]
    public string ResultsDirectory { get; set; } = "";

    /// <summary>The program that checks.</summary>
    [Required]
    public string Checker { get; set; } = "";

    /// <summary>Folder of the pages that explain the codes.</summary>
    public string Pages { get; set; } = "";

    /// <summary>The project's file, for messages about its properties.</summary>
    public string Project { get; set; } = "";

    /// <summary>The dotnet program; the one on the path by default.</summary>
    public string DotNet { get; set; } = "";

    /// <summary>The results files, for cleaning up.</summary>
    [Output]
    public ITaskItem[] ResultsFiles { get; private set; } = [];

    /// <inheritdoc/>
    protected override string ToolName => "dotnet";

    /// <inheritdoc/>
    protected override string GenerateFullPathToTool() => DotNet.Length > 0 ? DotNet : ToolName;

    /// <inheritdoc/>
    protected override string GenerateCommandLineCommands() => $"exec \"{Checker}\"";

    /// <inheritdoc/>
    protected override string GenerateResponseFileCommands()
    {
        var text = new StringBuilder();
        foreach ((ITaskItem item, string key, string results) in _stale)
            text.Append(string.Join("\t", item.GetMetadata("FullPath"), results, key, KernelsOf(item), Verdicts, Drift, ProgramTimeout.ToString(CultureInfo.InvariantCulture), Project)).Append('\n');
        return text.ToString();
    }

    /// <inheritdoc/>
    public override bool Execute()
    {
        if (Verdicts is not ("warning" or "error" or "none") || Drift is not ("warning" or "none"))
        {
            Log.LogError(null, "BPFV0021", null, Page("BPFV0021"), Project, 0, 0, 0, 0,
                $"BpfVerdicts is warning, error or none, not '{Verdicts}'; BpfDrift is warning or none, not '{Drift}'");
            return false;
        }
        Directory.CreateDirectory(ResultsDirectory);
        string checker = CheckerIdentity();
        var all = new List<(ITaskItem Item, string Key, string Results)>();
        foreach (ITaskItem item in Objects)
        {
            string path = item.GetMetadata("FullPath");
            if (!File.Exists(path))
            {
                Log.LogError(null, "BPFV0020", null, Page("BPFV0020"), path, 0, 0, 0, 0, "the BPF object does not exist");
                continue;
            }
            string results = Path.GetFullPath(Path.Combine(ResultsDirectory, $"{Path.GetFileName(path)}.{Hash(Encoding.UTF8.GetBytes(path)).Substring(0, 8)}.results"));
            string options = string.Join("\n", checker, path, KernelsOf(item), Verdicts, Drift, ProgramTimeout.ToString(CultureInfo.InvariantCulture));
            all.Add((item, Hash([.. Encoding.UTF8.GetBytes(options), .. File.ReadAllBytes(path)]), results));
        }
        _stale.AddRange(all.Where(one => ResultsFile.Read(one.Results, one.Key) is null));
        Log.LogMessage(MessageImportance.Low, $"{all.Count} BPF objects, {_stale.Count} of them to check");
        ResultsFiles = [.. all.Select(one => new TaskItem(one.Results))];
        // Whether it went well is seen by the results it left, those of other objects count even when one made it fail.
        if (_stale.Count > 0)
            base.Execute();
        foreach ((ITaskItem item, string key, string results) in all)
            Say(item, ResultsFile.Read(results, key));
        return !Log.HasLoggedErrors;
    }

    /// <summary>The checker takes its list from a file: names need no quoting there.</summary>
    protected override string GetResponseFileSwitch(string responseFilePath) => $"\"{responseFilePath}\"";

    /// <inheritdoc/>
    protected override Encoding ResponseFileEncoding => new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);

    private string KernelsOf(ITaskItem item) => item.GetMetadata("TargetKernels") is { Length: > 0 } own ? own : TargetKernels;

    private string Page(string code) => Pages.Length == 0 ? "" : Path.GetFullPath(Path.Combine(Pages, code + ".md"));

    private void Say(ITaskItem item, IReadOnlyList<ResultLine>? lines)
    {
        if (lines is null)
        {
            Log.LogError(null, "BPFV0022", null, Page("BPFV0022"), item.GetMetadata("FullPath"), 0, 0, 0, 0, "the checker left no results for this object");
            return;
        }
        foreach (ResultLine line in lines)
        {
            string file = SourceFile(item, line.File);
            if (line.IsWarning)
                Log.LogWarning(null, line.Code, null, Page(line.Code), file, line.Line, line.Column, 0, 0, "{0}", line.Message);
            else
                Log.LogError(null, line.Code, null, Page(line.Code), file, line.Line, line.Column, 0, 0, "{0}", line.Message);
        }
    }

    // Compilers record names relative to where they ran, which nothing tells.
    private string SourceFile(ITaskItem item, string recorded)
    {
        if (Path.IsPathRooted(recorded))
            return recorded;
        string beside = Path.GetDirectoryName(item.GetMetadata("FullPath")) ?? "";
        string project = Path.GetDirectoryName(Project) ?? "";
        foreach (string root in (string[])[Path.Combine(project, item.GetMetadata("SourceRoot")), project, beside, Path.GetDirectoryName(beside) ?? ""])
        {
            string path = Path.Combine(root, recorded);
            if (File.Exists(path))
                return Path.GetFullPath(path);
        }
        string byName = Path.Combine(beside, Path.GetFileName(recorded));
        return File.Exists(byName) ? byName : recorded;
    }

    /// <summary>Changes when the checker, this assembly or the set of releases does.</summary>
    private string CheckerIdentity()
    {
        var text = new StringBuilder();
        text.Append(typeof(CheckBpfObjects).Assembly.ManifestModule.ModuleVersionId.ToString("N"));
        if (Path.GetDirectoryName(Checker) is { } folder && Directory.Exists(folder))
        {
            foreach (FileInfo file in new DirectoryInfo(folder).GetFiles("*.dll").OrderBy(f => f.Name, StringComparer.Ordinal))
                text.Append('\n').Append(file.Name).Append(' ').Append(file.Length).Append(' ').Append(file.LastWriteTimeUtc.Ticks);
        }
        return text.ToString();
    }

    private static string Hash(byte[] data)
    {
        using SHA256 sha = SHA256.Create();
        var text = new StringBuilder();
        foreach (byte b in sha.ComputeHash(data))
            text.Append(b.ToString("x2", CultureInfo.InvariantCulture));
        return text.ToString();
    }
}
