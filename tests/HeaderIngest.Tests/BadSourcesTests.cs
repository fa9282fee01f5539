using System.IO.Compression;
using BpfVerifier.Btf;
using BpfVerifier.HeaderIngest.Adding;

namespace BpfVerifier.HeaderIngest.Tests;

/// <summary>Sources that cannot be read, or are not all of one kernel: each is refused with what, where and why, and the repository stays as it was.</summary>
public sealed class BadSourcesTests : IDisposable
{
    private readonly LocalMachine _machine = new();

    public void Dispose() => _machine.Dispose();

    private void Refused(LocalSources sources, params string[] messages) => RefusedAs(LocalMachine.Release, sources, messages);

    private void RefusedAs(string release, LocalSources sources, params string[] messages)
    {
        Dictionary<string, string> before = _machine.Contents();
        string message = Assert.Throws<IngestException>(() => _machine.Add(sources, release)).Message;
        Assert.All(messages, part => Assert.Contains(part, message, StringComparison.Ordinal));
        Assert.Equal(before, _machine.Contents());
    }

    private LocalSources WithTree => new() { Source = _machine.Tree };

    private LocalSources Live => new() { Live = true, Root = _machine.Root };

    [Fact]
    public void Sources_that_contradict_each_other_or_name_no_kernel()
    {
        Refused(new LocalSources { Image = "a", Live = true }, "--image, --btf and --live each name a kernel");
        Refused(WithTree with { Headers = ["a"] }, "a: not a kernel tree");
        Refused(new LocalSources(), "nothing names a kernel");
        Refused(new LocalSources { Btf = _machine.At("types") }, "types do not say which kernel they are of", "--headers", "--source");
        Refused(new LocalSources { Image = _machine.At("none") }, "cannot read", "none");
    }

    [Theory]
    [MemberData(nameof(BadImageTests.Images_), MemberType = typeof(BadImageTests))]
    public void Images_that_cannot_be_read(string what, string message)
    {
        string file = _machine.Write("vmlinuz-bad", BadImageTests.Image(what));
        if (what == "other release")
            Refused(new LocalSources { Image = file }, "the kernel is Linux 6.12.117, not 9.9");
        else
            RefusedAs("6.12", new LocalSources { Image = file }, "vmlinuz-bad: ", message);
    }

    public static TheoryData<string, string> BadTypes => new()
    {
        { "cut", "the kernel's BTF cannot be read" },
        { "of no bytes", "the kernel's BTF cannot be read: BTF header not found" },
        { "of another byte order", "BTF is big-endian" },
        { "with an id out of range", "invalid referenced type ID 1000" },
        { "with a constant that is itself", "contains itself" },
        { "with pointers in a circle", "contains itself" },
        { "with a struct in itself", "type [12] Struct inside contains itself" },
        { "with structs in each other", "contains itself" },
        { "of another architecture", "the types are of a kernel for another architecture" },
        { "of a kernel without BPF", "no enum bpf_func_id" },
        { "of an ELF file without any", "the kernel has no section .BTF (built without CONFIG_DEBUG_INFO_BTF?)" },
        { "of an ELF file that is cut", "lies outside the file" },
    };

    private static byte[] Make(string what) => what switch
    {
        "cut" => LocalMachine.Types()[..^9],
        "of no bytes" => [],
        "of another byte order" => [0xeb, 0x9f, .. LocalMachine.Types()[2..]],
        "with an id out of range" => LocalMachine.Types(types => types.AddPtr(1000)),
        "with a constant that is itself" => LocalMachine.Types(types => types.AddReference(BtfKind.Const, types.NextId)),
        "with pointers in a circle" => LocalMachine.Types(types => types.AddPtr(types.AddPtr(types.NextId + 1))),
        "with a struct in itself" => LocalMachine.Types(types => Nested(types, 1)),
        "with structs in each other" => LocalMachine.Types(types => Nested(types, 3)),
        "of another architecture" => LocalMachine.Types(register: "pstate"),
        "of a kernel without BPF" => LocalMachine.Types(helpers: "others"),
        "of an ELF file without any" => Images.Elf(".text", [0xc3]),
        _ => Images.Elf(".BTF", LocalMachine.Types())[..^70],
    };

    // Structures each with an array of the next, the last with one of the first.
    private static void Nested(BtfBuilder types, int count)
    {
        int index = types.AddInt("int", 4), first = types.NextId + 1;
        for (int i = 0; i < count; i++)
        {
            int next = i == count - 1 ? first : types.NextId + 3;
            int array = types.AddArray(next, index, 1);
            types.AddStruct(BtfKind.Struct, "inside", 8, new BtfNewMember("again", array, 0));
        }
    }

