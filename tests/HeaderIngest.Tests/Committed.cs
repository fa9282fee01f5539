using System.IO.Compression;
using BpfVerifier.Btf;
using BpfVerifier.HeaderIngest.Abi;

namespace BpfVerifier.HeaderIngest.Tests;

/// <summary>The committed folders of kernel-headers.</summary>
internal static class Committed
{
    public static string Directory { get; } = Path.Combine(Repository.Root!, "kernel-headers");

    public static string[] Names { get; } =
        [.. System.IO.Directory.EnumerateDirectories(Directory).Select(d => Path.GetFileName(d)!).Where(n => Version.TryParse(n, out _)).OrderBy(Version.Parse)];

    public static TheoryData<string> Releases => [.. Names];

    public static string Text(string release, string file) => File.ReadAllText(Path.Combine(Directory, release, file));

    public static AbiDocument Abi(string release) => AbiJson.Read(Text(release, "abi.json"), release);

    public static byte[] BtfBytes(string release) => Unpack(release, "vmlinux.btf.br");

    public static byte[] SymbolBytes(string release) => Unpack(release, "symbols.br");

    private static byte[] Unpack(string release, string file)
    {
        using var brotli = new BrotliStream(File.OpenRead(Path.Combine(Directory, release, file)), CompressionMode.Decompress);
        var bytes = new MemoryStream();
        brotli.CopyTo(bytes);
        return bytes.ToArray();
    }

    public static BtfTypes Btf(string release)
    {
        Assert.True(BtfTypes.TryParse(BtfBytes(release), null, out BtfTypes? types, out string error), error);
        return types!;
    }
}
