using BpfVerifier.Btf;

namespace BpfVerifier.Live.Tests;

/// <summary>A folder with the files in which a kernel describes itself.</summary>
internal sealed class FakeMachine : IDisposable
{
    private const string AllCapabilities = "000001ffffffffff";

    public FakeMachine()
    {
        Write("proc/sys/kernel/osrelease", "6.12.9\n");
        Write("proc/kallsyms", "ffffffff81000000 T _stext\nffffffff81000010 t twice\nffffffff81000020 t twice\nffffffffc0001000 t of_a_module\t[mod]\nffffffffc0002000 t bpf_prog_1\t[bpf]\n");
        Write("proc/self/status", $"Name:\ttest\nCapPrm:\t0000000000000000\nCapEff:\t{AllCapabilities}\n");
        Write("proc/self/uid_map", "         0          0 4294967295\n");
        Write("sys/devices/system/cpu/possible", "0-3,8\n");
        File.WriteAllBytes(Prepare("sys/kernel/btf/vmlinux"), BtfTypes.Empty.Data.ToArray());
    }

    public string Path { get; } = Directory.CreateTempSubdirectory("bpfverifier").FullName;

    public void Write(string path, string text) => File.WriteAllText(Prepare(path), text);

    public void Remove(string path) => File.Delete(System.IO.Path.Combine(Path, path));

    public string Prepare(string path)
    {
        string full = System.IO.Path.Combine(Path, path);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(full)!);
        return full;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
