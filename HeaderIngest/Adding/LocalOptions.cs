using System.CommandLine;
using BpfVerifier.HeaderIngest.Emulation;

namespace BpfVerifier.HeaderIngest.Adding;

/// <summary>The options that name a kernel which is not one of packages; the same for every command that takes them.</summary>
public sealed class LocalOptions
{
    private readonly Option<FileInfo?> _image = new("--image") { Description = "The kernel: vmlinuz or vmlinux" };
    private readonly Option<bool> _live = new("--live") { Description = "The running kernel: its types, symbols and configuration, and its image and headers where they are installed" };
    private readonly Option<FileInfo?> _btf = new("--btf") { Description = "The kernel's types alone, as /sys/kernel/btf/vmlinux shows them; needs --headers or --source" };
    private readonly Option<DirectoryInfo[]> _headers = new("--headers")
    {
        Description = "Its headers: a kernel tree that was built, or the common and the configured folder of Debian's packages",
        Arity = new ArgumentArity(0, 2),
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [],
    };
    private readonly Option<DirectoryInfo?> _source = new("--source") { Description = "Its source tree, built or not; with a configuration (of a built tree, or by --headers) its C files are compared with the image" };
    private readonly Option<FileInfo?> _config = new("--config") { Description = "Its configuration" };

    /// <summary>File of libclang.</summary>
    public Option<FileInfo?> LibClang { get; } = new("--libclang") { Description = "File of libclang (default: looked for under Debian's names)" };

    /// <summary>File of libunicorn.</summary>
    public Option<FileInfo?> Unicorn { get; } = new("--unicorn") { Description = "File of libunicorn 2 (default: in the cache, then the system's)" };

    /// <summary>Adds all of them to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_image, _live, _btf, _headers, _source, _config, LibClang, Unicorn])
            command.Options.Add(option);
    }

    /// <summary>What was said of the kernel.</summary>
    public LocalSources Read(ParseResult result) => new()
    {
        Image = result.GetValue(_image)?.FullName,
        Live = result.GetValue(_live),
        Btf = result.GetValue(_btf)?.FullName,
        Headers = [.. result.GetRequiredValue(_headers).Select(folder => folder.FullName)],
        Source = result.GetValue(_source)?.FullName,
        Config = result.GetValue(_config)?.FullName,
        LibClang = result.GetValue(LibClang)?.FullName,
    };

    /// <summary>Loads libunicorn.</summary>
    /// <exception cref="IngestException">There is none.</exception>
    public void LoadUnicorn(ParseResult result, string cache) => UnicornLibrary.Load(result.GetValue(Unicorn)?.FullName, cache);
}
