using BpfVerifier.HeaderIngest.CSource;
using BpfVerifier.HeaderIngest.Headers;

namespace BpfVerifier.HeaderIngest.Tests;

/// <summary>A test that needs libclang, and is left out where the system has none.</summary>
public sealed class LibClangFactAttribute() : NeedsFactAttribute(s_missing)
{
    private static readonly Lazy<string?> s_missing = Missing(() => LibClang.Load(null));
}

/// <summary>A folder with as much of a kernel's source as a test says, and the header package of its configuration.</summary>
internal sealed class SourceFolder : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("headeringest-source-");

    public string Root => Path.Combine(_directory.FullName, "source");
    private string Configured => Path.Combine(_directory.FullName, "configured");

    public SourceFolder()
    {
        Config("");
        // The least that the reader of headers takes for a kernel's.
        Add("include/uapi/linux/bpf.h", "#pragma once\n/* Start of BPF helper function descriptions */\nenum bpf_prog_type { BPF_PROG_TYPE_UNSPEC, BPF_PROG_TYPE_XDP = 6, __MAX_BPF_PROG_TYPE };\n");
        Add("include/uapi/linux/bpf_common.h", "");
        Add("include/uapi/linux/btf.h", "");
        Add("include/linux/types.h", "#pragma once\ntypedef unsigned int u32; typedef unsigned long u64; typedef _Bool bool;\n");
        Add("include/linux/btf_ids.h", "#pragma once\nstruct btf_id_set { u32 cnt; }; struct btf_id_set8 { u32 cnt; };\nextern u32 common_ids[];\n");
        Add("include/linux/compiler_types.h", "");
        Add("include/linux/kconfig.h", "#include <generated/autoconf.h>\n");
        Add("include/linux/btf.h", "#pragma once\n#include <linux/types.h>\n#include <linux/btf_ids.h>\n#include <uapi/linux/bpf.h>\n"
            + "struct btf_kfunc_id_set { void *owner; struct btf_id_set8 *set; int (*filter)(int); };\nint register_btf_kfunc_id_set(enum bpf_prog_type type, const struct btf_kfunc_id_set *set);\nint register_btf_fmodret_id_set(const struct btf_kfunc_id_set *set);\n");
        Add("include/linux/bpf_verifier.h", "");
        Add("include/linux/bpf.h", """
            #pragma once
            #include <linux/btf.h>
            enum bpf_type_flag { PTR_MAYBE_NULL = 256, MEM_RDONLY = 512 };
            enum bpf_arg_type { ARG_DONTCARE, ARG_ANYTHING, ARG_PTR_TO_MEM, ARG_PTR_TO_BTF_ID, ARG_PTR_TO_FIXED_SIZE_MEM = 1024 | ARG_PTR_TO_MEM, __BPF_ARG_TYPE_LIMIT };
            enum bpf_return_type { RET_INTEGER, RET_VOID, RET_PTR_TO_BTF_ID };
            struct bpf_func_proto {
                u64 (*func)(u64);
                bool gpl_only;
                bool pkt_access;
                bool might_sleep;
                enum bpf_return_type ret_type;
                union { struct { enum bpf_arg_type arg1_type, arg2_type, arg3_type, arg4_type, arg5_type; }; enum bpf_arg_type arg_type[5]; };
                union { struct { u32 *arg1_btf_id, *arg2_btf_id, *arg3_btf_id, *arg4_btf_id, *arg5_btf_id; }; struct { u64 arg1_size, arg2_size, arg3_size, arg4_size, arg5_size; }; };
                u32 *ret_btf_id;
                bool (*allowed)(const void *prog);
            };

            """);
    }

    /// <summary>Writes a file below the source's root.</summary>
    public void Add(string path, string text) => Write(Path.Combine(Root, path), text);

    /// <summary>Writes the configuration, in the form of <c>autoconf.h</c>.</summary>
    public void Config(string text) => Write(Path.Combine(Configured, "include/generated/autoconf.h"), text);

    public SourceTree Tree() => new(Root, Configured);

    private static void Write(string file, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }

    public void Dispose() => _directory.Delete(recursive: true);
}
