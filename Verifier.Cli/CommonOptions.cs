using System.CommandLine;

namespace BpfVerifier.Cli;

/// <summary>What the commands that read objects have in common on their command lines.</summary>
internal static class CommonOptions
{
    private const int MaxSeconds = 86400;

    public static Argument<string[]> Objects() =>
        new("OBJ") { Description = "BPF object files, or directories to search for *.o", Arity = ArgumentArity.OneOrMore };

    public static Option<string> Output()
    {
        var output = new Option<string>("--output", "-o") { Description = "table, csv or json", DefaultValueFactory = _ => "table" };
        output.AcceptOnlyFromAmong("table", "csv", "json");
        return output;
    }

    public static Option<int> LogLevel(string description, int otherwise)
    {
        var level = new Option<int>("--log-level", "-l") { Description = description };
        if (otherwise != 0)
            level.DefaultValueFactory = _ => otherwise;
        level.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 0 or > 7)
                result.AddError("--log-level takes the bits 1, 2 and 4: a number from 0 to 7");
        });
        return level;
    }

    public static Option<string[]> Program() =>
        new("--program", "-p") { Description = "Only programs of this name; may be repeated", DefaultValueFactory = _ => [] };

    public static Option<double?> Timeout(string description)
    {
        var timeout = new Option<double?>("--timeout") { Description = description };
        timeout.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double?>() is not (null or (> 0 and <= MaxSeconds)))
                result.AddError($"--timeout takes seconds: more than 0, at most {MaxSeconds}");
        });
        return timeout;
    }
}
