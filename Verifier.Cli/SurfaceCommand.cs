using System.CommandLine;
using System.Globalization;

namespace BpfVerifier.Cli;

/// <summary><c>bpfverifier surface</c>: what the verifier takes from a release, with the code that takes it.</summary>
internal static class SurfaceCommand
{
    private const string Prefix = "surface/", Suffix = "/surface.txt";

    public static Command Create()
    {
        string[] releases = [.. Releases()];
        var release = new Option<string?>("--release", "-r") { Description = "The release; the newest by default" };
        release.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } wanted && !releases.Contains(wanted))
                result.AddError($"--release takes one of {string.Join(", ", releases)}");
        });
        var command = new Command("surface", "Prints every member of the façade the verifier uses and every symbol it takes from a release, with the code that does.") { release };
        command.SetAction(parsed =>
        {
            Print(parsed.GetValue(release) ?? releases[^1]);
            return ExitCode.AllAccepted;
        });
        return command;
    }

    /// <summary>Releases whose list is in this tool, oldest first.</summary>
    private static IEnumerable<string> Releases() => typeof(SurfaceCommand).Assembly.GetManifestResourceNames()
        .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
        .Select(name => name[Prefix.Length..^Suffix.Length])
        .OrderBy(Version.Parse);

    private static void Print(string release)
    {
        using Stream list = typeof(SurfaceCommand).Assembly.GetManifestResourceStream(Prefix + release + Suffix)
            ?? throw new InvalidOperationException($"the list of {release} was there before");
        using var reader = new StreamReader(list);
        List<string[]> symbols = [.. reader.ReadToEnd().Split('\n').Where(line => line.Length != 0 && line[0] != '#').Select(line => line.Split('\t'))];
        int kind = symbols.Max(symbol => symbol[0].Length), name = symbols.Max(symbol => symbol[1].Length);
        foreach (string[] symbol in symbols)
            Console.WriteLine($"{symbol[0].PadRight(kind)}  {symbol[1].PadRight(name)}  {symbol[2]}");
        IEnumerable<string> counts = symbols.GroupBy(symbol => symbol[0]).Select(group => string.Create(CultureInfo.InvariantCulture, $"{group.Count()} {group.Key}"));
        Console.WriteLine($"Linux {release}: {string.Join(", ", counts)}");
    }
}
