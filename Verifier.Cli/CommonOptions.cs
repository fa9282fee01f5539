using System.CommandLine;
using BpfVerifier.Host;

namespace BpfVerifier.Cli;

/// <summary>What the commands that read objects have in common on their command lines.</summary>
internal static class CommonOptions
{
    private const int MaxSeconds = 86400, MaxJobs = 4096;

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

    public static Option<string?> Shard()
    {
        var shard = new Option<string?>("--shard") { Description = "Only part I of N of the matrix, from 0/N; 'bpfverifier merge' joins the parts" };
        shard.Validators.Add(result =>
        {
            if (!BpfVerifier.Host.Shard.TryParse(result.GetValueOrDefault<string?>(), out _))
                result.AddError("--shard takes I/N, a part from 0 to N-1 and their number: 0/4 is the first of four");
        });
        return shard;
    }

    public static Option<int> Jobs()
    {
        var jobs = new Option<int>("--jobs", "-j") { Description = "Verifications at once", DefaultValueFactory = _ => Environment.ProcessorCount };
        jobs.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > MaxJobs)
                result.AddError($"--jobs takes a number from 1 to {MaxJobs}");
        });
        return jobs;
    }

    public static Option<string?> To() =>
        new("--to") { Description = "Write to this file, which appears when it is complete, instead of to standard output" };
}
