using System.CommandLine;
using System.Globalization;
using System.Text;
using BpfVerifier;
using BpfVerifier.Fuzz;
using BpfVerifier.Host;
using BpfVerifier.LoadScripts;

Option<int> programs = new("--programs") { Description = "how many", DefaultValueFactory = _ => 1000 };
Option<ulong> seed = new("--seed") { Description = "chooses the programs", DefaultValueFactory = _ => 1 };
Option<string> kernels = new("--kernel") { Description = "6.1, 6.12, 6.18; several with commas", Required = true };

Option<int> mutated = new("--mutated") { Description = "share of a hundred programs that are changed after they were written", DefaultValueFactory = _ => 50 };

Command check = new("check", "Has only our verifiers look at generated programs, and counts what they say.") { programs, seed, kernels, mutated };
check.SetAction(parsed =>
{
    var host = new VerifierHost();
    foreach (string name in parsed.GetRequiredValue(kernels).Split(','))
    {
        if (!KernelRelease.TryParse(name, out KernelRelease release) || !host.TryGet(release, out IVerifier? verifier))
            return 2;
        var generator = new Generator(parsed.GetValue(seed), release) { MutatedShare = parsed.GetValue(mutated) };
        var said = Enumerable.Range(0, parsed.GetValue(programs)).Select(i => Said.Ours(verifier, generator.Script(i))).ToList();
        foreach (var shape in said.CountBy(s => s.Shape).OrderByDescending(s => s.Value).Take(60))
            Console.WriteLine($"{shape.Value,6} {shape.Key}");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"accepted {100.0 * said.Count(s => s.Accepted) / said.Count:f1} %, processed {said.Where(s => s.Accepted).Average(s => s.Figures!.Processed):f0} on average"));
    }
    return 0;
});
return new RootCommand("Differential fuzzing of our verifiers against kernels in guests.") { check }.Parse(args).Invoke();
