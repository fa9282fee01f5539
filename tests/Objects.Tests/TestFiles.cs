using BpfVerifier.Btf;

namespace BpfVerifier.Objects.Tests;

internal static class TestFiles
{
    public static string PathOf(string name) => Path.Combine(AppContext.BaseDirectory, "objects", name);

    public static byte[] Read(string name) => File.ReadAllBytes(PathOf(name));

    public static IEnumerable<string> Objects => Directory.EnumerateFiles(PathOf("."), "*.bpf.o").Select(p => Path.GetFileName(p)!).Order(StringComparer.Ordinal);

    /// <summary>The types of <c>kernel.c</c>.</summary>
    public static BtfTypes KernelTypes { get; } = BtfTypes.TryParse(Read("kernel.btf"), null, out BtfTypes? types, out string error)
        ? types
        : throw new InvalidDataException(error);
}
