using System.CommandLine;
using System.Text;
using BpfVerifier.HeaderIngest;
using BpfVerifier.HeaderIngest.Abi;
using BpfVerifier.HeaderIngest.Adding;
using BpfVerifier.HeaderIngest.CSource;
using BpfVerifier.HeaderIngest.Emulation;
using BpfVerifier.HeaderIngest.Facts;
using BpfVerifier.HeaderIngest.Headers;
using BpfVerifier.HeaderIngest.Image;
using BpfVerifier.HeaderIngest.Ledger;
using BpfVerifier.HeaderIngest.Restore;

var release = new Argument<string>("release") { Description = $"Release; pinned are {string.Join(", ", KnownReleases.Names)}" };
var images = new Option<DirectoryInfo?>("--images") { Description = "Store of kept images (RELEASE/vmlinuz…, SHA256SUMS), looked into before the mirror" };
var cache = new Option<DirectoryInfo?>("--cache") { Description = "Where packages are kept (default: .cache of this repository)" };
var output = new Option<DirectoryInfo?>("--out") { Description = "Directory that holds the release folders (default: kernel-headers of this repository)" };
var offline = new Option<bool>("--offline") { Description = "Ask no mirror: use what the cache and --images have" };
var local = new LocalOptions();
(Option<FileInfo?> libclang, Option<FileInfo?> unicorn) = (local.LibClang, local.Unicorn);
var noSource = new Option<bool>("--no-source") { Description = "Leave out the kernel's source package, with which ingest compares what it read from the image" };

var restore = new Command("restore", "Brings a release's image, headers and source into the cache") { release, images, cache, offline, noSource };
restore.SetAction(result => Restore(result, result.GetRequiredValue(release), KnownReleases.Find(result.GetRequiredValue(release))));

var ingest = new Command("ingest", "Makes kernel-headers/RELEASE/ out of what restore brought, and updates catalog.json") { release, images, cache, output, libclang, unicorn };
ingest.SetAction(result =>
{
    string name = result.GetRequiredValue(release);
    KnownReleases.Find(name);
    (_, Dictionary<string, byte[]> files) = Made(result, name);
    string directory = Folder(result, output, Addition.Headers);
    Report(Path.Combine(directory, name), files);
    Report(directory, new Dictionary<string, byte[]> { ["catalog.json"] = Ingest.Catalog(directory) });
    return 0;
});

var suite = new Option<string[]>("--suite") { Description = "Debian suites to look for a release nobody pinned (default: those of the known ones)", AllowMultipleArgumentsPerToken = true };
var add = new Command("add", "Brings a release in: restore, ingest, catalogue, project, solution, lists of releases; then says what is new in it")
{
    release, images, cache, offline, noSource, suite,
};
local.AddTo(add);
add.SetAction(result =>
{
    string name = result.GetRequiredValue(release);
    string root = Repository.Root ?? throw new IngestException("not inside the repository");
    if (local.Read(result) is { Any: true } sources)
        return AddLocal(result, root, name, sources);
    Restore(result, name, KnownReleases.TryFind(name) ?? Discover(result, name));
    (ReleasePackages packages, Dictionary<string, byte[]> files) = Made(result, name);
    return Land(root, Addition.Of(root, name, packages, files));
});

var catalog = new Command("catalog", "Writes catalog.json out of the release folders") { output };
catalog.SetAction(result =>
{
    string directory = Folder(result, output, Addition.Headers);
    Report(directory, new Dictionary<string, byte[]> { ["catalog.json"] = Ingest.Catalog(directory) });
    return 0;
});

