using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using BpfVerifier.Facts;
using BpfVerifier.Oracle;
using IngestException = BpfVerifier.HeaderIngest.IngestException;

Option<string> kernelOption = new("--kernel") { Description = "host, or a release there is an image of: 6.1, 6.12, 6.18, …; several with commas", Required = true };
Option<string?> imagesOption = new("--images") { Description = "folder with a folder per release that holds its vmlinuz" };
Option<int> timeLimitOption = new("--time-limit") { Description = "seconds for one BPF_PROG_LOAD", DefaultValueFactory = _ => 60 };
Option<long> level2Option = new("--level2-instructions") { Description = "no level 2 log for programs that process more instructions", DefaultValueFactory = _ => 200_000 };
Option<string?> logsOption = new("--logs") { Description = "folder for whole level 1 and 2 logs (%k is the kernel)" };
Option<long> maxLogOption = new("--max-log") { Description = "bytes kept of each whole log", DefaultValueFactory = _ => 4 << 20 };
Option<bool> unprivilegedOption = new("--unprivileged") { Description = "load without any capability, in a guest that allows it" };
Option<bool> randomOption = new("--random-addresses") { Description = "let a guest choose its addresses; answers must be the same" };
Option<bool> compactOption = new("--compact") { Description = "leave out the ends of refused programs' logs, and an object's hash but on its first line" };

Option<string[]> objectOption = new("--object") { Description = "BPF objects or folders of them", AllowMultipleArgumentsPerToken = true };
Option<string[]> scriptOption = new("--script") { Description = "load scripts (guest/script.c tells their form); the file's name ends in .script", AllowMultipleArgumentsPerToken = true };
Option<string?> outOption = new("--out") { Description = "JSON lines, one a program (%k is the kernel)" };
Option<string?> programOption = new("--program") { Description = "only programs of this name" };
Option<bool> quietOption = new("--quiet") { Description = "no line a program" };
Option<bool> insnsOption = new("--insns") { Description = "write the relocated instructions as hex" };
Command ask = new("ask", "Asks a kernel about every program of the objects.")
{
    kernelOption, objectOption, scriptOption, programOption, outOption, imagesOption, timeLimitOption, level2Option, logsOption, maxLogOption, insnsOption, randomOption, unprivilegedOption, quietOption,
};
ask.SetAction(parsed => Guarded(() =>
{
    List<BatchObject> objects = [];
    string[] scripts = parsed.GetValue(scriptOption) ?? [];
    if (scripts.FirstOrDefault(s => !s.EndsWith(".script", StringComparison.Ordinal)) is { } wrong)
        throw new OracleException($"{wrong}: a load script's name ends in .script");
    foreach (string path in (parsed.GetValue(objectOption) ?? []).Concat(scripts))
    {
        if (Directory.Exists(path))
            objects.AddRange(BatchObject.InFolder(path));
        else if (File.Exists(path))
            objects.Add(new BatchObject(path, Path.GetFileName(path)));
        else
            throw new OracleException($"no file {path}");
    }
    if (objects.Count == 0)
        throw new OracleException("nothing to ask about: give --object or --script");
    foreach (string name in parsed.GetRequiredValue(kernelOption).Split(','))
        Run(parsed, name, "", objects, parsed.GetValue(outOption)?.Replace("%k", name, StringComparison.Ordinal), full: true, print: !parsed.GetValue(quietOption));
}));

Option<string> corpusOption = new("--corpus") { Description = "samples, debian, selftests-6.12, …", Required = true };
Option<bool> changedOption = new("--changed") { Description = "ask only about objects that are not as they were when the golden was recorded; the kernel and how it is asked must be the same" };
Command golden = new("record", "Records the goldens of a corpus under tests/Parity/golden.")
{
    kernelOption, corpusOption, imagesOption, timeLimitOption, level2Option, logsOption, maxLogOption, randomOption, unprivilegedOption, changedOption, compactOption,
};
golden.SetAction(parsed => Guarded(() =>
{
    string corpus = parsed.GetRequiredValue(corpusOption);
    List<BatchObject> objects = BatchObject.InCorpus(corpus);
    foreach (string name in parsed.GetRequiredValue(kernelOption).Split(','))
    {
        string file = Repository.Golden(name, corpus, parsed.GetValue(unprivilegedOption));
        EarlierGolden? earlier = parsed.GetValue(changedOption) ? EarlierGolden.Read(file, objects) : null;
        string target = earlier is null ? file : file + ".changed";
        List<BatchObject> asked = earlier is null ? objects : [.. objects.Where(o => !earlier.Keeps(o))];
        if (asked.Count == 0)
        {
            Console.Error.WriteLine($"{name}: all {objects.Count} objects are as they were");
            continue;
        }
        Run(parsed, name, corpus, asked, target, full: false, print: false);
        earlier?.Join(target);
    }
}));

Command images = new("image", "Prints the path of the uncompressed image of a release.") { kernelOption, imagesOption };
images.SetAction(parsed => Guarded(() =>
{
    foreach (string name in parsed.GetRequiredValue(kernelOption).Split(','))
        Console.WriteLine(KernelImages.Vmlinux(name, KernelImages.Folder(parsed.GetValue(imagesOption))));
}));

