using BpfVerifier.HeaderIngest.Headers;

namespace BpfVerifier.HeaderIngest.CSource;

/// <summary>The unpacked source of one kernel, with what its build generated for one configuration.</summary>
public sealed class SourceTree
{
    private const string ConfigPrefix = "CONFIG_", Module = "_MODULE";

    /// <summary>Over folders.</summary>
    /// <param name="root">The source.</param>
    /// <param name="configured">The header package of the configuration: generated headers and <c>autoconf.h</c>.</param>
    /// <exception cref="IngestException">One of them lacks what a parse needs.</exception>
    public SourceTree(string root, string configured)
    {
        Root = Path.GetFullPath(root);
        // Files and enumerations are then of one and the same tree; only what a build generates is another package's.
        Headers = new KernelHeaders(Root, Path.GetFullPath(configured));
        if (!File.Exists(Headers.Autoconf))
            throw new IngestException($"{Headers.Autoconf} is missing: without the configuration nobody knows which lines of the source count");
        if (!File.Exists(PathOf("include/linux/bpf.h")))
            throw new IngestException($"{Root}: holds no kernel source (include/linux/bpf.h is missing)");
        Config = ReadConfig(File.ReadLines(Headers.Autoconf));
    }

    /// <summary>The source.</summary>
    public string Root { get; }

    /// <summary>Headers of the source, with the generated ones.</summary>
    public KernelHeaders Headers { get; }

    /// <summary>Value of every set option by its name with <c>CONFIG_</c>; <c>y</c>, <c>m</c> or a value.</summary>
    public IReadOnlyDictionary<string, string> Config { get; }

    /// <summary>Whole path of a file below the root.</summary>
    public string PathOf(string path) => Path.Combine(Root, path);

    /// <summary>Arguments of the compiler for a file; the makefiles of some folders add the folder itself.</summary>
    public string[] Arguments(string path) => [.. Headers.Arguments, "-I" + Path.GetDirectoryName(PathOf(path))];

    /// <summary>Options out of the lines of an <c>autoconf.h</c>.</summary>
    public static Dictionary<string, string> ReadConfig(IEnumerable<string> lines)
    {
        var config = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string line in lines)
        {
            string[] words = line.Split(' ', 3);
            if (words is not ["#define", var name, var value] || !name.StartsWith(ConfigPrefix, StringComparison.Ordinal))
                continue;
            if (name.EndsWith(Module, StringComparison.Ordinal) && value == "1")
                config[name[..^Module.Length]] = "m";
            else
                config[name] = value == "1" ? "y" : value;
        }
        return config;
    }
}
