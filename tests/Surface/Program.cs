// What Verifier.Runtime takes from each release: `write` puts it into kernel-headers/RELEASE/surface.txt, `check` exits
// with 1 when the code takes something that is not there.
using BpfVerifier.Surface;

if (args is not (["write"] or ["check"]))
{
    Console.Error.WriteLine("surface write | check");
    return 2;
}
Repository repository = Repository.Find(AppContext.BaseDirectory);
IReadOnlyList<SurfaceUse> uses = RuntimeReader.Read(repository.Runtime, Catalog.Read(repository.CatalogFile));
int code = 0;
foreach (string release in repository.Releases)
{
    SurfaceFile own = SurfaceFile.Of(release, uses);
    string path = repository.SurfaceFile(release);
    if (args[0] == "write")
    {
        File.WriteAllText(path, own.ToString());
        Console.WriteLine($"{release}: {own.Summary}");
        continue;
    }
    foreach (string problem in own.Compare(File.Exists(path) ? File.ReadAllText(path) : ""))
    {
        Console.WriteLine($"{release}: {problem}");
        code = 1;
    }
}
return code;
