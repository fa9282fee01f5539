using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using BpfVerifier.HeaderIngest.Abi;
using BpfVerifier.HeaderIngest.CSource;
using BpfVerifier.HeaderIngest.Headers;

namespace BpfVerifier.HeaderIngest;

/// <summary>What <c>ingest</c> reads.</summary>
/// <param name="Vmlinuz">The boot image; null where there is none, and <see cref="Parts"/> is what there is.</param>
/// <param name="Config">The configuration it was built with, or null.</param>
/// <param name="Headers">The header packages unpacked, or a kernel tree; null where there are none.</param>
/// <param name="HeaderPackages">Which packages they are.</param>
/// <param name="LibClang">File of libclang, or null to look for it.</param>
/// <param name="Source">The kernel's source with a configuration, with which what was read from the image is compared, or null where none is at hand.</param>
public sealed record IngestInputs(string? Vmlinuz, string? Config, KernelHeaders? Headers, List<PackageRecord> HeaderPackages, string? LibClang, SourceTree? Source = null)
{
    /// <summary>What is known without an image.</summary>
    public KernelParts? Parts { get; init; }
    /// <summary>What a user pointed at instead of packages, for <c>release.json</c>; null for packages.</summary>
    public List<string>? Sources { get; init; }
}

/// <summary>Makes the contents of <c>kernel-headers/RELEASE/</c>.</summary>
public static class Ingest
{
    private const int BrotliQuality = 11, BrotliWindow = 24;

    /// <summary>All files of the folder by name: without types no project, since nothing could be verified. Nothing is written.</summary>
    /// <exception cref="IngestException">Something read is damaged or disagrees with something else.</exception>
    public static Dictionary<string, byte[]> Run(string release, ReleasePackages packages, IngestInputs inputs, Progress progress)
    {
        byte[]? image = inputs.Vmlinuz is null ? null : ReadFile(inputs.Vmlinuz);
        string imageName = Path.GetFileName(inputs.Vmlinuz) ?? "";
        KernelReading kernel = image is not null ? KernelReading.OfImage(image, imageName, release, progress)
            : KernelReading.OfParts(inputs.Parts ?? throw new ArgumentException("neither an image nor parts", nameof(inputs)), release, progress);

        (HeadersRecord? headersRecord, HeaderSymbols? headers) = Headers(inputs, progress);
        var check = new CrossCheck();
        AbiDocument abi = AbiBuilder.Build(release, kernel.Identity.Version, kernel.Identity.Abi, kernel.Types is null ? null : new BtfSymbols(kernel.Types), kernel.Facts, headers, kernel.Tables, check);
        byte[]? symbolTable = kernel.Symbols is null ? null : SymbolTable.Write(kernel.Symbols, kernel.TextStart);
        progress.Say(string.Create(CultureInfo.InvariantCulture, $"cross-check: {check.Compared} comparisons, no conflict"));
        if (headers is not null && kernel.Types is not null)
            Notice(abi, progress);
        Check(inputs, kernel, progress);
        var record = new ReleaseRecord
        {
            Release = release,
            Version = kernel.Identity.Version,
            Abi = kernel.Identity.Abi,
            Sources = inputs.Sources,
            Image = image is null ? null : new ImageRecord(packages.Image, kernel.Identity.PackageVersion, packages.Suite, imageName, Hash(image)),
            Config = inputs.Config is null ? null : new FileRecord(Path.GetFileName(inputs.Config), Hash(ReadFile(inputs.Config))),
            Btf = kernel.Btf is null ? null : new BtfRecord(kernel.Btf.Length, Hash(kernel.Btf)),
            Symbols = symbolTable is null ? null : new SymbolsRecord(kernel.Symbols!.Count, symbolTable.Length, Hash(symbolTable)),
            Headers = headersRecord,
            Unknown = [.. UnknownSections.Of(abi, kernel.Symbols is not null), .. kernel.Facts?.Unknown ?? []],
        };
        var files = new Dictionary<string, byte[]>
        {
            ["abi.json"] = Encoding.UTF8.GetBytes(AbiJson.Write(abi)),
            ["release.json"] = Encoding.UTF8.GetBytes(record.Write()),
        };
        if (symbolTable is not null)
            files.Add("symbols.br", Compress(symbolTable));
        if (kernel.Btf is null)
            return files;
        files.Add("vmlinux.btf.br", Compress(kernel.Btf));
        files.Add(ProjectOf(release), Encoding.UTF8.GetBytes(Project));
        return files;
    }

    /// <summary>Name of a release's project file.</summary>
    public static string ProjectOf(string release) => $"BpfVerifier.Linux.{release}.csproj";

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
        return (new HeadersRecord(inputs.HeaderPackages, headers.Autoconf is null ? null : Hash(ReadFile(headers.Autoconf)), clang), symbols);
    }

    private static void Check(IngestInputs inputs, KernelReading kernel, Progress progress)
    {
        if (kernel.File is null)
            return;
        if (inputs.Source is not { } source)
        {
            progress.Say("source: none at hand; prototypes and kfuncs rest on the image alone");
            return;
        }
        SourceReport report = SourceCheck.Run(source, kernel.File, kernel.Facts!, kernel.Tables!);
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
