namespace BpfVerifier.HeaderIngest.Headers;

/// <summary>The headers of one kernel: its two header packages unpacked, a tree that was built, or one that was not.</summary>
/// <param name="Common">Root of what all configurations share; a kernel tree.</param>
/// <param name="Configured">Root of what belongs to a configuration (<c>autoconf.h</c>, generated headers): the same for a tree that was built. Null for a tree
/// without: then only the headers for user space can be read, which depend on no configuration.</param>
public sealed record KernelHeaders(string Common, string? Configured)
{
    private static readonly string[] s_uapi = ["include/uapi/linux/bpf.h", "include/uapi/linux/bpf_common.h", "include/uapi/linux/btf.h"];
    private static readonly string[] s_kernel = ["include/linux/bpf.h", "include/linux/btf.h", "include/linux/bpf_verifier.h"];

    /// <summary>What the headers for user space include besides each other: the first is made by a kernel's build, the second is taken out of what is installed.</summary>
    private static readonly (string File, string Text)[] s_installed =
    [
        ("include/uapi/asm/types.h", "#include <asm-generic/types.h>\n"),
        ("include/uapi/linux/compiler_types.h", ""),
    ];

    /// <summary>The headers whose declarations are taken, below <see cref="Common"/>.</summary>
    public IReadOnlyList<string> Files => OnlyUapi ? s_uapi : [.. s_uapi, .. s_kernel];

    /// <summary>Only headers for user space are read.</summary>
    public bool OnlyUapi => Configured is null;

    /// <summary>Whether a header of <see cref="Files"/> is one that programs of user space include.</summary>
    public static bool IsUapi(string file) => file.StartsWith("include/uapi/", StringComparison.Ordinal);

    /// <summary>The header that carries the manual of the helpers.</summary>
    public const string ManualFile = "include/uapi/linux/bpf.h";

    /// <summary>Path of the configuration as the compiler sees it; null where there is none.</summary>
    public string? Autoconf => Configured is null ? null : Path.Combine(Configured, "include/generated/autoconf.h");

    /// <summary>Files the compiler shall see that are not there.</summary>
    /// <remarks>With a configuration: the compiler's own header of variadic functions, which old releases include (5.10) and which no header package has.</remarks>
    public (string Path, string Text)[] Added => Configured is null
        ? [.. s_installed.Select(added => (Path.Combine(Common, added.File), added.Text))]
        : [(Path.Combine(Configured, "include/stdarg.h"), "typedef __builtin_va_list va_list;\n")];

    private static readonly string[] Included = ["linux/compiler-version.h", "linux/kconfig.h", "linux/compiler_types.h"];

    /// <summary>How C for x86-64 is compiled, as far as declarations depend on it: by the kernel's own build, or by a program of user space. clang takes it
    /// without an error.</summary>
    public string[] Arguments => Configured is null
        ?
        [
            "-x", "c", "-target", "x86_64-linux-gnu", "-std=gnu11", "-nostdinc",
            "-I" + Path.Combine(Common, "arch/x86/include/uapi"),
            "-I" + Path.Combine(Common, "include/uapi"),
            // What is taken out of headers when they are installed.
            "-D__user=", "-D__force=", "-D__iomem=", "-Wno-everything", "-ferror-limit=0",
        ]
        :
        [
            "-x", "c", "-target", "x86_64-linux-gnu", "-std=gnu11", "-nostdinc",
            "-I" + Path.Combine(Common, "arch/x86/include"),
            "-I" + Path.Combine(Configured, "arch/x86/include/generated"),
            "-I" + Path.Combine(Common, "include"),
            "-I" + Path.Combine(Configured, "include"),
            "-I" + Path.Combine(Common, "arch/x86/include/uapi"),
            "-I" + Path.Combine(Configured, "arch/x86/include/generated/uapi"),
            "-I" + Path.Combine(Common, "include/uapi"),
            "-I" + Path.Combine(Configured, "include/generated/uapi"),
            // Not in every release (5.10 lacks the first).
            .. Included.Where(file => File.Exists(Path.Combine(Common, "include", file))).SelectMany(file => (string[])["-include", file]),
            "-D__KERNEL__", "-fshort-wchar", "-fms-extensions", "-m64", "-mno-sse", "-mcmodel=kernel",
            "-DKBUILD_MODNAME=\"x\"", "-DKBUILD_BASENAME=\"x\"", "-DKBUILD_MODFILE=\"x\"", "-DCC_USING_FENTRY", "-Wno-everything", "-ferror-limit=0",
        ];

    /// <summary>C text that includes all of <see cref="Files"/>.</summary>
    public string Includes => OnlyUapi ? "#include <linux/bpf.h>\n#include <linux/btf.h>\n" : "#include <linux/bpf.h>\n#include <linux/btf.h>\n#include <linux/bpf_verifier.h>\n";
}
