using System.Globalization;
using BpfVerifier.Btf;
using BpfVerifier.HeaderIngest.Facts;
using BpfVerifier.HeaderIngest.Image;

namespace BpfVerifier.HeaderIngest;

/// <summary>What is known of a kernel whose image is not at hand.</summary>
/// <param name="Identity">Which kernel it is.</param>
public sealed record KernelParts(BootBanner Identity)
{
    /// <summary>Its <c>.BTF</c> section, or null.</summary>
    public byte[]? Btf { get; init; }
    /// <summary>What to call that in messages.</summary>
    public string BtfName { get; init; } = "";
    /// <summary>All symbols of the kernel proper, as if addresses were not randomized, or null.</summary>
    public List<KernelSymbol>? Symbols { get; init; }
}

/// <summary>What was read of a kernel besides its headers; what is null nothing told.</summary>
/// <param name="Identity">Which kernel it is.</param>
/// <param name="Btf">Its <c>.BTF</c> section.</param>
/// <param name="Types">The same, read.</param>
/// <param name="Symbols">Its symbols.</param>
/// <param name="TextStart">Address of its code, which the table of symbols counts from.</param>
/// <param name="Facts">What its own functions say.</param>
/// <param name="File">The image.</param>
/// <param name="Tables">Its tables.</param>
internal sealed record KernelReading(BootBanner Identity, byte[]? Btf, BtfTypes? Types, List<KernelSymbol>? Symbols, ulong TextStart, KernelFile? File, KernelFacts? Facts, KernelTables? Tables)
{
    /// <summary>The symbol at the start of the kernel's code.</summary>
    private const string Text = "_text";
    private const string Helpers = "bpf_func_id";
    /// <summary>A variable that every kernel has: its symbols are all there, not those of functions alone.</summary>
    private const string Variable = "init_task";

    /// <summary>Whether a table of symbols holds those of variables too.</summary>
    public static bool HasVariables(IEnumerable<KernelSymbol> symbols) => symbols.Any(s => s.Name == Variable);

    /// <summary>Reads an image. libunicorn must be loaded.</summary>
    /// <exception cref="IngestException">It is of another release, or cannot be read.</exception>
    public static KernelReading OfImage(byte[] image, string name, string release, Progress progress)
    {
        BootBanner banner = BootBanner.Read(image, name);
        RequireRelease(banner, release, name);
        KernelFile kernel = KernelFile.Open(image, name);
        if (!HasVariables(kernel.Kallsyms))
            throw new IngestException($"{name}: the kernel lists no variables among its symbols (built without CONFIG_KALLSYMS_ALL), so its tables cannot be found; without them only its types can be read (--btf instead of --image)");
        KernelFacts facts = ImageFacts.Read(kernel);
        progress.Say(string.Create(CultureInfo.InvariantCulture,
            $"image: {kernel.Kallsyms.Count} symbols, {facts.Protos.Count} prototypes, {facts.Helpers.Sum(t => t.Value.Count)} pairs of program type and helper, {facts.Context.Sum(t => t.Value.Count)} context accesses"));
        foreach (string unknown in facts.Unknown)
            progress.Say($"notice: unknown: {unknown}");
        return new KernelReading(banner, kernel.BtfBytes, kernel.Types, [.. kernel.Kallsyms], ElfSections.AddressOf(kernel.Elf, ".text", name), kernel, facts, KernelTables.Of(kernel));
    }

    /// <summary>Reads what is there without an image.</summary>
    /// <exception cref="IngestException">It is of another release, or cannot be read.</exception>
    public static KernelReading OfParts(KernelParts parts, string release, Progress progress)
    {
        RequireRelease(parts.Identity, release, parts.BtfName.Length > 0 ? parts.BtfName : "the source tree");
        BtfTypes? types = parts.Btf is null ? null : KernelTypes.Read(parts.Btf, parts.BtfName);
        if (types is not null && types.Find(Helpers, BtfKind.Enum) < 0)
            throw new IngestException($"{parts.BtfName}: no enum {Helpers}: not the types of a kernel with BPF (CONFIG_BPF_SYSCALL)");
        progress.Say(string.Create(CultureInfo.InvariantCulture,
            $"without an image: {(types is null ? "no" : types.Count - 1)} types, {(parts.Symbols is null ? "no" : parts.Symbols.Count)} symbols; what only the image tells stays unknown"));
        return new KernelReading(parts.Identity, parts.Btf, types, parts.Symbols, parts.Symbols?.Find(s => s.Name == Text).Address ?? 0, null, null, null);
    }

    private static void RequireRelease(BootBanner kernel, string release, string name)
    {
        if (!kernel.Version.StartsWith(release + ".", StringComparison.Ordinal))
            throw new IngestException($"{name}: is Linux {kernel.Version}, not {release}");
    }
}
