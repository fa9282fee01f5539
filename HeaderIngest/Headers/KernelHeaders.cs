namespace BpfVerifier.HeaderIngest.Headers;

/// <summary>The header packages of one kernel, unpacked.</summary>
/// <param name="Common">Root of the package all configurations share.</param>
/// <param name="Configured">Root of the package of this configuration (<c>autoconf.h</c>, generated headers).</param>
public sealed record KernelHeaders(string Common, string Configured)
{
    /// <summary>The headers whose declarations are taken, below <see cref="Common"/>.</summary>
    public static IReadOnlyList<string> Files { get; } =
    [
        "include/uapi/linux/bpf.h",
        "include/uapi/linux/bpf_common.h",
        "include/uapi/linux/btf.h",
        "include/linux/bpf.h",
        "include/linux/btf.h",
        "include/linux/bpf_verifier.h",
    ];

    /// <summary>Whether a header of <see cref="Files"/> is one that programs of user space include.</summary>
    public static bool IsUapi(string file) => file.StartsWith("include/uapi/", StringComparison.Ordinal);

    /// <summary>The header that carries the manual of the helpers.</summary>
    public const string ManualFile = "include/uapi/linux/bpf.h";

    /// <summary>Path of the configuration as the compiler sees it.</summary>
    public string Autoconf => Path.Combine(Configured, "include/generated/autoconf.h");

    /// <summary>The compiler's own header of variadic functions, which old releases include (5.10) and which no header package has.</summary>
    public (string Path, string Text) Variadic => (Path.Combine(Configured, "include/stdarg.h"), "typedef __builtin_va_list va_list;\n");

    private static readonly string[] Included = ["linux/compiler-version.h", "linux/kconfig.h", "linux/compiler_types.h"];

    /// <summary>How the kernel's own build compiles C for x86-64, as far as declarations depend on it. clang takes it without an error.</summary>
    public string[] Arguments =>
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
    public static string Includes => "#include <linux/bpf.h>\n#include <linux/btf.h>\n#include <linux/bpf_verifier.h>\n";
}
