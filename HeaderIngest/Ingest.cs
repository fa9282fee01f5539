using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using BpfVerifier.HeaderIngest.Abi;
using BpfVerifier.HeaderIngest.CSource;
using BpfVerifier.HeaderIngest.Facts;
using BpfVerifier.HeaderIngest.Headers;
using BpfVerifier.HeaderIngest.Image;

namespace BpfVerifier.HeaderIngest;

/// <summary>What <c>ingest</c> reads.</summary>
/// <param name="Vmlinuz">The boot image.</param>
/// <param name="Config">The configuration it was built with, or null.</param>
/// <param name="Headers">The header packages unpacked, or null where none are served.</param>
/// <param name="HeaderPackages">Which packages they are.</param>
/// <param name="LibClang">File of libclang, or null to look for it.</param>
/// <param name="Source">The kernel's source, or null where none is at hand.</param>
public sealed record IngestInputs(string Vmlinuz, string? Config, KernelHeaders? Headers, List<PackageRecord> HeaderPackages, string? LibClang, SourceTree? Source = null);

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

        KernelFile kernel = KernelFile.Open(vmlinuz, name);
        KernelFacts facts = ImageFacts.Read(kernel);
        progress.Say(string.Create(CultureInfo.InvariantCulture,
            $"image: {kernel.Kallsyms.Count} symbols, {facts.Protos.Count} prototypes, {facts.Helpers.Sum(t => t.Value.Count)} pairs of program type and helper, {facts.Context.Sum(t => t.Value.Count)} context accesses"));
        foreach (string unknown in facts.Unknown)
            progress.Say($"notice: unknown: {unknown}");

        (HeadersRecord? headersRecord, HeaderSymbols? headers) = Headers(inputs, progress);
        var check = new CrossCheck();
        var symbols = new BtfSymbols(kernel.Types);
        var tables = new KernelTables(kernel.Memory, kernel.Kallsyms, kernel.Types, symbols, name);
        AbiDocument abi = AbiBuilder.Build(release, banner.Version, banner.Abi, symbols, facts, headers, tables, check);
        byte[] symbolTable = SymbolTable.Write(kernel.Kallsyms, ElfSections.AddressOf(kernel.Elf, ".text", name));
        progress.Say(string.Create(CultureInfo.InvariantCulture, $"cross-check: {check.Compared} comparisons, no conflict"));
        if (headers is not null)
            Notice(abi, progress);
        Check(inputs, kernel, facts, tables, progress);
        var record = new ReleaseRecord
        {
            Release = release,
            Version = banner.Version,
            Abi = banner.Abi,
            Image = new ImageRecord(packages.Image, banner.PackageVersion, packages.Suite, name, Hash(vmlinuz)),
            Config = inputs.Config is null ? null : new FileRecord(Path.GetFileName(inputs.Config), Hash(ReadFile(inputs.Config))),
            Btf = new BtfRecord(kernel.BtfBytes.Length, Hash(kernel.BtfBytes)),
            Symbols = new SymbolsRecord(kernel.Kallsyms.Count, symbolTable.Length, Hash(symbolTable)),
            Headers = headersRecord,
            Unknown = [.. headers is null ? ["functions", "helpers.c", "macros", "uapi"] : Array.Empty<string>(), .. facts.Unknown],
        };
        return new Dictionary<string, byte[]>
        {
            ["abi.json"] = Encoding.UTF8.GetBytes(AbiJson.Write(abi)),
            ["release.json"] = Encoding.UTF8.GetBytes(record.Write()),
            ["symbols.br"] = Compress(symbolTable),
            ["vmlinux.btf.br"] = Compress(kernel.BtfBytes),
            [$"BpfVerifier.Linux.{release}.csproj"] = Encoding.UTF8.GetBytes(Project),
        };
    }

    /// <summary>Text of <c>catalog.json</c> for every release folder below <paramref name="directory"/>.</summary>
    public static byte[] Catalog(string directory) => Encoding.UTF8.GetBytes(CatalogBuilder.Build(Committed(directory)).Write());

    /// <summary>The facts of every release folder below <paramref name="directory"/>.</summary>
    public static List<AbiDocument> Committed(string directory)
    {
        var releases = new List<AbiDocument>();
        foreach (string folder in Directory.EnumerateDirectories(directory))
        {
            string file = Path.Combine(folder, "abi.json");
            if (Version.TryParse(Path.GetFileName(folder), out _) && File.Exists(file))
                releases.Add(ReadAbi(File.ReadAllText(file), file));
        }
        return releases;
    }

    /// <summary>Facts that this program wrote.</summary>
    /// <exception cref="IngestException">The text is something else.</exception>
    public static AbiDocument ReadAbi(string text, string name)
    {
        try
        {
            return AbiJson.Read(text, name);
        }
        catch (InvalidDataException e)
        {
            throw new IngestException(e.Message, e);
        }
    }

    private static (HeadersRecord?, HeaderSymbols?) Headers(IngestInputs inputs, Progress progress)
    {
        if (inputs.Headers is not { } headers)
            return (null, null);
        string clang = LibClang.Load(inputs.LibClang);
        progress.Say($"headers: {clang}");
        HeaderSymbols symbols = HeaderParser.Parse(headers);
        progress.Say(string.Create(CultureInfo.InvariantCulture,
            $"headers: {symbols.Enums.Count} enums, {symbols.Structs.Count} structs, {symbols.Functions.Count} functions, {symbols.Macros.Count} valued macros, {symbols.Manual.Count} helpers in the manual"));
        return (new HeadersRecord(inputs.HeaderPackages, Hash(ReadFile(headers.Autoconf)), clang), symbols);
    }

    private static void Check(IngestInputs inputs, KernelFile kernel, KernelFacts facts, KernelTables tables, Progress progress)
    {
        if (inputs.Source is not { } source)
        {
            progress.Say("source: none at hand; prototypes and kfuncs rest on the image alone");
            return;
        }
        SourceReport report = SourceCheck.Run(source, kernel, facts, tables);
        foreach (string line in report.Summary)
            progress.Say(line);
        report.ThrowIfAny();
    }

    // What the selection rules would miss in a release without headers, and helpers the manual forgot.
    private static void Notice(AbiDocument abi, Progress progress)
    {
        string[] missed =
        [
            .. abi.Enums.Where(e => e.Value.Source == Sources.Both && !(e.Key[0] == '@' ? Selection.OfAnonymousEnum(e.Key[1..]) : Selection.OfType(e.Key))).Select(e => "enum " + e.Key),
            .. abi.Structs.Where(s => s.Value.Source == Sources.Both && !Selection.OfType(s.Key)).Select(s => $"{s.Value.Kind} {s.Key}"),
        ];
        if (missed.Length > 0)
            progress.Say($"notice: declared by the headers but not by the rules of Selection.cs: {string.Join(", ", missed)}");
        string[] undocumented = [.. abi.Helpers.Where(h => h.Value.C is null).Select(h => h.Key)];
        if (undocumented.Length > 0)
            progress.Say($"notice: not in the helper manual: {string.Join(", ", undocumented)}");
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

    /// <summary>A whole file.</summary>
    /// <exception cref="IngestException">It cannot be read.</exception>
    public static byte[] ReadFile(string path)
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
