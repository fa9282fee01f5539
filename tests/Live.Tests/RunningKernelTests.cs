using System.IO.Compression;
using System.Text;
using Xunit;

namespace BpfVerifier.Live.Tests;

public sealed class RunningKernelTests : IDisposable
{
    private readonly FakeMachine _machine = new();

    public void Dispose() => _machine.Dispose();

    private RunningKernel Read()
    {
        Assert.Null(RunningKernel.Read(out RunningKernel? kernel, _machine.Path));
        return kernel!;
    }

    [Fact]
    public void Profile_IsWhatTheMachineSays()
    {
        RunningKernel kernel = Read();
        Assert.Equal("6.12.9", kernel.Name);
        Assert.Equal(new KernelRelease(6, 12, 9), kernel.Profile.Release);
        Assert.Equal(LoaderCapabilities.Root, kernel.Profile.Capabilities);
        Assert.Equal(5, kernel.Profile.PossibleCpus);
        Assert.Empty(kernel.Notices);
        Assert.Null(kernel.Kconfig);
    }

    [Theory]
    [InlineData("1\n", true)]
    [InlineData("2\n", true)]
    [InlineData("0\n", false)]
    public void Jit_IsTheSettingOfTheMachine(string setting, bool open)
    {
        _machine.Write("proc/sys/net/core/bpf_jit_enable", setting);
        Assert.Equal(open, Read().Profile.Gates[KernelGate.Jit]);
    }

    [Theory]
    [InlineData("CONFIG_PREEMPT=y\nCONFIG_PREEMPT_RT=y\n", true)]
    [InlineData("CONFIG_PREEMPT=y\n# CONFIG_PREEMPT_RT is not set\n", false)]
    public void PreemptRt_IsTheConfigurations(string configuration, bool open)
    {
        _machine.Write("boot/config-6.12.9", configuration);
        Assert.Equal(open, Read().Profile.Gates[KernelGate.PreemptRt]);
    }

    [Fact]
    public void Gates_NobodyTellsOf_AreLeftToTheRelease() => Assert.Empty(Read().Profile.Gates);

    [Fact]
    public void Types_AreTheKernelsOwn()
    {
        using (FileStream to = File.Create(_machine.Prepare("sys/kernel/btf/vmlinux")))
        using (var types = new BrotliStream(File.OpenRead(Path.Combine(Repository.Root, "kernel-headers/6.12/vmlinux.btf.br")), CompressionMode.Decompress))
            types.CopyTo(to);
        Assert.True(Read().Profile.Types.Find("task_struct") > 0);
    }

    [Fact]
    public void Symbols_AreTheKernelsAndItsModules()
    {
        KernelSymbols symbols = Read().Profile.Symbols!;
        Assert.Equal(4, symbols.Count);
        Assert.True(symbols.TryGetAddress("_stext", out ulong address));
        Assert.Equal(0xffffffff81000000, address);
        Assert.Equal([0xffffffff81000010, 0xffffffff81000020], symbols.Addresses("twice"));
        Assert.True(symbols.TryGetAddress("of_a_module", out _));
        Assert.False(symbols.TryGetAddress("bpf_prog_1", out _));
    }

