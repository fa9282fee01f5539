using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using BpfVerifier.Btf;
using Xunit;

namespace BpfVerifier.Objects.Tests;

/// <summary>
/// Untyped ksyms of samples/global_data, beside what libbpf made of them on each of the kernels (tests/Parity/golden; their addresses were
/// not randomized).
/// </summary>
public sealed class KernelSymbolTests
{
    private static readonly string s_root = FindRoot();

    public static TheoryData<string, string> Programs
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (string release in (string[])["6.1", "6.12", "6.18"])
                foreach (string program in (string[])["address_only", "weak_symbol"])
                    data.Add(release, program);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Programs))]
    public void Symbols_of_the_profile_give_the_instructions_the_kernel_got(string release, string program)
    {
        PrepareResult result = Open("externs.bpf.o").Prepare(program, Profile(release));
        Assert.True(result.Succeeded, result.Failure?.Message);
        Assert.Equal(Golden(release, "global_data/externs.bpf.o", program).GetProperty("insns_sha256").GetString(),
            Convert.ToHexStringLower(SHA256.HashData(result.Program.Instructions.Span)));
    }

    [Theory]
    [InlineData("6.1")]
    [InlineData("6.12")]
    [InlineData("6.18")]
    public void A_symbol_the_kernel_has_not_fails_as_with_libbpf(string release)
    {
        JsonElement golden = Golden(release, "global_data/extern_missing.bpf.o", "needs_it");
        ObjectFailure failure = Open("extern_missing.bpf.o").Prepare("needs_it", Profile(release)).Failure!;
        Assert.Equal(Verdict.LoadFailed, failure.Verdict);
        Assert.Equal(golden.GetProperty("errno").GetInt32(), (int)failure.Errno);
        Assert.Equal(golden.GetProperty("message").GetString(), failure.Message);
    }

    [Fact]
    public void A_table_of_the_options_goes_before_the_profiles()
    {
        var options = new ObjectOptions { KernelSymbols = name => name == "jiffies" ? 0x1122334455667788 : null };
        PrepareResult result = Open("externs.bpf.o").Prepare("address_only", Profile("6.12"), options);
        Assert.True(result.Succeeded, result.Failure?.Message);
        ReadOnlySpan<byte> load = result.Program.Instructions.Span;
        Assert.Equal((0x55667788, 0x11223344), (BitConverter.ToInt32(load[4..]), BitConverter.ToInt32(load[12..])));
    }

    [Fact]
    public void Perf_event_arrays_without_a_size_have_an_entry_for_each_cpu_of_the_profile()
    {
        BpfObject opened = BpfObject.Open(Path.Combine(s_root, "samples", "tracing", "probe_reads.bpf.o"));
        KernelProfile profile = Profile("6.12") with { PossibleCpus = 3 };
        Assert.Equal(3u, Assert.Single(opened.Prepare("begin", profile).Program!.Maps, map => map.Type == MapType.PerfEventArray).MaxEntries);
        PrepareResult told = opened.Prepare("begin", profile, new ObjectOptions { CpuCount = 7 });
        Assert.Equal(7u, Assert.Single(told.Program!.Maps, map => map.Type == MapType.PerfEventArray).MaxEntries);
    }

    private static BpfObject Open(string name) => BpfObject.Open(Path.Combine(s_root, "samples", "global_data", name));

    private static KernelProfile Profile(string release)
    {
        string folder = Path.Combine(s_root, "kernel-headers", release);
        using var brotli = new BrotliStream(File.OpenRead(Path.Combine(folder, "vmlinux.btf.br")), CompressionMode.Decompress);
        var btf = new MemoryStream();
        brotli.CopyTo(btf);
        Assert.True(BtfTypes.TryParse(btf.ToArray(), null, out BtfTypes? types, out string error), error);
        Assert.True(KernelRelease.TryParse(release, out KernelRelease number));
        return new KernelProfile { Release = number, Types = types, Symbols = KernelSymbols.Load(() => File.OpenRead(Path.Combine(folder, "symbols.br"))) };
    }

    private static JsonElement Golden(string release, string file, string program) =>
        File.ReadLines(Path.Combine(s_root, "tests", "Parity", "golden", release, "samples.jsonl")).Skip(1)
            .Select(line => JsonDocument.Parse(line).RootElement)
            .Single(e => e.GetProperty("object").GetString() == file && e.TryGetProperty("program", out JsonElement name) && name.GetString() == program);

    private static string FindRoot()
    {
        string? directory = AppContext.BaseDirectory;
        while (directory is not null && !File.Exists(Path.Combine(directory, "Directory.Packages.props")))
            directory = Path.GetDirectoryName(directory);
        return directory ?? throw new InvalidOperationException("not inside the repository");
    }
}
