using System.CommandLine;
using System.Globalization;
using BpfVerifier;
using BpfVerifier.Fuzz;
using BpfVerifier.Host;
using BpfVerifier.LoadScripts;
using BpfVerifier.Oracle;
using LoadScript = BpfVerifier.LoadScripts.LoadScript;

Option<int> programs = new("--programs") { Description = "how many", DefaultValueFactory = _ => 1000 };
Option<ulong> seed = new("--seed") { Description = "chooses the programs", DefaultValueFactory = _ => 1 };
Option<string> kernels = new("--kernel") { Description = "A release whose image is in the cache: 6.1, 6.12, 6.18, 7.3 …; several with commas", Required = true };

Option<int> mutated = new("--mutated") { Description = "share of a hundred programs that are changed after they were written", DefaultValueFactory = _ => 50 };

Option<bool> unprivileged = new("--unprivileged") { Description = "programs an unprivileged process may load, loaded without any capability" };

Command check = new("check", "Has only our verifiers look at generated programs, and counts what they say.") { programs, seed, kernels, mutated, unprivileged };
check.SetAction(parsed =>
{
    var host = new VerifierHost();
    foreach (string name in parsed.GetRequiredValue(kernels).Split(','))
    {
        if (!KernelRelease.TryParse(name, out KernelRelease release) || !host.TryGet(release, out IVerifier? verifier))
            return 2;
        var generator = new Generator(parsed.GetValue(seed), release) { MutatedShare = parsed.GetValue(mutated), Unprivileged = parsed.GetValue(unprivileged) };
        var said = Enumerable.Range(0, parsed.GetValue(programs)).Select(i => Said.Ours(verifier, generator.Script(i), parsed.GetValue(unprivileged) ? LoaderCapabilities.None : LoaderCapabilities.Root)).ToList();
        foreach (var shape in said.CountBy(s => s.Shape).OrderByDescending(s => s.Value).Take(60))
            Console.WriteLine($"{shape.Value,6} {shape.Key}");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"accepted {100.0 * said.Count(s => s.Accepted) / said.Count:f1} %, processed {said.Where(s => s.Accepted).Average(s => s.Figures!.Processed):f0} on average"));
    }
    return 0;
});

Option<string> outOption = new("--out") { Description = "folder for findings", DefaultValueFactory = _ => Path.Combine(Repository.Cache, "fuzz", "findings") };
Option<string?> images = new("--images") { Description = "folder with a folder per release that holds its vmlinuz" };
Option<int> first = new("--first") { Description = "number of the first program" };
Option<int> batch = new("--batch") { Description = "programs for one boot", DefaultValueFactory = _ => 4000 };
Option<int> shrink = new("--shrink") { Description = "causes of disagreement to shrink a program of", DefaultValueFactory = _ => 12 };

Command run = new("run", "Compares our verifiers with kernels in guests over generated programs.") { programs, seed, kernels, mutated, first, batch, shrink, outOption, images, unprivileged };
run.SetAction(parsed =>
{
    var host = new VerifierHost();
    List<(string Name, KernelRelease Release, IVerifier Verifier)> asked = [];
    foreach (string name in parsed.GetRequiredValue(kernels).Split(','))
    {
        if (name == "host")
            return Fail("host: generated programs can corrupt the kernel that loads them, so only kernels in guests are asked");
        if (!KernelRelease.TryParse(name, out KernelRelease release) || !host.TryGet(release, out IVerifier? verifier))
            return Fail($"{name}: no verifier of that release; there are {string.Join(", ", host.Releases)}");
        asked.Add((name, release, verifier));
    }
    try
    {
        bool agree = true;
        foreach ((string name, KernelRelease release, IVerifier verifier) in asked)
        {
            var guest = new Guest(name, KernelImages.Folder(parsed.GetValue(images)), Directory.CreateTempSubdirectory("bpffuzz").FullName, parsed.GetValue(unprivileged));
            var generator = new Generator(parsed.GetValue(seed), release) { MutatedShare = parsed.GetValue(mutated), Unprivileged = parsed.GetValue(unprivileged) };
            agree &= new Run(guest, verifier, generator, parsed.GetRequiredValue(outOption)) { BatchSize = parsed.GetValue(batch), MostShrunk = parsed.GetValue(shrink) }
                .Programs(parsed.GetValue(first), parsed.GetValue(programs));
        }
        return agree ? 0 : 1;
    }
    catch (OracleException e)
    {
        return Fail(e.Message);
    }
});
Option<string?> script = new("--script") { Description = "load script; without it, generated program --first" };
Option<int> level = new("--level") { Description = "log level, 0 to 7", DefaultValueFactory = _ => 2 };
Command show = new("show", "Prints our log of a program.") { seed, kernels, mutated, first, script, level, unprivileged };
show.SetAction(parsed =>
{
    var host = new VerifierHost();
    if (!KernelRelease.TryParse(parsed.GetRequiredValue(kernels), out KernelRelease release) || !host.TryGet(release, out IVerifier? verifier))
        return Fail("no verifier of that release");
    IReadOnlyList<LoadScript> scripts = parsed.GetValue(script) is { } path
        ? LoadScriptText.Read(File.ReadAllText(path))
        : [new Generator(parsed.GetValue(seed), release) { MutatedShare = parsed.GetValue(mutated), Unprivileged = parsed.GetValue(unprivileged) }.Script(parsed.GetValue(first))];
    KernelProfile profile = verifier.DefaultProfile with { Capabilities = parsed.GetValue(unprivileged) ? LoaderCapabilities.None : LoaderCapabilities.Root };
    foreach (LoadScript one in scripts)
    {
        if (!ScriptProgram.TryMake(one, profile, out BpfProgram? program, out string problem))
            return Fail(problem);
        VerificationResult result = verifier.Verify(program, profile, new VerifierOptions { LogLevel = parsed.GetValue(level), LogSize = 1 << 28 });
        Console.WriteLine($"{one.Name} {one.Type} {result.Verdict} {result.Errno} {result.Message}\n{result.Log}");
    }
    return 0;
});

RootCommand root = new("Differential fuzzing of our verifiers against kernels in guests.") { run, check, show };
ParseResult line = root.Parse(args);
int code = line.Invoke();
return line.Errors.Count > 0 ? 2 : code;

static int Fail(string why)
{
    Console.Error.WriteLine(why);
    return 2;
}
