using System.CommandLine;
using BpfVerifier.HeaderIngest;

var release = new Argument<string>("release") { Description = "Release, for instance 6.12" };
var images = new Option<DirectoryInfo?>("--images") { Description = "Directory with RELEASE/vmlinuz… and RELEASE/config…, looked into before the cache" };
var facts = new Option<DirectoryInfo?>("--facts") { Description = "Directory with RELEASE.json: the facts read out of the images" };
var output = new Option<DirectoryInfo?>("--out") { Description = "Directory that holds the release folders (default: kernel-headers of this repository)" };

var ingest = new Command("ingest", "Makes kernel-headers/RELEASE/ and updates catalog.json") { release, images, facts, output };
ingest.SetAction(result =>
{
    string name = result.GetRequiredValue(release);
    ReleasePackages packages = KnownReleases.Find(name);
    string folder = Path.Combine(result.GetValue(images)!.FullName, name);
    string directory = result.GetValue(output)?.FullName ?? "kernel-headers";
    var inputs = new IngestInputs(Directory.GetFiles(folder, "vmlinuz*").Single(), Directory.GetFiles(folder, "config*").SingleOrDefault(), result.GetValue(facts)!.FullName);
    Console.WriteLine(string.Join(' ', FolderWriter.Replace(Path.Combine(directory, name), Ingest.Run(name, packages, inputs))));
    Console.WriteLine(string.Join(' ', FolderWriter.Replace(directory, new Dictionary<string, byte[]> { ["catalog.json"] = Ingest.Catalog(directory) })));
    return 0;
});
try
{
    return new RootCommand("Makes kernel-headers/RELEASE/ out of a kernel's own packages") { ingest }
        .Parse(args).Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (IngestException e)
{
    Console.Error.WriteLine("error: " + e.Message);
    return 1;
}
