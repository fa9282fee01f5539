using System.IO.Compression;
using BpfVerifier.HeaderIngest.Adding;
using BpfVerifier.HeaderIngest.Facts;

namespace BpfVerifier.HeaderIngest.Tests;

/// <summary>Releases added from what is on the machine: what is known afterwards, and what is marked unknown.</summary>
public sealed class LocalSourcesTests : IDisposable
{
    private static readonly string[] s_ofHeaders = ["functions", "helpers.c", "macros", "uapi"];
    private static readonly string[] s_ofImage =
        ["btfSets", "gates", "kfuncPrototypes", "kfuncs", "modifyReturn", "programTypes", "protos", "rawTracepointNullArgs", "rawTracepoints", "structOps"];

    private readonly LocalMachine _machine = new();

    public void Dispose() => _machine.Dispose();

    private LocalSources Live => new() { Live = true, Root = _machine.Root };

    private KernelSymbols Symbols()
    {
        using var brotli = new BrotliStream(File.OpenRead(_machine.At("repository/kernel-headers/9.9/symbols.br")), CompressionMode.Decompress);
        var bytes = new MemoryStream();
        brotli.CopyTo(bytes);
        Assert.True(KernelSymbols.TryParse(bytes.ToArray(), out KernelSymbols? symbols, out string error), error);
        return symbols!;
    }

    [Fact]
    public void The_running_kernel_tells_types_and_symbols_and_the_rest_is_unknown()
    {
        (List<string> written, string drift) = _machine.Add(Live);
        Assert.Equal(
            ["BpfVerifier.slnx", "README.md", "kernel-headers/9.9/BpfVerifier.Linux.9.9.csproj", "kernel-headers/9.9/abi.json", "kernel-headers/9.9/release.json",
             "kernel-headers/9.9/symbols.br", "kernel-headers/9.9/vmlinux.btf.br", "kernel-headers/catalog.json"],
            written);
        AbiDocument added = _machine.Added;
        Assert.Equal(("9.9", "9.9.3", LocalMachine.Abi), (added.Release, added.Version, added.Abi));
        Assert.Equal([.. s_ofHeaders, .. s_ofImage], _machine.Unknown);
        Assert.Equal(1, added.Helpers["one"].Id);
        Assert.Equal(8, added.Structs["bpf_inner"].Size);
        Assert.True(added.Protos is null && added.ProgramTypes is null && added.Kfuncs is null && added.Macros is null && added.Helpers["one"].C is null);
        Assert.StartsWith("drift from 6.1 (6.1.192) to 9.9 (9.9.3):\n  helpers: +1 ", drift, StringComparison.Ordinal);
        Assert.Contains("\n  kfuncs: unknown", drift, StringComparison.Ordinal);
        Assert.Contains(_machine.Said, line => line.StartsWith("unknown: functions, helpers.c,", StringComparison.Ordinal));
        Assert.Contains(_machine.Said, line => line.Contains("every verdict of its verifier is not_implemented", StringComparison.Ordinal));
        Assert.Contains("**9.9** (9.9.3)", File.ReadAllText(_machine.At("repository/README.md")).Replace('\n', ' '), StringComparison.Ordinal);
        Assert.Contains("\"config\": {\"file\":\"config-9.9.3-acme\"", File.ReadAllText(_machine.At("repository/kernel-headers/9.9/release.json")), StringComparison.Ordinal);

        Assert.Empty(_machine.Add(Live).Written);
    }

    [Fact]
    public void Addresses_are_told_as_they_would_be_without_randomization()
    {
        _machine.Add(Live);
        KernelSymbols symbols = Symbols();
        // The configuration puts the kernel at 32 MiB.
        Assert.Equal([0xffffffff82000000, 0xffffffff82000010, 0xffffffff83000000, 0x40ul], ((string[])["_text", "one", "init_task", "of_a_cpu"]).Select(name => Assert.Single(symbols.Addresses(name))));
        Assert.False(symbols.TryGetAddress("of_a_module", out _));
    }

    [Theory]
    [InlineData("", "shows no addresses")]
    [InlineData("0000000000000000 T _text\n0000000000000000 D init_task\n", "shows no addresses")]
    [InlineData("ffffffff81000000 T _text\nffffffff81000010 t one\n", "lists no variables")]
    [InlineData(null, "randomized addresses, and there is no configuration")]
    public void Symbols_that_are_not_all_told_are_unknown(string? kallsyms, string why)
    {
        if (kallsyms is null)
            File.Delete(_machine.At($"root/boot/config-{LocalMachine.Abi}"));
        else
            _machine.Write("root/proc/kallsyms", kallsyms);
        (List<string> written, _) = _machine.Add(Live);
        Assert.DoesNotContain("kernel-headers/9.9/symbols.br", written);
        Assert.Contains("kernel-headers/9.9/BpfVerifier.Linux.9.9.csproj", written);
        Assert.Contains("symbols.br", _machine.Unknown);
        Assert.Contains(_machine.Said, line => line.Contains(why, StringComparison.Ordinal));
    }