var image = new Option<FileInfo?>("--image") { Description = "The image (vmlinuz or vmlinux) instead of the restored one" };
var compare = new Option<FileInfo?>("--compare") { Description = "File of facts read out of the same image in another way" };
var readFacts = new Command("facts", "Reads the facts of a kernel image and prints their number, and how they agree with others") { release, images, image, compare, cache, unicorn };
readFacts.SetAction(result =>
{
    string name = result.GetRequiredValue(release), cacheFolder = Folder(result, cache, ".cache");
    UnicornLibrary.Load(result.GetValue(unicorn)?.FullName, cacheFolder);
    string file = result.GetValue(image)?.FullName
        ?? (result.GetValue(images) is { } store ? ImageStore.Find(store.FullName, name)?.Vmlinuz : RestoredRelease.Read(Path.Combine(cacheFolder, name)) is { } kept ? Path.Combine(cacheFolder, name, kept.Vmlinuz) : null)
        ?? throw new IngestException($"no image of {name}: run 'restore {name}' first, or say --images DIR or --image FILE");
    KernelFile kernel = KernelFile.Open(Ingest.ReadFile(file), Path.GetFileName(file));
    KernelFacts found = ImageFacts.Read(kernel);
    FactsCommand.Summarize(found, KernelTables.Of(kernel), Console.Out);
    if (result.GetValue(compare) is not { } other)
        return 0;
    return FactsCommand.Compare(found, KernelFacts.Parse(Ingest.ReadFile(other.FullName), name, other.Name), Console.Out) ? 0 : 1;
});

var releases = new Argument<string[]>("release") { Description = "Releases (default: every pinned one that has a source package)", Arity = ArgumentArity.ZeroOrMore };
var checkSources = new Command("check-sources", "Compares prototypes and kfuncs of images with the C files they were built from") { releases, images, cache, libclang, unicorn };
checkSources.SetAction(result =>
{
    string[] asked = result.GetValue(releases) is { Length: > 0 } some ? some : [.. KnownReleases.Names.Where(name => KnownReleases.Find(name).Source is not null)];
    bool good = true;
    foreach (string name in asked)
    {
        IngestInputs inputs = Inputs(result, name).Inputs;
        SourceTree tree = inputs.Source ?? throw new IngestException($"the source of {name} was not restored: run 'restore {name}' first");
        KernelFile kernel = KernelFile.Open(Ingest.ReadFile(inputs.Vmlinuz!), Path.GetFileName(inputs.Vmlinuz)!);
        LibClang.Load(inputs.LibClang);
        Console.WriteLine($"{name}:");
        SourceReport report = SourceCheck.Run(tree, kernel, ImageFacts.Read(kernel), KernelTables.Of(kernel));
        foreach (string line in report.Summary.Concat(report.Details))
            Console.WriteLine("  " + line);
        good &= report.Unexplained.Count == 0;
    }
    return good ? 0 : 1;
});

var first = new Argument<FileInfo>("first") { Description = "An abi.json" };
var second = new Argument<FileInfo>("second") { Description = "Another of the same kernel, read from other sources" };
var compareFacts = new Command("compare", "Prints section by section how two abi.json of one kernel agree, and what is unknown to one of them") { first, second };
compareFacts.SetAction(result =>
{
    AbiDocument Facts(Argument<FileInfo> file) => Ingest.ReadAbi(Encoding.UTF8.GetString(Ingest.ReadFile(result.GetRequiredValue(file).FullName)), result.GetRequiredValue(file).Name);
    AbiComparison.Print(Facts(first), Facts(second), Console.Out);
    return 0;
});

var ledger = new Command("ledger", "Writes docs/ledger.md out of Verifier.Runtime/Changes");
ledger.SetAction(_ =>
{
    string root = Repository.Root ?? throw new IngestException("not inside the repository");
    byte[] page = Encoding.UTF8.GetBytes(LedgerPage.Write(Path.Combine(root, "Verifier.Runtime", "Changes"), Path.Combine(root, "kernel-headers")));
    Report(Path.Combine(root, "docs"), new Dictionary<string, byte[]> { ["ledger.md"] = page });
    return 0;
});

