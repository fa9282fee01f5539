using System.IO.Compression;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text;
using BpfVerifier.Host;

namespace BpfVerifier.Bench.Stress;

/// <summary>Builds of a release beside this program that differ in nothing but their module's identity.</summary>
internal sealed class Builds(KernelRelease release)
{
    /// <summary>The release of bench/Stress/Tiny, which is no kernel's.</summary>
    public static Builds Tiny { get; } = new(new KernelRelease(0, 1));

    /// <summary>The newest kernel's.</summary>
    public static Builds Newest { get; } = new(VerifierSource.BesideHost().Releases.Max());

    public KernelRelease Release => release;

    private string FileName => VerifierIdentity.NameOf(Release) + ".dll";

    /// <summary>The module id of build <paramref name="number"/>.</summary>
    public static Guid Id(int number) => new(number, 0x6270, 0x6676, [0, 1, 2, 3, 4, 5, 6, 7]);

    /// <summary>The release's assembly with another module id: another build, with another hash.</summary>
    public byte[] Make(int number)
    {
        byte[] content = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, FileName));
        using var file = new PEReader(new MemoryStream(content));
        MetadataReader metadata = file.GetMetadataReader();
        Guid own = metadata.GetGuid(metadata.GetModuleDefinition().Mvid);
        int at = content.AsSpan().IndexOf(own.ToByteArray());
        Id(number).ToByteArray().CopyTo(content.AsSpan(at));
        return content;
    }

    /// <summary>Writes build <paramref name="number"/> into a folder of its own.</summary>
    public VerifierSource Write(string folder, int number)
    {
        string path = Directory.CreateDirectory(Path.Combine(folder, $"build{number}")).FullName;
        File.WriteAllBytes(Path.Combine(path, FileName), Make(number));
        return VerifierSource.At(path);
    }

    /// <summary>Writes a package of build <paramref name="number"/>, with that number as its version.</summary>
    public string Pack(string folder, int number)
    {
        string id = VerifierIdentity.NameOf(Release), path = Path.Combine(folder, FormattableString.Invariant($"{id}.{number}.0.0.nupkg"));
        using ZipArchive zip = ZipFile.Open(path, ZipArchiveMode.Create);
        Add(zip, id + ".nuspec", Encoding.UTF8.GetBytes(FormattableString.Invariant($"<package><metadata><id>{id}</id><version>{number}.0.0</version></metadata></package>")));
        Add(zip, "lib/net10.0/" + FileName, Make(number));
        return path;
    }

    private static void Add(ZipArchive zip, string name, byte[] content)
    {
        using Stream entry = zip.CreateEntry(name, CompressionLevel.Fastest).Open();
        entry.Write(content);
    }
}
