using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using BpfVerifier.Btf;
using BpfVerifier.HeaderIngest.Abi;
using BpfVerifier.HeaderIngest.Catalog;
using BpfVerifier.HeaderIngest.Facts;
using BpfVerifier.HeaderIngest.Image;

namespace BpfVerifier.HeaderIngest;

/// <summary>What <c>ingest</c> reads.</summary>
/// <param name="Vmlinuz">The boot image.</param>
/// <param name="Config">The configuration it was built with, or null.</param>
/// <param name="Facts">Directory with <c>RELEASE.json</c>.</param>
public sealed record IngestInputs(string Vmlinuz, string? Config, string Facts);

/// <summary>Makes the contents of <c>kernel-headers/RELEASE/</c>.</summary>
public static class Ingest
{
    private const int BrotliQuality = 11, BrotliWindow = 24;

    /// <summary>All files of the folder by name. Nothing is written.</summary>
    /// <exception cref="IngestException">Something read is damaged or disagrees with something else.</exception>
    public static Dictionary<string, byte[]> Run(string release, ReleasePackages packages, IngestInputs inputs, Progress progress)
    {
        string name = Path.GetFileName(inputs.Vmlinuz);
        byte[] vmlinuz = ReadFile(inputs.Vmlinuz);
        BootBanner banner = BootBanner.Read(vmlinuz, name);
        if (!banner.Version.StartsWith(release + ".", StringComparison.Ordinal))
            throw new IngestException($"{name}: is Linux {banner.Version}, not {release}");

        ReadOnlyMemory<byte> section = ElfSections.Find(KernelImage.ExtractVmlinux(vmlinuz, name), ".BTF", name);
        byte[] btf = section.ToArray();
        if (!BtfTypes.TryParse(btf, null, out BtfTypes? types, out string error))
            throw new IngestException($"{name}: the kernel's BTF cannot be read: {error}");

        string factsFile = Path.Combine(inputs.Facts, release + ".json");
        byte[] factsBytes = ReadFile(factsFile);
        KernelFacts facts = KernelFacts.Parse(factsBytes, release, factsFile);

        AbiDocument abi = AbiBuilder.Build(release, banner.Version, banner.Abi, new BtfSymbols(types), facts);
        var record = new ReleaseRecord
        {
            Release = release,
            Version = banner.Version,
            Abi = banner.Abi,
            Image = new ImageRecord(packages.Image, banner.PackageVersion, packages.Suite, name, Hash(vmlinuz)),
            Config = inputs.Config is null ? null : new FileRecord(Path.GetFileName(inputs.Config), Hash(ReadFile(inputs.Config))),
            Btf = new BtfRecord(btf.Length, Hash(btf)),
            Headers = null,
            Facts = new FactsRecord($"kernel-facts/{release}.json", Hash(factsBytes), ["protos", "programTypes", "kfuncs", "structOps"]),
            Unknown = ["functions", "macros", "helpers.c"],
        };
        return new Dictionary<string, byte[]>
        {
            ["abi.json"] = Encoding.UTF8.GetBytes(AbiJson.Write(abi)),
            ["release.json"] = Encoding.UTF8.GetBytes(record.Write()),
            ["vmlinux.btf.br"] = Compress(btf),
            [$"BpfVerifier.Linux.{release}.csproj"] = Encoding.UTF8.GetBytes(Project),
        };
    }

    /// <summary>Text of <c>catalog.json</c> for every release folder below <paramref name="directory"/>.</summary>
    public static byte[] Catalog(string directory)
    {
        var releases = new List<AbiDocument>();
        foreach (string folder in Directory.EnumerateDirectories(directory))
        {
            string file = Path.Combine(folder, "abi.json");
            if (Version.TryParse(Path.GetFileName(folder), out _) && File.Exists(file))
                releases.Add(AbiJson.Read(File.ReadAllText(file), file));
        }
        return Encoding.UTF8.GetBytes(CatalogBuilder.Build(releases).Write());
    }

    private const string Project = """
        <Project Sdk="Microsoft.NET.Sdk">
          <Import Project="../../Verifier.Runtime/Release.props" />
        </Project>

        """;

    private static byte[] Compress(byte[] data)
    {
        byte[] buffer = new byte[BrotliEncoder.GetMaxCompressedLength(data.Length)];
        return BrotliEncoder.TryCompress(data, buffer, out int written, BrotliQuality, BrotliWindow)
            ? buffer[..written]
            : throw new InvalidOperationException("Brotli's own bound was too small");
    }

    private static string Hash(byte[] data) => Convert.ToHexStringLower(SHA256.HashData(data));

    private static byte[] ReadFile(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IngestException($"cannot read {path}: {e.Message}", e);
        }
    }
}
