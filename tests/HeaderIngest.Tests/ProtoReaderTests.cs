using BpfVerifier.HeaderIngest.Abi;
using BpfVerifier.HeaderIngest.Image;

namespace BpfVerifier.HeaderIngest.Tests;

public class ProtoReaderTests
{
    private readonly SyntheticVerifier _verifier = new();

    private SortedDictionary<string, ProtoInfo> Read()
    {
        KernelFile kernel = _verifier.Kernel.Build();
        return new ProtoReader(kernel, address => kernel.Memory.TryReadUInt32(address, out uint word) ? word : null).All();
    }

    [Fact]
    public void A_prototype_is_read_by_the_layout_and_the_names_of_the_kernel()
    {
        ulong id = _verifier.Kernel.Constant("task_id", BitConverter.GetBytes(_verifier.Target));
        ulong allowed = _verifier.Kernel.Function("may_call");
        _verifier.Proto("bpf_x_proto", _verifier.Kernel.Function("bpf_x"), 2 | 256, [(1, 0), (514, 24), (3 | 1024, id), (2 | 256, 0)], id, allowed);
        ProtoInfo proto = Read()["bpf_x_proto"];
        Assert.Equal("bpf_x", proto.Func);
        Assert.Equal("RET_PTR_TO_BTF_ID|PTR_MAYBE_NULL", proto.Ret);
        Assert.Equal("task_struct", proto.RetBtf);
        Assert.Equal(["ARG_ANYTHING", "ARG_PTR_TO_FIXED_SIZE_MEM size=24", "ARG_PTR_TO_BTF_ID|PTR_TRUSTED btf_id=task_struct", "ARG_PTR_TO_MEM|PTR_MAYBE_NULL"], proto.Args);
        Assert.Equal((1, 0, 0, null, "may_call"), (proto.GplOnly, proto.PktAccess, proto.MightSleep, proto.AllowFastcall, proto.Allowed));
    }

    [Fact]
    public void What_the_verifier_fills_in_is_called_poison_and_the_tail_call_has_no_function()
    {
        const ulong poison = 0xdead00000000eb9f;
        _verifier.Proto("bpf_kptr_xchg_proto", _verifier.Kernel.Function("bpf_kptr_xchg"), 2, [(3, poison)], poison);
        _verifier.Proto("bpf_tail_call_proto", poison, 1);
        SortedDictionary<string, ProtoInfo> protos = Read();
        Assert.Equal(["ARG_PTR_TO_BTF_ID btf_id=POISON"], protos["bpf_kptr_xchg_proto"].Args);
        Assert.Equal("POISON", protos["bpf_kptr_xchg_proto"].RetBtf);
        Assert.Equal(("", "RET_VOID"), (protos["bpf_tail_call_proto"].Func, protos["bpf_tail_call_proto"].Ret));
    }

    [Fact]
    public void What_a_processor_has_at_address_0_is_no_function_of_the_tail_call()
    {
        _verifier.Kernel.Symbols.Add(new KernelSymbol("fixed_percpu_data", 0));
        _verifier.Proto("bpf_tail_call_proto", 0, 1);
        Assert.Equal("", Read()["bpf_tail_call_proto"].Func);
    }

    [Fact]
    public void Other_things_with_such_names_are_no_prototypes()
    {
        ulong function = _verifier.Kernel.Function("bpf_y");
        _verifier.Proto("no_function_proto", 12345);
        _verifier.Proto("unknown_return_proto", function, 77);
        _verifier.Proto("unknown_argument_proto", function, 0, [(99, 0)]);
        _verifier.Proto("bpf_y_prototype", function);
        _verifier.Kernel.Constant("short_proto", BitConverter.GetBytes(function));
        _verifier.Kernel.Function("code_proto");
        // A protocol of sockets: a function first, nothing behind it, and it may change.
        byte[] protocol = new byte[128];
        BitConverter.TryWriteBytes(protocol, function);
        _verifier.Kernel.Variable("unix_dgram_proto", protocol);
        Assert.Equal(["bpf_one_proto", "bpf_three_proto", "bpf_two_proto"], Read().Keys);
    }

    [Fact]
    public void A_type_that_is_not_there_is_refused_with_the_prototypes_name()
    {
        ulong none = _verifier.Kernel.Constant("nothing", BitConverter.GetBytes(0));
        _verifier.Proto("bpf_z_proto", _verifier.Kernel.Function("bpf_z"), 0, [(3, none)]);
        Assert.Contains("bpf_z_proto names a kernel type that is not there (at nothing)", Assert.Throws<IngestException>(Read).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Static_prototypes_of_one_name_are_kept_apart()
    {
        ulong second = _verifier.Proto("bpf_one_proto", _verifier.Kernel.Function("bpf_other_one"));
        Assert.Equal("bpf_other_one", Read()[$"bpf_one_proto@{second:x}"].Func);
    }
}
