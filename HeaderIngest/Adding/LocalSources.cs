using BpfVerifier.HeaderIngest.CSource;
using BpfVerifier.HeaderIngest.Headers;
using BpfVerifier.HeaderIngest.Image;
using BpfVerifier.Live;

namespace BpfVerifier.HeaderIngest.Adding;

/// <summary>What a user points at when a kernel is not one of packages.</summary>
public sealed record LocalSources
{
    /// <summary>A <c>vmlinuz</c> or <c>vmlinux</c>.</summary>
    public string? Image { get; init; }
    /// <summary>A <c>.BTF</c> section, or an ELF file with one.</summary>
    public string? Btf { get; init; }
    /// <summary>The running kernel.</summary>
    public bool Live { get; init; }
    /// <summary>Folders of headers: none, that of a built tree, or the common and the configured one.</summary>
    public IReadOnlyList<string> Headers { get; init; } = [];
    /// <summary>A kernel source tree: its headers where no others are named, and with a configuration its C files, which are compared with the image.</summary>
    public string? Source { get; init; }
    /// <summary>The kernel's configuration.</summary>
    public string? Config { get; init; }
    /// <summary>File of libclang, or null to look for it.</summary>
    public string? LibClang { get; init; }
    /// <summary>Where the running kernel's folders are.</summary>
    public string Root { get; init; } = "/";

    /// <summary>Whether anything is named to read a kernel from.</summary>
    public bool Any => Image is not null || Btf is not null || Live || Headers.Count > 0 || Source is not null;

    /// <summary>Opens what is named. The files themselves are read by <see cref="Ingest.Run"/>.</summary>
    /// <param name="progress">Told what is found.</param>
    /// <param name="identity">Which kernel it is.</param>
    /// <exception cref="IngestException">It is no kernel, not all of one kernel, or does not say which.</exception>
    public IngestInputs Open(Progress progress, out BootBanner identity)
    {
        if ((Image is null ? 0 : 1) + (Btf is null ? 0 : 1) + (Live ? 1 : 0) > 1)
            throw new IngestException("--image, --btf and --live each name a kernel: say one of them");
        KernelHeaders? tree = Source is null ? null : HeaderTree.OfSource(Source);
        KernelHeaders? headers = Headers.Count > 0 ? HeaderTree.OfPackages(Headers) : tree;
        string? image = Image, config = Config;
        KernelParts? parts = null;
        if (Live)
        {
            LiveKernel live = LiveKernel.Read(Root, progress);
            (image, config, headers, parts, identity) = (live.Image, config ?? live.Config, headers ?? live.Headers, live.Parts, live.Identity);
        }
        else if (image is not null)
            identity = BootBanner.Read(Ingest.ReadFile(image), Path.GetFileName(image));
        else if (headers is null)
        {
            throw new IngestException(Btf is null
                ? "nothing names a kernel: say --image, --live, --btf with --headers or --source, or --source alone"
                : $"{Btf}: types do not say which kernel they are of: give its headers (--headers) or its source tree (--source) too");
        }
        else
        {
            identity = HeaderTree.Identity(headers);
            parts = new KernelParts(identity);
            if (Btf is not null)
                parts = parts with { Btf = KernelTypes.OfFile(Ingest.ReadFile(Btf), Path.GetFileName(Btf)), BtfName = Path.GetFileName(Btf) };
        }
        if (headers is not null)
            Compare(headers, onlySource: true, identity, progress);
        if (tree is not null && tree != headers)
            Compare(tree, onlySource: false, identity, progress);
        if (config is not null)
            RequireX86(config);
        SourceTree? source = image is not null && tree is not null && headers?.Configured is { } configured ? new SourceTree(tree.Common, configured) : null;
        return new IngestInputs(image, config, headers, [], LibClang, source) { Parts = image is null ? parts : null, Sources = Named(image, headers, tree) };
    }

    /// <summary>The release of a version: <c>6.12</c> of <c>6.12.117</c>.</summary>
    public static string ReleaseOf(BootBanner identity)
    {
        string[] numbers = identity.Version.Split('.');
        return $"{numbers[0]}.{numbers[1]}";
    }

    private static void Compare(KernelHeaders headers, bool onlySource, BootBanner kernel, Progress progress)
    {
        BootBanner declared = HeaderTree.Identity(headers);
        if (ReleaseOf(declared) != ReleaseOf(kernel))
            throw new IngestException($"{headers.Common}: headers of Linux {declared.Version}, but the kernel is Linux {kernel.Version}: give the headers of this very kernel");
        if (declared.Version != kernel.Version)
            progress.Say($"notice: the headers are of Linux {declared.Version}, the kernel is {kernel.Version}; what both tell is compared");
        if (headers.OnlyUapi && onlySource)
            progress.Say($"notice: {headers.Common} was not built ('make prepare'): only its headers for user space are read");
    }

    private static void RequireX86(string config)
    {
        string text = KernelFolders.ConfigurationText(Ingest.ReadFile(config)) ?? throw new IngestException($"{config}: a damaged gzip file");
        if (!text.Split('\n').Contains("CONFIG_X86_64=y"))
            throw new IngestException($"{config}: not the configuration of a kernel for x86-64 (CONFIG_X86_64 is not set)");
    }

    private List<string> Named(string? image, KernelHeaders? headers, KernelHeaders? tree)
    {
        string?[] all =
        [
            Live ? "running kernel" : null,
            image is null ? null : "image",
            Btf is null ? null : "types",
            headers is null || headers == tree ? null : "headers",
            tree is null ? null : tree.OnlyUapi ? "source tree, not built" : "source tree",
        ];
        return [.. all.OfType<string>()];
    }
}
