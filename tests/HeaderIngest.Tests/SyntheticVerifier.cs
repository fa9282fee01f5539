using BpfVerifier.Btf;
using BpfVerifier.HeaderIngest.Emulation;
using BpfVerifier.HeaderIngest.Image;

namespace BpfVerifier.HeaderIngest.Tests;

/// <summary>A synthetic kernel with the types and tables the readers of facts look for: program types XDP (1) and KPROBE (2), attach types A to C,
/// helpers one to three.</summary>
internal sealed class SyntheticVerifier
{
    public const int ProtoSize = 96;
    public SyntheticKernel Kernel { get; } = new();
    public ulong GetProto { get; }
    public ulong IsValidAccess { get; }
    public Dictionary<string, ulong> Protos { get; } = [];
    public int Target { get; }
    public int Word { get; }

    public SyntheticVerifier()
    {
        BtfBuilder types = Kernel.Types;
        Word = types.AddInt("unsigned long", 8);
        int half = types.AddInt("unsigned int", 4), flag = types.AddInt("_Bool", 1);
        types.AddEnum("bpf_prog_type", 4, false, ("BPF_PROG_TYPE_UNSPEC", 0), ("BPF_PROG_TYPE_XDP", 1), ("BPF_PROG_TYPE_KPROBE", 2), ("__MAX_BPF_PROG_TYPE", 3));
        types.AddEnum("bpf_attach_type", 4, false, ("BPF_A", 0), ("BPF_B", 1), ("BPF_C", 2), ("__MAX_BPF_ATTACH_TYPE", 3));
        types.AddEnum("bpf_func_id", 4, false, ("BPF_FUNC_unspec", 0), ("BPF_FUNC_one", 1), ("BPF_FUNC_two", 2), ("BPF_FUNC_three", 3), ("__BPF_FUNC_MAX_ID", 4));
        types.AddEnum("bpf_type_flag", 4, false, ("PTR_MAYBE_NULL", 256), ("MEM_FIXED_SIZE", 512), ("PTR_TRUSTED", 1024), ("__BPF_TYPE_LAST_FLAG", 1024));
        types.AddEnum("bpf_arg_type", 4, false, ("ARG_DONTCARE", 0), ("ARG_ANYTHING", 1), ("ARG_PTR_TO_MEM", 2), ("ARG_PTR_TO_BTF_ID", 3), ("ARG_PTR_TO_FIXED_SIZE_MEM", 514));
        types.AddEnum("bpf_return_type", 4, false, ("RET_INTEGER", 0), ("RET_VOID", 1), ("RET_PTR_TO_BTF_ID", 2));
        types.AddEnum("bpf_reg_type", 4, false, ("NOT_INIT", 0), ("PTR_TO_CTX", 1), ("PTR_TO_PACKET", 2), ("PTR_TO_BTF_ID", 3));
        Target = types.AddStruct(BtfKind.Struct, "task_struct", 64);
        types.AddStruct(BtfKind.Struct, "bpf_prog", 32,
            new BtfNewMember("jited", flag, 0, 1), new BtfNewMember("sleepable", flag, 1, 1),
            new BtfNewMember("type", half, 32), new BtfNewMember("expected_attach_type", half, 64), new BtfNewMember("aux", Word, 128), new BtfNewMember("len", half, 192));
        Kernel.Words("bpf_prog_aux", "prog", "attach_func_proto", "token", "st_ops", "saved_state");
        Kernel.Words("bpf_verifier_ops", "get_func_proto", "is_valid_access", "gen_prologue");
        types.AddStruct(BtfKind.Struct, "bpf_insn_access_aux", 24,
            new BtfNewMember("reg_type", half, 0), new BtfNewMember("ctx_field_size", half, 64), new BtfNewMember("btf_id", half, 128));
        BtfNewMember[] proto =
        [
            new("func", Word, 0), new("gpl_only", flag, 64), new("pkt_access", flag, 72), new("might_sleep", flag, 80), new("ret_type", half, 96),
            .. Enumerable.Range(1, 5).Select(i => new BtfNewMember($"arg{i}_type", half, (uint)(96 + 32 * i))),
            .. Enumerable.Range(1, 5).Select(i => new BtfNewMember($"arg{i}_btf_id", Word, (uint)(256 + 64 * i))),
            .. Enumerable.Range(1, 5).Select(i => new BtfNewMember($"arg{i}_size", Word, (uint)(256 + 64 * i))),
            new("ret_btf_id", Word, 640), new("allowed", Word, 704),
        ];
        types.AddStruct(BtfKind.Struct, "bpf_func_proto", ProtoSize, proto);
        GetProto = Kernel.Function("xdp_func_proto");
        IsValidAccess = Kernel.Function("xdp_is_valid_access");
        foreach (string helper in (string[])["one", "two", "three"])
            Protos.Add(helper, Proto($"bpf_{helper}_proto", Kernel.Function($"bpf_{helper}")));
        ulong ops = Kernel.Table("xdp_verifier_ops", GetProto, IsValidAccess, 0);
        Kernel.Table("bpf_verifier_ops", 0, ops, 0);
        Kernel.Table("behind", 0);
    }

    /// <summary>Adds a prototype: what returns an integer and takes what is told, an argument's second number its size or pointer.</summary>
    public ulong Proto(string name, ulong function, uint returns = 0, (uint Type, ulong Extra)[]? arguments = null, ulong returnType = 0, ulong allowed = 0)
    {
        byte[] bytes = new byte[ProtoSize];
        BitConverter.TryWriteBytes(bytes, function);
        bytes[8] = 1;
        BitConverter.TryWriteBytes(bytes.AsSpan(12), returns);
        for (int i = 0; i < (arguments?.Length ?? 0); i++)
        {
            BitConverter.TryWriteBytes(bytes.AsSpan(16 + 4 * i), arguments![i].Type);
            BitConverter.TryWriteBytes(bytes.AsSpan(40 + 8 * i), arguments[i].Extra);
        }
        BitConverter.TryWriteBytes(bytes.AsSpan(80), returnType);
        BitConverter.TryWriteBytes(bytes.AsSpan(88), allowed);
        return Kernel.Constant(name, bytes);
    }

    /// <summary>Reads prototypes as the file has them.</summary>
    public static ProtoReader Reader(KernelFile kernel)
    {
        var reader = new ProtoReader(kernel, address => kernel.Memory.TryReadUInt32(address, out uint word) ? word : null);
        reader.All();
        return reader;
    }
}
