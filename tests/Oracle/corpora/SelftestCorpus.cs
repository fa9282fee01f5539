using System.Collections.Concurrent;
using BpfVerifier.HeaderIngest.Image;

namespace BpfVerifier.Oracle;

/// <summary>The kernel's own BPF selftests, compiled against the types of the image of the same release.</summary>
internal sealed class SelftestCorpus(string release)
{
    private static readonly string[] s_releases = ["6.12", "7.3"];

    /// <summary>Releases whose vmlinux.h comes from Debian's linux-bpf-dev.</summary>
    private static readonly Dictionary<string, (string Version, string Suite)> s_types = new() { ["7.3"] = ("7.3.4-1~bpo13+1", "trixie-backports") };

    private const string Selftests = KernelSource.Selftests;

    /// <summary>Names of the corpora this can make.</summary>
    public static IEnumerable<string> Names => s_releases.Select(r => "selftests-" + r);

    /// <summary>Restores the source, compiles every program file; returns how many objects there are and what did not compile.</summary>
    public (int Objects, IReadOnlyList<string> Failures) Restore(string imageFolder)
    {
        string source = KernelSource.Restore(release, Selftests, "tools/include");
        string headers = Path.Combine(DebianPackages.Extracted("libbpf-dev", "1:1.5.0-3", "trixie"), "usr/include");
        string types = KernelTypes(imageFolder);
        string corpus = Directory.CreateDirectory(Repository.Corpus("selftests-" + release)).FullName;
        // those written for the verifier first
        IEnumerable<string> files = Directory.GetFiles(Path.Combine(source, Selftests, "progs"), "*.c")
            .OrderBy(f => Path.GetFileName(f).StartsWith("verifier_", StringComparison.Ordinal) ? 0 : 1)
            .ThenBy(f => f, StringComparer.Ordinal);
        ConcurrentBag<string> failures = [];
        Parallel.ForEach(Partitioner.Create(files, EnumerablePartitionerOptions.NoBuffering), new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, file =>
        {
            string target = Path.Combine(corpus, Path.GetFileNameWithoutExtension(file) + ".bpf.o");
            if (File.Exists(target))
                return;
            try
            {
                Compile(file, target, source, headers, types);
            }
            catch (OracleException e)
            {
                failures.Add($"{Path.GetFileName(file)}: {e.Message.Split('\n').FirstOrDefault(l => l.Contains("error:", StringComparison.Ordinal)) ?? e.Message}");
            }
        });
        return (Directory.GetFiles(corpus, "*.o").Length, [.. failures.Order(StringComparer.Ordinal)]);
    }

    /// <summary>
    /// A folder with the release's vmlinux.h: the one Debian ships where there is one, since it declares the kfuncs, which
    /// the selftests of newer releases expect and older bpftools leave out; else that of the release's image.
    /// </summary>
    private string KernelTypes(string imageFolder)
    {
        if (s_types.TryGetValue(release, out (string Version, string Suite) shipped))
            return Path.Combine(DebianPackages.Extracted("linux-bpf-dev", shipped.Version, shipped.Suite), "usr/include/x86_64-linux-gnu/linux/bpf");
        string folder = Directory.CreateDirectory(Path.Combine(Repository.OracleCache, "types-" + release)).FullName;
        string header = Path.Combine(folder, "vmlinux.h");
        if (!File.Exists(header))
        {
            string btf = Path.Combine(folder, "vmlinux.btf");
            string vmlinux = KernelImages.Vmlinux(release, imageFolder);
            File.WriteAllBytes(btf, ElfSections.Find(File.ReadAllBytes(vmlinux), ".BTF", vmlinux).Span);
            File.WriteAllText(header, Tool.Run("bpftool", ["btf", "dump", "file", btf, "format", "c"]));
        }
        return folder;
    }

    /// <summary>
    /// Compiles a file. An object's bytes must be the same wherever it is made: no path of this machine may get into it, and
    /// clang orders types by where in memory they come to lie, which depends on the headers' paths and inodes. So all headers
    /// are put into one text first, and that is compiled.
    /// </summary>
    private static void Compile(string file, string target, string source, string headers, string types)
    {
        static string Below(string path) => Path.GetRelativePath(Repository.Cache, path);
        string partial = target + ".partial";
        (source, headers, types) = (Below(source), Below(headers), Below(types));
        string[] options =
        [
            "-target", "bpf", "-g", "-O2", "-mcpu=v3", "-std=gnu11", "-fno-strict-aliasing", "-w", "-mlittle-endian",
            "-D__TARGET_ARCH_x86", "-DENABLE_ATOMICS_TESTS", "-ffile-prefix-map=" + source + "/=", "-fdebug-compilation-dir=.",
        ];
        string[] folders =
        [
            "-I" + types, "-I" + headers, "-I" + Path.Combine(source, Selftests), "-I" + Path.Combine(source, Selftests, "libarena/include"),
            "-I" + Path.Combine(source, "tools/include/uapi"),
            "-idirafter", "/usr/include/x86_64-linux-gnu", "-idirafter", "/usr/include", "-idirafter", Path.Combine(source, "tools/include"),
        ];
        string text = Tool.Run("clang-19", [.. options, .. folders, "-E", "-frewrite-includes", Below(file)], Repository.Cache);
        Tool.Run("clang-19", [.. options, "-x", "c", "-c", "-", "-o", Below(partial)], Repository.Cache, text);
        Tool.Run("llvm-strip-19", ["-g", partial]);
        File.Move(partial, target, overwrite: true);
    }
}
