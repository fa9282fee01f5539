using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace BpfVerifier.Oracle;

/// <summary>A kernel image booted in QEMU without hardware virtualisation, with the guest program as its /init.</summary>
internal sealed class GuestKernel(string release, string imageFolder) : IKernel
{
    // lockdown is enabled as a module but never engaged; bpf is needed for LSM programs.
    private const string BootParameters = "console=ttyS0 panic=-1 quiet nokaslr mitigations=off tsc=reliable no_timer_check random.trust_cpu=on lsm=lockdown,capability,bpf";

    private readonly string _vmlinux = KernelImages.Vmlinux(release, imageFolder);

    public string Name => release;

    public IReadOnlyDictionary<string, string> Profile => new SortedDictionary<string, string>(StringComparer.Ordinal)
    {
        ["boot"] = BootParameters,
        ["vmlinux_sha256"] = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(_vmlinux))),
    };

    public string Run(IReadOnlyList<(BatchObject Object, int First)> objects, BatchSettings settings, Action<RawAnswer> take)
    {
        string folder = Directory.CreateTempSubdirectory("bpforacle").FullName;
        try
        {
            byte[] initramfs = Initramfs(objects, settings);
            File.WriteAllBytes(Path.Combine(folder, "initramfs"), initramfs);
            string answers = Path.Combine(folder, "answers");
            string console = Path.Combine(folder, "console");
            bool hung = Boot(folder, initramfs.Length, settings);
            if (File.Exists(answers))
            {
                foreach (RawAnswer answer in AnswerStream.Read(answers))
                    take(answer);
            }
            string text = File.Exists(console) ? File.ReadAllText(console, Encoding.Latin1) : "";
            return hung ? text + "\n[no answer for too long: the guest was ended]" : text;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static byte[] Initramfs(IReadOnlyList<(BatchObject Object, int First)> objects, BatchSettings settings)
    {
        Cpio archive = new();
        archive.AddFile("init", File.ReadAllBytes(GuestProgram.Build()), executable: true);
        string configuration = settings.Configuration(objects, (item, number) =>
        {
            // libbpf names the maps of global data after the file, so the file keeps its name
            string path = string.Create(CultureInfo.InvariantCulture, $"in/{number}/{Path.GetFileName(item.Path)}");
            archive.AddFile(path, item.Content);
            return "/" + path;
        });
        archive.AddFile("oracle.conf", Encoding.UTF8.GetBytes(configuration));
        return archive.Finish();
    }

    /// <summary>Boots and waits. Returns true when the guest had to be ended.</summary>
    private bool Boot(string folder, long initramfsSize, BatchSettings settings)
    {
        long megabytes = 1024 + (settings.LogSize >> 20) + 3 * (initramfsSize >> 20);
        string parameters = settings.RandomAddresses ? BootParameters.Replace(" nokaslr", "", StringComparison.Ordinal) : BootParameters;
        // Without mitigations kernels leave out what they do of unprivileged programs against Spectre.
        if (settings.Unprivileged)
            parameters = parameters.Replace(" mitigations=off", "", StringComparison.Ordinal);
        string[] arguments =
        [
            "-accel", "tcg", "-cpu", "max", "-m", megabytes.ToString(CultureInfo.InvariantCulture), "-smp", "1",
            "-display", "none", "-no-reboot", "-nodefaults",
            "-serial", "file:" + Path.Combine(folder, "console"),
            "-debugcon", "file:" + Path.Combine(folder, "answers"),
            "-device", "isa-debug-exit,iobase=0xf4,iosize=0x04",
            "-kernel", _vmlinux, "-initrd", Path.Combine(folder, "initramfs"), "-append", parameters,
        ];
        using Process process = Process.Start(new ProcessStartInfo("qemu-system-x86_64", arguments) { RedirectStandardError = true })
            ?? throw new OracleException("qemu-system-x86_64 did not start");
        // a guest left behind would run for ever
        EventHandler endGuest = (_, _) => process.Kill();
        AppDomain.CurrentDomain.ProcessExit += endGuest;
        try
        {
            return Wait(process, folder, settings);
        }
        finally
        {
            AppDomain.CurrentDomain.ProcessExit -= endGuest;
        }
    }

    private bool Wait(Process process, string folder, BatchSettings settings)
    {
        Task<string> error = process.StandardError.ReadToEndAsync();
        FileInfo answers = new(Path.Combine(folder, "answers"));
        TimeSpan patience = TimeSpan.FromSeconds(3 * settings.TimeLimit + 60);
        Stopwatch quiet = Stopwatch.StartNew();
        long seen = -1;
        while (!process.WaitForExit(100))
        {
            answers.Refresh();
            long size = answers.Exists ? answers.Length : 0;
            if (size != seen)
            {
                seen = size;
                quiet.Restart();
            }
            else if (quiet.Elapsed > patience)
            {
                process.Kill();
                process.WaitForExit();
                return true;
            }
        }
        if (!answers.Exists || answers.Length == 0)
            throw new OracleException($"the {release} guest gave no answer; qemu said: {error.Result.Trim()}");
        return false;
    }
}
