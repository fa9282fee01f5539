using System.Security.Cryptography;
using System.Text;

namespace BpfVerifier.Oracle;

/// <summary>Builds the C program in guest/, statically, against the newest libbpf that links here.</summary>
internal static class GuestProgram
{
    /// <summary>The packages the static program is linked from.</summary>
    private static readonly (string Package, string Version, string Suite)[] s_packages =
    [
        ("libbpf-dev", "1:1.7.0-1", "sid"),
        ("libelf-dev", "0.188-2.1", "bookworm"),
        ("zlib1g-dev", "1:1.2.13.dfsg-1", "bookworm"),
    ];

    // libbpf of newer suites is compiled against a glibc whose scanf and strtol have other link names.
    private static readonly (string Wanted, string Here)[] s_linkNames =
    [
        ("__isoc23_sscanf", "__isoc99_sscanf"), ("__isoc23_fscanf", "__isoc99_fscanf"), ("__isoc23_strtol", "strtol"),
        ("__isoc23_strtoul", "strtoul"), ("__isoc23_strtoll", "strtoll"), ("__isoc23_strtoull", "strtoull"),
    ];

    /// <summary>Path of the built program; rebuilt when its source or the packages change.</summary>
    public static string Build()
    {
        string folder = Path.Combine(Repository.Root, "tests", "Oracle", "guest");
        string[] sources = [.. Directory.GetFiles(folder, "*.?").Order(StringComparer.Ordinal)];
        string identity = string.Concat(sources.Select(File.ReadAllText)) + string.Join(' ', s_packages.Select(p => p.Package + p.Version));
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(identity)))[..16];
        string program = Path.Combine(Repository.OracleCache, "oracle-" + hash);
        if (File.Exists(program))
            return program;

        List<string> trees = [.. s_packages.Select(p => DebianPackages.Extracted(p.Package, p.Version, p.Suite))];
        string Library(int package, string name) => Path.Combine(trees[package], "usr/lib/x86_64-linux-gnu", name);
        string partial = program + ".partial";
        List<string> arguments =
        [
            "-O2", "-Wall", "-static", "-s", "-o", partial, .. sources.Where(s => s.EndsWith(".c", StringComparison.Ordinal)),
            "-I" + Path.Combine(trees[0], "usr/include"),
            Library(0, "libbpf.a"), Library(1, "libelf.a"), Library(2, "libz.a"),
            "-Wl,--wrap=syscall",
            .. s_linkNames.Select(n => $"-Wl,-u,{n.Here},--defsym={n.Wanted}={n.Here}"),
        ];
        Tool.Run("gcc", arguments);
        File.Move(partial, program, overwrite: true);
        return program;
    }
}
