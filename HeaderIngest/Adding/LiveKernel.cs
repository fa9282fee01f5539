using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using BpfVerifier.HeaderIngest.Headers;
using BpfVerifier.HeaderIngest.Image;
using BpfVerifier.Live;

namespace BpfVerifier.HeaderIngest.Adding;

/// <summary>The running kernel, as its own files and those of its packages tell of it. Nothing is loaded and nothing is run.</summary>
/// <param name="Identity">Which kernel it is.</param>
/// <param name="Image">File of its image, the very build that runs; null when it was not found.</param>
/// <param name="Parts">What it tells without one.</param>
/// <param name="Config">File of its configuration, or null.</param>
/// <param name="Headers">Its headers, or null.</param>
public sealed partial record LiveKernel(BootBanner Identity, string? Image, KernelParts Parts, string? Config, KernelHeaders? Headers)
{
    /// <summary>Where the kernel's code would be without randomization, before it is moved up to where the configuration wants it.</summary>
    private const ulong KernelMap = 0xffffffff80000000, UsualText = 0xffffffff81000000;

    /// <summary>Reads /proc, /sys, /boot and /lib/modules.</summary>
    /// <param name="root">Where these folders are.</param>
    /// <param name="progress">Told what is found, and what is not and why.</param>
    /// <exception cref="IngestException">It is none that can be read: the message says why.</exception>
    public static LiveKernel Read(string root, Progress progress)
    {
        if (root == "/" && !(OperatingSystem.IsLinux() && RuntimeInformation.OSArchitecture == Architecture.X64))
            throw new IngestException($"this machine runs {RuntimeInformation.OSDescription} for {RuntimeInformation.OSArchitecture}; only Linux for x86-64 is known: give an image with --image");
        string name = KernelFolders.Text(root, KernelFolders.OsRelease).Trim();
        if (!KernelVersionText.TryParse(name, KernelFolders.Text(root, KernelFolders.Version), KernelFolders.Text(root, KernelFolders.Signature), out KernelRelease release))
            throw new IngestException($"cannot tell the running kernel's release from '{name}' (/{KernelFolders.OsRelease})");
        if (KernelFolders.Bytes(root, KernelFolders.Types) is not { Length: > 0 } types)
        {
            throw new IngestException($"the running kernel {name} does not show its types (/{KernelFolders.Types}): it was built without CONFIG_DEBUG_INFO_BTF, or the file may not be read; "
                + "without types its facts cannot be read: build it with that option");
        }
        var identity = new BootBanner(name, string.Create(CultureInfo.InvariantCulture, $"{release.Major}.{release.Minor}.{release.Patch ?? 0}"), "");
        string? config = KernelFolders.ConfigurationFile(root, name) is { } found ? Path.Combine(root, found) : null;
        if (config is null)
            progress.Say($"notice: the running kernel's configuration is neither in /boot/config-{name} nor in /proc/config.gz");
        string configuration = config is null ? "" : KernelFolders.ConfigurationText(Ingest.ReadFile(config)) ?? "";
        string? image = FindImage(root, name, types, progress);
        var parts = new KernelParts(identity)
        {
            Btf = types,
            BtfName = "/" + KernelFolders.Types,
            // An image has them all.
            Symbols = image is null ? Symbols(KernelFolders.Text(root, KernelFolders.Kallsyms), configuration, progress) : null,
        };
        return new LiveKernel(identity, image, parts, config, FindHeaders(root, name, progress));
    }

    private static List<KernelSymbol>? Symbols(string kallsyms, string configuration, Progress progress)
    {
        List<KernelSymbol> symbols = [.. (Live.Kallsyms.Lines(kallsyms) ?? []).Where(s => s.Module is null).Select(s => new KernelSymbol(s.Name, s.Address))];
        ulong text = symbols.Find(s => s.Name == "_text").Address;
        string? why = text == 0 ? "shows no addresses (run this as root; kernel.kptr_restrict must not be 2), or the kernel was built without CONFIG_KALLSYMS"
            : !KernelReading.HasVariables(symbols) ? "lists no variables (the kernel was built without CONFIG_KALLSYMS_ALL)"
            : null;
        ulong usual = UsualText;
        if (why is null && Number(configuration, "PHYSICAL_START") is { } start && Number(configuration, "PHYSICAL_ALIGN") is > 0 and var align)
            usual = KernelMap + (start + align - 1) / align * align;
        else if (why is null && text != UsualText)
            why = "shows randomized addresses, and there is no configuration to say where they would be without";
        if (why is not null)
        {
            progress.Say($"notice: /{KernelFolders.Kallsyms} {why}: the kernel's symbols stay unknown");
            return null;
        }
        // Offsets of per-CPU variables are not moved.
        return [.. symbols.Select(s => s.Address >= KernelMap ? s with { Address = s.Address - text + usual } : s)];
    }

    private static ulong? Number(string configuration, string option) =>
        Regex.Match(configuration, $"^CONFIG_{option}=0x([0-9a-fA-F]{{1,8}})$", RegexOptions.Multiline | RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1)) is { Success: true } match
            ? ulong.Parse(match.Groups[1].Value, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)
            : null;

    private static string? FindImage(string root, string name, byte[] types, Progress progress)
    {
        string[] places = [$"boot/vmlinuz-{name}", $"usr/lib/modules/{name}/vmlinuz", $"lib/modules/{name}/vmlinuz", $"usr/lib/debug/boot/vmlinux-{name}", $"usr/lib/debug/lib/modules/{name}/vmlinux"];
        foreach (string file in places.Select(place => Path.Combine(root, place)).Where(File.Exists))
        {
            try
            {
                KernelFile kernel = KernelFile.Open(Ingest.ReadFile(file), Path.GetFileName(file));
                if (kernel.BtfBytes.AsSpan().SequenceEqual(types))
                {
                    progress.Say($"the running kernel's image: {file}");
                    return file;
                }
                progress.Say($"notice: {file} is not the image of the running kernel (its types are others)");
            }
            catch (IngestException problem)
            {
                progress.Say($"notice: {problem.Message}");
            }
        }
        progress.Say($"notice: the running kernel's image was not found (looked for {string.Join(", ", places.Select(place => "/" + place))}): what only it tells stays unknown; --image FILE reads one");
        return null;
    }

    private static KernelHeaders? FindHeaders(string root, string name, Progress progress)
    {
        string build = Path.Combine(root, $"lib/modules/{name}/build"), source = Path.Combine(root, $"lib/modules/{name}/source");
        if (!Directory.Exists(build))
        {
            progress.Say($"notice: no headers of the running kernel in /lib/modules/{name}/build: what only they tell stays unknown");
            return null;
        }
        return HeaderTree.OfPackages(Directory.Exists(source) ? [source, build] : [build]);
    }
}
