using System.Globalization;

namespace BpfVerifier.MSBuild.Checker;

/// <summary>One object to check.</summary>
/// <param name="Path">The object.</param>
/// <param name="Results">Where the results go.</param>
/// <param name="Key">What the results are marked with.</param>
/// <param name="Kernels">The kernels as the user wrote them.</param>
/// <param name="Verdicts">warning, error or none.</param>
/// <param name="Drift">warning or none.</param>
/// <param name="Timeout">For one program on one kernel.</param>
/// <param name="Project">The project's file.</param>
internal sealed record CheckRequest(string Path, string Results, string Key, string Kernels, string Verdicts, string Drift, TimeSpan Timeout, string Project)
{
    private const int MaxSeconds = 86400;

    /// <summary>Fields between tabs, as the task writes them; null for anything else.</summary>
    public static CheckRequest? Read(string line)
    {
        string[] fields = line.Split('\t');
        return fields.Length == 8 && int.TryParse(fields[6], NumberStyles.None, CultureInfo.InvariantCulture, out int seconds) && seconds is > 0 and <= MaxSeconds
            ? new CheckRequest(fields[0], fields[1], fields[2], fields[3], fields[4], fields[5], TimeSpan.FromSeconds(seconds), fields[7])
            : null;
    }
}
