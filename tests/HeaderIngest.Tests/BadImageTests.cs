using BpfVerifier.Btf;
using BpfVerifier.HeaderIngest.Image;

namespace BpfVerifier.HeaderIngest.Tests;

/// <summary>Images that cannot be ingested: each is refused by name, and the folder stays as it was.</summary>
public class BadImageTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("headeringest-test-");

    public void Dispose() => _directory.Delete(recursive: true);

    private static SyntheticKernel Kernel()
    {
        var kernel = new SyntheticKernel();
        kernel.Function("_text");
        kernel.Words("s", "a");
        return kernel;
    }

    public static TheoryData<string, string> Images_ => new()
    {
        { "truncated", "truncated: the compressed kernel lies at bytes" },
        { "cut in its head", "not a Linux boot image (only 100 bytes)" },
        { "not a kernel", "not a Linux boot image" },
        { "architecture", "the kernel is for another architecture (ELF machine 183; only x86-64, 62, is known)" },
        { "32 bits", "not a 64-bit little-endian ELF file" },
        { "no types", "no section .BTF" },
        { "types cut", "the kernel's BTF cannot be read" },
        { "type out of range", "the kernel's BTF cannot be read" },
        { "no symbols", "the kernel's symbol table cannot be read: no tokens were found (built without CONFIG_KALLSYMS?)" },
        { "other release", "is Linux 6.12.117, not 6.18" },
    };

    [Theory]
    [MemberData(nameof(Images_))]
    public void A_bad_image_is_refused_and_nothing_is_written(string what, string message)
    {
        string file = Path.Combine(_directory.FullName, "vmlinuz-bad"), folder = Path.Combine(_directory.FullName, "6.12");
        File.WriteAllBytes(file, Image(what));
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "abi.json"), "as it was");
        var inputs = new IngestInputs(file, null, null, [], null);
        IngestException error = Assert.Throws<IngestException>(() =>
            FolderWriter.Replace(folder, Ingest.Run(what == "other release" ? "6.18" : "6.12", KnownReleases.Find("6.12"), inputs, new Progress(TextWriter.Null, false))));
        Assert.StartsWith("vmlinuz-bad: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Equal("as it was", File.ReadAllText(Path.Combine(folder, "abi.json")));
        Assert.Equal([Path.Combine(folder, "abi.json")], Directory.GetFiles(folder));
    }

    /// <summary>One of these images; one of another release is sound as far as it goes.</summary>
    internal static byte[] Image(string what)
    {
        SyntheticKernel kernel = Kernel();
        byte[] types = kernel.Types.ToArray();
        return what switch
        {
            "truncated" => Images.Boot(Images.Gzip(kernel.Elf()))[..^5],
            "cut in its head" => Images.Boot(Images.Gzip(kernel.Elf()))[..100],
            "not a kernel" => Images.Boot(Images.Gzip(kernel.Elf())).Select((b, i) => i == 0x202 ? (byte)0 : b).ToArray(),
            "architecture" => Images.Boot(Images.Gzip(kernel.Elf(machine: 183))),
            "32 bits" => Images.Boot(Images.Gzip([.. kernel.Elf().Select((b, i) => i == 4 ? (byte)1 : b)])),
            "no types" => Images.Boot(Images.Gzip(kernel.Elf(withTypes: false))),
            "types cut" => Images.Boot(Images.Gzip(kernel.Elf(btf: types[..^9]))),
            "type out of range" => Images.Boot(Images.Gzip(kernel.Elf(btf: OutOfRange()))),
            _ => Images.Boot(Images.Gzip(kernel.Elf())),
        };
    }

    [Fact]
    public void A_kernel_without_what_every_BPF_kernel_has_is_refused_by_the_readers()
    {
        KernelFile kernel = Kernel().Build();
        Assert.Contains("no struct bpf_func_proto", Assert.Throws<IngestException>(() => new ProtoReader(kernel, _ => null)).Message, StringComparison.Ordinal);
        Assert.Contains("no enum bpf_prog_type", Assert.Throws<IngestException>(() => Emulation.VerifierOps.Read(kernel)).Message, StringComparison.Ordinal);
        Assert.Contains("no struct bpf_prog", Assert.Throws<IngestException>(() => new Emulation.ProgramMemory(kernel, new FakeMachine(kernel))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Types_that_lead_back_to_themselves_end()
    {
        SyntheticKernel kernel = Kernel();
        int loop = kernel.Types.AddReference(BtfKind.Const, kernel.Types.NextId + 1);
        kernel.Types.AddReference(BtfKind.Volatile, loop);
        kernel.Types.AddStruct(BtfKind.Struct, "holds_loop", 8, new BtfNewMember("", loop, 0), new BtfNewMember("named", loop, 0));
        Assert.Equal(0, RecordLayout.Find(kernel.Types.Build(), "holds_loop")!["named"].Size);
        Assert.Contains("contains itself", Assert.Throws<IngestException>(kernel.Build).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_verifier_table_that_leads_nowhere_is_refused()
    {
        var verifier = new SyntheticVerifier();
        verifier.Kernel.Symbols.RemoveAll(s => s.Name is "bpf_verifier_ops" or "behind");
        verifier.Kernel.Table("bpf_verifier_ops", 0, 0x123456, 0);
        verifier.Kernel.Table("behind", 0);
        Assert.Contains("the verifier's callbacks for XDP have no symbol", Assert.Throws<IngestException>(() => Emulation.VerifierOps.Read(verifier.Kernel.Build())).Message, StringComparison.Ordinal);
        verifier.Kernel.Symbols.RemoveAll(s => s.Name == "bpf_verifier_ops");
        Assert.Contains("no table bpf_verifier_ops", Assert.Throws<IngestException>(() => Emulation.VerifierOps.Read(verifier.Kernel.Build())).Message, StringComparison.Ordinal);
    }

    private static byte[] OutOfRange()
    {
        var types = new BtfBuilder();
        types.AddPtr(1000);
        return types.ToArray();
    }
}
