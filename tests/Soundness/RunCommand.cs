using System.CommandLine;

namespace BpfVerifier.Soundness;

/// <summary><c>run</c>: checks corpora and prints the sums.</summary>
internal static class RunCommand
{
    public static Command Create()
    {
        Option<bool> samples = new("--samples") { Description = "The programs of samples/" };
        Option<string?> objects = new("--objects") { Description = "The programs of the objects below another folder" };
        Option<int> generated = new("--generated") { Description = "That many programs of tests/FuzzGenerator" };
        Option<int> first = new("--first") { Description = "Number of the first generated program" };
        Option<int> seed = new("--seed") { Description = "Chooses the generated programs and all inputs", DefaultValueFactory = _ => 1 };
        Option<string> kernel = new("--kernel", "-k") { Description = "6.1, 6.12, 6.18, several with commas, or all", DefaultValueFactory = _ => "all" };
        Option<int> runs = new("--runs") { Description = "Runs of each program", DefaultValueFactory = _ => 8 };
        Option<int> walk = new("--walk") { Description = "Instructions a walk over every path may take", DefaultValueFactory = _ => 30_000 };
        Option<bool> bpfOnly = new("--cap-bpf") { Description = "Load with CAP_BPF alone: no uninitialised stack, no pointer leaks" };
        var command = new Command("run", "Runs accepted programs on random inputs; exit code 1 on a violation.") { samples, objects, generated, first, seed, kernel, runs, walk, bpfOnly };
        command.SetAction(parsed =>
        {
            string wanted = parsed.GetRequiredValue(kernel);
            IReadOnlyList<string> releases = wanted == "all" ? Probes.Releases : wanted.Split(',');
            if (releases.FirstOrDefault(name => !Probes.Releases.Contains(name)) is { } unknown)
            {
                Console.Error.WriteLine($"unknown kernel '{unknown}'; available: {string.Join(", ", Probes.Releases)}, all");
                return 2;
            }
            var bounds = new CheckBounds(parsed.GetValue(runs), parsed.GetValue(seed), Walk: parsed.GetValue(walk));
            int violations = 0;
            foreach (string release in releases)
            {
                IReleaseProbe probe = Probes.Load(release);
                KernelProfile profile = parsed.GetValue(bpfOnly) ? probe.Profile with { Capabilities = LoaderCapabilities.Bpf } : probe.Profile;
                var check = new ProgramCheck(probe, profile, bounds);
                if (parsed.GetValue(samples))
                    violations += Report(check, Corpora.Objects(Corpora.Samples, profile), $"samples on {release}");
                if (parsed.GetValue(objects) is { } folder)
                    violations += Report(check, Corpora.Objects(folder, profile), $"{folder} on {release}");
                if (parsed.GetValue(generated) is > 0 and var count)
                    violations += Report(check, Corpora.Generated(parsed.GetValue(first), count, (ulong)bounds.Seed, profile), $"{count} generated with seed {bounds.Seed} on {release}");
            }
            return violations == 0 ? 0 : 1;
        });
        return command;
    }

    private static int Report(ProgramCheck check, IEnumerable<NamedProgram> programs, string title)
    {
        var tally = new Tally();
        foreach (ProgramReport report in programs.AsParallel().AsOrdered().WithDegreeOfParallelism(2).Select(check.Check))
            tally.Add(report);
        Console.Write(tally.Text(title));
        return tally.Violations;
    }
}