    [Fact]
    public void An_image_beside_the_running_kernel_that_is_not_its_own_is_not_read()
    {
        _machine.Write($"root/boot/vmlinuz-{LocalMachine.Abi}", "not an image at all");
        _machine.Add(Live);
        Assert.Contains(_machine.Said, line => line.StartsWith("notice: vmlinuz-9.9.3-acme: not a Linux boot image", StringComparison.Ordinal));
        Assert.Null(_machine.Added.ProgramTypes);
    }

    [LibClangFact]
    public void Types_and_a_tree_that_was_not_built_tell_what_user_space_may_use_too()
    {
        (List<string> written, _) = _machine.Add(new LocalSources { Btf = _machine.At("types"), Source = _machine.Tree });
        Assert.Contains("kernel-headers/9.9/vmlinux.btf.br", written);
        AbiDocument added = _machine.Added;
        Assert.Equal(["functions", "macros outside include/uapi", .. s_ofImage, "symbols.br"], _machine.Unknown);
        Assert.Equal(("9.9.3", LocalMachine.Abi), (added.Version, added.Abi));
        Assert.Equal("long bpf_one(void *ctx)", added.Helpers["one"].C);
        Assert.Equal(7, added.Macros!["BPF_ACME"]);
        Assert.Equal((Sources.Both, Sources.Btf), (added.Structs["bpf_acme"].Source, added.Structs["bpf_inner"].Source));
        Assert.Equal(["bpf_acme"], added.Uapi!.Structs);
        Assert.Contains(_machine.Said, line => line.Contains("was not built", StringComparison.Ordinal));
    }

    [LibClangFact]
    public void A_source_tree_alone_tells_what_user_space_may_use_and_makes_no_verifier()
    {
        (List<string> written, string drift) = _machine.Add(new LocalSources { Source = _machine.Tree });
        Assert.Equal(["README.md", "kernel-headers/9.9/abi.json", "kernel-headers/9.9/release.json", "kernel-headers/catalog.json"], written);
        Assert.Equal(
            ["functions", "macros outside include/uapi", "enums outside include/uapi", "structs outside include/uapi", .. s_ofImage, "symbols.br", "vmlinux.btf.br"], _machine.Unknown);
        Assert.Contains("\n    + ", drift, StringComparison.Ordinal);
        Assert.Contains(_machine.Said, line => line.Contains("no project is made", StringComparison.Ordinal));
        // The release before has what this one does not tell of.
        Assert.DoesNotContain("\"removed\":\"9.9\"", File.ReadAllText(_machine.At("repository/kernel-headers/catalog.json")), StringComparison.Ordinal);
    }

    [Fact]
    public void What_two_kinds_of_sources_tell_is_compared_section_by_section()
    {
        AbiDocument first = Committed.Abi("6.12"), second = Committed.Abi("6.12") with { Functions = null };
        second.Macros!.Remove("BPF_LOG_FIXED");
        second.Enums["bpf_func_id"] = second.Enums["bpf_func_id"] with { Source = Sources.Btf };
        second.Structs["bpf_insn"] = second.Structs["bpf_insn"] with { Size = 9 };
        var text = new StringWriter();
        AbiComparison.Print(first, second, text);
        string[] lines = text.ToString().Split('\n');
        Assert.Contains("functions: unknown to the second", lines);
        Assert.Contains($"macros: {first.Macros!.Count - 1} equal; 1 only the first has (BPF_LOG_FIXED)", lines);
        Assert.Contains($"enums: {first.Enums.Count} equal", lines);
        Assert.Contains($"structs: {first.Structs.Count - 1} equal; 1 different (bpf_insn)", lines);
        Assert.Contains("version: equal", lines);
    }

    [LibClangFact]
    public void Headers_that_contradict_the_types_are_refused()
    {
        _machine.Write("tree/include/uapi/linux/bpf.h", File.ReadAllText(_machine.At("tree/include/uapi/linux/bpf.h")).Replace("BPF_FUNC_one,", "BPF_FUNC_none, BPF_FUNC_one,", StringComparison.Ordinal));
        Dictionary<string, string> before = _machine.Contents();
        string message = Assert.Throws<IngestException>(() => _machine.Add(new LocalSources { Btf = _machine.At("types"), Source = _machine.Tree })).Message;
        Assert.Contains("BPF_FUNC_one of enum bpf_func_id: 2 by the headers, 1 by the kernel's BTF", message, StringComparison.Ordinal);
        Assert.Equal(before, _machine.Contents());
    }
}