    [Theory]
    [MemberData(nameof(BadTypes))]
    public void Types(string what, string message)
    {
        byte[] types = Make(what);
        Refused(WithTree with { Btf = _machine.Write("bad", types) }, "bad: ", message);
        // The same where the running kernel shows them; an ELF file is not what it shows.
        if (what is "of no bytes" || what.Contains("ELF", StringComparison.Ordinal))
            return;
        _machine.Write("root/sys/kernel/btf/vmlinux", types);
        Refused(Live, message);
    }

    [Fact]
    public void Types_that_lead_back_through_a_structure_are_sound()
    {
        _machine.Write("root/sys/kernel/btf/vmlinux", LocalMachine.Types(types =>
        {
            int constant = types.AddReference(BtfKind.Const, types.NextId + 2), pointer = types.AddPtr(constant);
            types.AddStruct(BtfKind.Struct, "bpf_list", 8, new BtfNewMember("next", pointer, 0));
        }));
        _machine.Add(Live);
        Assert.Equal("const struct bpf_list *", Assert.Single(_machine.Added.Structs["bpf_list"].Members).Type);
    }

    [Fact]
    public void A_running_kernel_that_shows_too_little()
    {
        File.Delete(_machine.At("root/sys/kernel/btf/vmlinux"));
        Refused(Live, "the running kernel 9.9.3-acme does not show its types (/sys/kernel/btf/vmlinux)", "CONFIG_DEBUG_INFO_BTF");
        _machine.Write("root/proc/sys/kernel/osrelease", "something\n");
        Refused(Live, "cannot tell the running kernel's release from 'something'");
    }

    [Fact]
    public void Folders_that_are_no_tree_of_this_kernel()
    {
        Directory.CreateDirectory(_machine.At("empty"));
        Refused(new LocalSources { Source = _machine.At("empty") }, "empty: not a kernel tree with headers for x86-64 (include/uapi/linux/bpf.h is missing)");
        Refused(new LocalSources { Headers = [_machine.Tree] }, "tree: not headers of a configured kernel for x86-64", "autoconf.h", "--source");
        Refused(new LocalSources { Headers = [_machine.Tree, _machine.At("empty")] }, "empty: not headers of a configured kernel");

        _machine.Write("tree/Makefile", "all:\n");
        Refused(WithTree, "Makefile: says no VERSION, PATCHLEVEL and SUBLEVEL");
        File.Delete(_machine.At("tree/Makefile"));
        Refused(WithTree, "tree: has no Makefile");
        Directory.Delete(_machine.At("tree/arch"), recursive: true);
        Refused(WithTree, "tree: not a kernel tree with headers for x86-64 (arch/x86/include is missing)");
    }

    [Fact]
    public void Headers_of_another_kernel()
    {
        _machine.Write("tree/Makefile", "VERSION = 9\nPATCHLEVEL = 8\nSUBLEVEL = 3\n");
        Refused(Live with { Source = _machine.Tree }, "tree: headers of Linux 9.8.3, but the kernel is Linux 9.9.3");
        Refused(new LocalSources { Source = _machine.Tree }, "the kernel is Linux 9.8.3, not 9.9: say 'add 9.8'");
    }

    [Fact]
    public void A_configuration_of_another_architecture_or_a_damaged_one()
    {
        Refused(Live with { Config = _machine.Write("config", "CONFIG_ARM64=y\n") }, "config: not the configuration of a kernel for x86-64");
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(new byte[5000]);
        byte[] damaged = packed.ToArray();
        damaged[10] ^= 0xff;
        Refused(Live with { Config = _machine.Write("config.gz", damaged) }, "config.gz: a damaged gzip file");
    }

    [Fact]
    public void A_release_that_is_known_better_is_not_replaced()
    {
        _machine.Add(Live);
        _machine.Write("root/proc/kallsyms", "");
        Refused(Live, "kernel-headers/9.9 has symbols.br, which the sources named now do not tell");
    }

    [LibClangFact]
    public void Headers_that_do_not_compile()
    {
        _machine.Write("tree/include/uapi/linux/btf.h", "struct broken { no_such_type member; };\n");
        Refused(WithTree with { Btf = _machine.At("types") }, "the kernel's headers in", "do not compile (1 errors)", "btf.h:1: unknown type name 'no_such_type'", "leave them out");
        _machine.Write("tree/include/uapi/linux/btf.h", "#include <linux/no_such_file.h>\n");
        Refused(WithTree, "do not compile", "'linux/no_such_file.h' file not found");
        _machine.Write("tree/include/uapi/linux/btf.h", "");
        _machine.Write("tree/include/uapi/linux/bpf.h", "enum bpf_func_id { BPF_FUNC_unspec };\n");
        Refused(WithTree, "bpf.h: has no comment with 'Start of BPF helper function descriptions'");
        File.Delete(_machine.At("tree/include/uapi/linux/bpf_common.h"));
        Refused(WithTree, "the headers are incomplete:", "bpf_common.h is missing");
    }
}
