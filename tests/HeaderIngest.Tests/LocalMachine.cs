using BpfVerifier.Btf;
using BpfVerifier.HeaderIngest.Adding;
using BpfVerifier.HeaderIngest.Image;

namespace BpfVerifier.HeaderIngest.Tests;

/// <summary>A folder with a repository that knows one release, a kernel tree, a running kernel's files and types, all of Linux 9.9.3 and made here.</summary>
internal sealed class LocalMachine : IDisposable
{
    public const string Release = "9.9", Abi = "9.9.3-acme";
    private const string Bpf = """
        #include <linux/types.h>
        #define BPF_ACME 7
        enum bpf_func_id { BPF_FUNC_unspec, BPF_FUNC_one, __BPF_FUNC_MAX_ID };
        enum bpf_prog_type { BPF_PROG_TYPE_UNSPEC, BPF_PROG_TYPE_XDP };
        enum bpf_map_type { BPF_MAP_TYPE_UNSPEC, BPF_MAP_TYPE_HASH };
        enum bpf_attach_type { BPF_CGROUP_INET_INGRESS, BPF_XDP };
        struct bpf_acme { __u64 cookie; };
        /* Start of BPF helper function descriptions:
         *
         * long bpf_one(void *ctx)
         * 	Description
         * 		Counts to one.
         */
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("headeringest-local-");

    public LocalMachine()
    {
        Write("repository/BpfVerifier.slnx", "<Solution>\n  <Folder Name=\"/kernel-headers/\">\n    <Project Path=\"kernel-headers/6.1/BpfVerifier.Linux.6.1.csproj\" />\n  </Folder>\n</Solution>\n");
        Write("repository/README.md", "<!-- releases (HeaderIngest add) -->\n<!-- /releases -->\n");
        Write("repository/kernel-headers/6.1/abi.json", Committed.Text("6.1", "abi.json"));
        Write("tree/Makefile", "VERSION = 9\nPATCHLEVEL = 9\nSUBLEVEL = 3\nEXTRAVERSION = -acme\nNAME = Nobody\n");
        Write("tree/include/uapi/linux/bpf.h", Bpf);
        Write("tree/include/uapi/linux/bpf_common.h", "");
        Write("tree/include/uapi/linux/btf.h", "");
        Write("tree/include/uapi/linux/types.h", "#include <linux/compiler_types.h>\n#include <asm/types.h>\n");
        Write("tree/include/uapi/asm-generic/types.h", "typedef unsigned long long __u64;\n");
        Write("tree/arch/x86/include/uapi/asm/posix_types.h", "");
        Write("types", Types());
        Write("root/sys/kernel/btf/vmlinux", Types());
        Write("root/proc/sys/kernel/osrelease", Abi + "\n");
        Write("root/proc/kallsyms", "ffffffff9a000000 T _text\nffffffff9a000010 t one\n0000000000000040 A of_a_cpu\nffffffff9b000000 D init_task\nffffffffc0001000 t of_a_module\t[mod]\n");
        Write($"root/boot/config-{Abi}", "CONFIG_X86_64=y\nCONFIG_PHYSICAL_START=0x2000000\nCONFIG_PHYSICAL_ALIGN=0x200000\n");
    }

    public string Repository => At("repository");
    public string Tree => At("tree");
    public string Root => At("root");
    public List<string> Said { get; } = [];

    public string At(string path) => Path.Combine(_folder.FullName, path);

    public string Write(string path, string text) => Write(path, System.Text.Encoding.UTF8.GetBytes(text));

    public string Write(string path, byte[] bytes)
    {
        string file = At(path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllBytes(file, bytes);
        return file;
    }

    /// <summary>The types of the kernel: what the header declares, the registers by which x86-64 is known, and one type more.</summary>
    public static byte[] Types(Action<BtfBuilder>? more = null, string register = "orig_ax", string helpers = "bpf_func_id")
    {
        var types = new BtfBuilder();
        int word = types.AddInt("long long unsigned int", 8), cookie = types.AddTypedef("__u64", word);
        types.AddEnum(helpers, 4, false, ("BPF_FUNC_unspec", 0), ("BPF_FUNC_one", 1), ("__BPF_FUNC_MAX_ID", 2));
        types.AddEnum("bpf_prog_type", 4, false, ("BPF_PROG_TYPE_UNSPEC", 0), ("BPF_PROG_TYPE_XDP", 1));
        types.AddEnum("bpf_map_type", 4, false, ("BPF_MAP_TYPE_UNSPEC", 0), ("BPF_MAP_TYPE_HASH", 1));
        types.AddEnum("bpf_attach_type", 4, false, ("BPF_CGROUP_INET_INGRESS", 0), ("BPF_XDP", 1));
        types.AddStruct(BtfKind.Struct, "bpf_acme", 8, new BtfNewMember("cookie", cookie, 0));
        types.AddStruct(BtfKind.Struct, "bpf_inner", 8, new BtfNewMember("of_the_kernel", cookie, 0));
        types.AddStruct(BtfKind.Struct, "pt_regs", 8, new BtfNewMember(register, word, 0));
        more?.Invoke(types);
        return types.ToArray();
    }

    /// <summary>What <c>add</c> does with sources, up to the drift report.</summary>
    public (List<string> Written, string Drift) Add(LocalSources sources, string release = Release)
    {
        var said = new StringWriter();
        var progress = new Progress(said, terminal: false);
        try
        {
            IngestInputs inputs = sources.Open(progress, out BootBanner identity);
            Addition addition = OutOfTree.Add(Repository, release, inputs, identity, progress);
            return ([.. FolderWriter.Replace(Repository, addition.Files).Order(StringComparer.Ordinal)], addition.Drift);
        }
        finally
        {
            Said.AddRange(said.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
        }
    }

    public AbiDocument Added => AbiJson.Read(File.ReadAllText(At("repository/kernel-headers/9.9/abi.json")), "9.9");

    public string[] Unknown => [.. System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(At("repository/kernel-headers/9.9/release.json")))!["unknown"]!.AsArray().Select(n => n!.GetValue<string>())];

    /// <summary>Every file of the repository and what is in it.</summary>
    public Dictionary<string, string> Contents() => Directory.EnumerateFileSystemEntries(Repository, "*", SearchOption.AllDirectories)
        .ToDictionary(f => Path.GetRelativePath(Repository, f), f => File.Exists(f) ? Convert.ToBase64String(File.ReadAllBytes(f)) : "");

    public void Dispose() => _folder.Delete(recursive: true);
}