    [Theory]
    [InlineData("0000000000000000 T _stext\n0000000000000000 t twice\n")]
    [InlineData("")]
    [InlineData("nonsense\nffffffff81000000\n")]
    public void HiddenAddresses_MakeSymbolsUnknown(string kallsyms)
    {
        _machine.Write("proc/kallsyms", kallsyms);
        RunningKernel kernel = Read();
        Assert.Null(kernel.Profile.Symbols);
        Assert.Contains("/proc/kallsyms", Assert.Single(kernel.Notices), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0000000000000000", LoaderCapabilities.None)]
    [InlineData("0000000000001000", LoaderCapabilities.NetAdmin)]
    [InlineData("0000004000000000", LoaderCapabilities.PerfMon)]
    [InlineData("0000008000000000", LoaderCapabilities.Bpf)]
    [InlineData("0000000000200000", LoaderCapabilities.Root)]
    public void Capabilities_AreTheEffectiveOnes(string mask, LoaderCapabilities expected)
    {
        _machine.Write("proc/self/status", $"CapPrm:\t000001ffffffffff\nCapEff:\t{mask}\n");
        Assert.Equal(expected, Read().Profile.Capabilities);
    }

    [Fact]
    public void UserNamespace_HasNoCapabilities()
    {
        _machine.Write("proc/self/uid_map", "         0       1000          1\n");
        RunningKernel kernel = Read();
        Assert.Equal(LoaderCapabilities.None, kernel.Profile.Capabilities);
        Assert.Contains("user namespace", Assert.Single(kernel.Notices), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("6.18.44-fc-v595", "Linux version 6.18.44-fc-v595 (gcc (GCC) 15.3.0) #1 SMP PREEMPT_DYNAMIC @0", "", "6.18.44")]
    [InlineData("6.18.15+deb13-cloud-amd64", "Linux version 6.18.15+deb13-cloud-amd64 (gcc) #1 SMP PREEMPT_DYNAMIC Debian 6.18.15-1~bpo13+1 (2026-03-12)", "", "6.18.15")]
    [InlineData("6.1.0-56-cloud-amd64", "Linux version 6.1.0-56-cloud-amd64 (gcc) #1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-16)", "", "6.1.192")]
    [InlineData("6.8.0-45-generic", "Linux version 6.8.0-45-generic (gcc)", "Ubuntu 6.8.0-45.45-generic 6.8.12\n", "6.8.12")]
    [InlineData("6.19-rc3", "", "", "6.19")]
    public void Release_IsTheMainlineOne(string osRelease, string version, string signature, string expected)
    {
        _machine.Write("proc/sys/kernel/osrelease", osRelease + "\n");
        _machine.Write("proc/version", version);
        _machine.Write("proc/version_signature", signature);
        Assert.Equal(expected, Read().Profile.Release.ToString());
    }

    [Theory]
    [InlineData("proc/sys/kernel/osrelease", "release")]
    [InlineData("sys/kernel/btf/vmlinux", "CONFIG_DEBUG_INFO_BTF")]
    public void MissingFile_IsAProblemWithAReason(string path, string expected)
    {
        _machine.Remove(path);
        string? problem = RunningKernel.Read(out RunningKernel? kernel, _machine.Path);
        Assert.Null(kernel);
        Assert.Contains(expected, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void DamagedTypes_AreAProblemWithAReason()
    {
        _machine.Write("sys/kernel/btf/vmlinux", "no types");
        Assert.Contains("cannot be read", RunningKernel.Read(out _, _machine.Path), StringComparison.Ordinal);
    }

    [Fact]
    public void Configuration_IsReadFromBootThenFromProc()
    {
        using (var gzip = new GZipStream(File.Create(_machine.Prepare("proc/config.gz")), CompressionMode.Compress))
            gzip.Write("CONFIG_HZ=250\n"u8);
        Assert.Equal("CONFIG_HZ=250\n", Read().Kconfig);
        _machine.Write("boot/config-6.12.9", "CONFIG_HZ=1000\n");
        Assert.Equal("CONFIG_HZ=1000\n", Read().Kconfig);
        File.WriteAllBytes(_machine.Prepare("boot/config-6.12.9"), [0x1f, 0x8b, .. Encoding.ASCII.GetBytes("damaged")]);
        Assert.Null(Read().Kconfig);
    }

    [Theory]
    [InlineData("6.1 6.12 6.18", "6.12", false)]
    [InlineData("6.1 6.11 6.18", "6.11", true)]
    [InlineData("6.18 7.0", "6.18", true)]
    [InlineData("", null, false)]
    public void Nearest_IsItsOwnElseTheNewestOlderElseTheOldest(string available, string? expected, bool noticed)
    {
        KernelRelease[] releases = [.. available.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(text => KernelRelease.TryParse(text, out KernelRelease r) ? r : default)];
        Assert.Equal(expected, Read().Nearest(releases, out string notice)?.ToString());
        Assert.Equal(noticed, notice.Length > 0);
    }
}