try
{
    return new RootCommand("Makes kernel-headers/RELEASE/ out of a kernel's own packages") { add, restore, ingest, catalog, readFacts, checkSources, compareFacts, ledger }
        .Parse(args).Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (Exception e) when (e is IngestException or InvalidDataException)
{
    Console.Error.WriteLine("error: " + e.Message);
    return 1;
}

int AddLocal(ParseResult result, string root, string name, LocalSources sources)
{
    var progress = new Progress(Console.Error, terminal: false);
    IngestInputs inputs = sources.Open(progress, out BootBanner identity);
    if (inputs.Vmlinuz is not null)
        local.LoadUnicorn(result, Folder(result, cache, ".cache"));
    return Land(root, OutOfTree.Add(root, name, inputs, identity, progress));
}

static int Land(string root, Addition addition)
{
    Report(root, addition.Files);
    Console.Write(addition.Drift);
    return 0;
}

ReleasePackages Discover(ParseResult result, string name)
{
    var progress = new Progress(Console.Error, terminal: false);
    bool mirror = !result.GetValue(offline);
    IReadOnlyCollection<string> suites = !mirror ? [] : result.GetValue(suite) is { Length: > 0 } asked ? asked : KnownReleases.Suites;
    var finder = new PackageFinder(wanted =>
    {
        var apt = new PrivateApt(Path.Combine(Folder(result, cache, ".cache"), "apt"), wanted, AptSources.Read("/etc/apt"));
        apt.Update();
        return apt;
    }, progress);
    if (result.GetValue(images) is { } store && ImageStore.Find(store.FullName, name) is { } kept)
        return finder.Around(name, kept.Vmlinuz, suites);
    return mirror
        ? finder.Newest(name, suites)
        : throw new IngestException($"release '{name}' is not known, no store of images has it, and --offline forbids looking for it; known are {string.Join(", ", KnownReleases.Names)}");
}

(ReleasePackages, Dictionary<string, byte[]>) Made(ParseResult result, string name)
{
    (RestoredRelease restored, IngestInputs inputs) = Inputs(result, name);
    return (restored.Packages with { Sha256 = ImageStore.Hash(inputs.Vmlinuz!) }, Ingest.Run(name, restored.Packages, inputs, new Progress(Console.Error, terminal: false)));
}

(RestoredRelease Restored, IngestInputs Inputs) Inputs(ParseResult result, string name)
{
    string folder = Path.Combine(Folder(result, cache, ".cache"), name);
    RestoredRelease restored = RestoredRelease.Read(folder)
        ?? throw new IngestException($"{name} was not restored into {folder}: run 'restore {name}' first");
    string Restored(string file) => Path.Combine(folder, file);
    (string Vmlinuz, string? Config) image = result.GetValue(images) is { } store && ImageStore.Find(store.FullName, name) is { } kept
        ? kept
        : (Restored(restored.Vmlinuz), restored.Config is null ? null : Restored(restored.Config));
    var inputs = new IngestInputs(
        image.Vmlinuz,
        image.Config,
        restored.HeaderRoots is [var common, var configured] ? new KernelHeaders(Restored(common), Restored(configured)) : null,
        [.. restored.Debs.Where(deb => restored.Packages.Headers.Contains(deb.Package))],
        result.GetValue(libclang)?.FullName,
        restored is { SourceRoot: { } source, HeaderRoots: [_, var generated] } ? new SourceTree(Restored(source), Restored(generated)) : null);
    UnicornLibrary.Load(result.GetValue(unicorn)?.FullName, Folder(result, cache, ".cache"));
    return (restored, inputs);
}

int Restore(ParseResult result, string name, ReleasePackages packages)
{
    var options = new RestoreOptions
    {
        Cache = Folder(result, cache, ".cache"),
        Images = result.GetValue(images)?.FullName,
        Offline = result.GetValue(offline),
        NoSource = result.GetValue(noSource),
    };
    RestoredRelease restored = new Restorer(options, new Progress(Console.Error, !Console.IsErrorRedirected)).Run(name, packages);
    EmulatorRestorer.Run(options, new Progress(Console.Error, !Console.IsErrorRedirected));
    Console.WriteLine($"restored {name}: {restored.Packages.Image} {restored.Packages.Version}, {restored.HeaderRoots.Count} header packages");
    return 0;
}

static string Folder(ParseResult result, Option<DirectoryInfo?> option, string name) => result.GetValue(option)?.FullName
    ?? (Repository.Root is { } root ? Path.Combine(root, name) : throw new IngestException($"not inside the repository: say {option.Name}"));

static void Report(string directory, Dictionary<string, byte[]> files)
{
    List<string> changed = FolderWriter.Replace(directory, files);
    Console.WriteLine($"{directory}: {(changed.Count == 0 ? "nothing changed" : "wrote " + string.Join(", ", changed))}");
}