string[] corpora = ["debian", .. SelftestCorpus.Names, .. TableCorpus.Names];
Argument<string> corpusArgument = new("name") { Description = string.Join(", ", corpora) };
corpusArgument.AcceptOnlyFromAmong(corpora);
Command corpusCommand = new("corpus", "Makes a corpus in the cache from Debian packages.") { corpusArgument, imagesOption };
corpusCommand.SetAction(parsed => Guarded(() =>
{
    string name = parsed.GetRequiredValue(corpusArgument);
    if (TableCorpus.Names.Contains(name))
    {
        Console.WriteLine($"{TableCorpus.Of(name).Restore()} load scripts in {Repository.Corpus(name)}");
        return;
    }
    (int count, IReadOnlyList<string> failures) = name == "debian"
        ? (DebianCorpus.Restore(), [])
        : new SelftestCorpus(name["selftests-".Length..]).Restore(KernelImages.Folder(parsed.GetValue(imagesOption)));
    foreach (string failure in failures)
        Console.Error.WriteLine(failure);
    Console.WriteLine($"{count} objects in {Repository.Corpus(name)}, {failures.Count} files did not compile");
}));

Option<string> tablesOption = new("--corpus") { Description = string.Join(", ", TableCorpus.Names), Required = true };
tablesOption.AcceptOnlyFromAmong([.. TableCorpus.Names]);
Command expected = new("expected", "Compares goldens of instruction tables with what the tests themselves expect.") { kernelOption, tablesOption, logsOption };
expected.SetAction(parsed => Guarded(() =>
{
    foreach (string name in parsed.GetRequiredValue(kernelOption).Split(','))
        TableExpectations.Compare(parsed.GetRequiredValue(tablesOption), name, parsed.GetValue(logsOption)?.Replace("%k", name, StringComparison.Ordinal), Console.Out);
}));

Option<bool> contextsOption = new("--contexts") { Description = "also every context access: 50,000 and more loads" };
Command availability = new("availability", "Compares what abi.json says of helpers and contexts with the kernel's own answers.") { kernelOption, imagesOption, contextsOption };
availability.SetAction(parsed => Guarded(() =>
{
    foreach (string name in parsed.GetRequiredValue(kernelOption).Split(','))
    {
        string file = Path.Combine(Repository.Root, "kernel-headers", name, "abi.json");
        if (!File.Exists(file))
            throw new OracleException($"no {file}: only releases of kernel-headers can be compared");
        AvailabilityCommand.Run(new GuestKernel(name, KernelImages.Folder(parsed.GetValue(imagesOption))), AbiJson.Read(File.ReadAllText(file), file), parsed.GetValue(contextsOption), Console.Out);
    }
}));

return new RootCommand("Asks real kernels what their verifiers say.") { ask, golden, images, corpusCommand, expected, availability }.Parse(args).Invoke();

void Run(ParseResult parsed, string kernelName, string corpus, List<BatchObject> objects, string? target, bool full, bool print)
{
    if (kernelName == "host" && parsed.GetValue(unprivilegedOption))
        throw new OracleException("--unprivileged is for guests");
    IKernel kernel = kernelName == "host" ? new HostKernel() : new GuestKernel(kernelName, KernelImages.Folder(parsed.GetValue(imagesOption)));
    string? logs = parsed.GetValue(logsOption)?.Replace("%k", kernelName, StringComparison.Ordinal);
    LogFolder? folder = logs is null ? null : new LogFolder(logs);
    BatchSettings settings = new()
    {
        TimeLimit = parsed.GetValue(timeLimitOption),
        Level2Instructions = parsed.GetValue(level2Option),
        WholeLog = logs is null ? 0 : parsed.GetValue(maxLogOption),
        Program = full ? parsed.GetValue(programOption) : null,
        Instructions = full && parsed.GetValue(insnsOption),
        RandomAddresses = parsed.GetValue(randomOption),
        Unprivileged = parsed.GetValue(unprivilegedOption),
        Compact = !full && parsed.GetValue(compactOption),
    };
    Stopwatch clock = Stopwatch.StartNew();
    SortedDictionary<string, string> identity = new(StringComparer.Ordinal);
    List<Answer> answers = [];
    Asker.Ask(kernel, objects, settings, identity, answer =>
    {
        answers.Add(answer);
        folder?.Keep(answer);
        if (print)
            Console.WriteLine($"{answer.Verdict,-12} {answer.Errno,3} {answer.Object.Name} {answer.Program}: {answer.Message}");
        if (answer.Complaint.Length > 0)
            Console.Error.WriteLine($"{kernelName} complained at {answer.Object.Name} {answer.Program}:\n{answer.Complaint}");
    });
    if (target is not null)
        Golden.Write(target, corpus, kernel, identity, settings, answers, full);
    string counts = string.Join(", ", answers.CountBy(a => a.Verdict).OrderByDescending(c => c.Value).Select(c => $"{c.Value} {c.Key}"));
    Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{kernelName}: {answers.Count} programs of {objects.Count} objects in {clock.Elapsed.TotalSeconds:f1} s: {counts}"));
}

static int Guarded(Action action)
{
    try
    {
        action();
        return 0;
    }
    catch (Exception e) when (e is OracleException or IngestException or InvalidDataException)
    {
        Console.Error.WriteLine(e.Message);
        return 2;
    }
}
