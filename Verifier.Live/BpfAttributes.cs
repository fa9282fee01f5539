using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace BpfVerifier.Live;

// The parts of the kernel's union bpf_attr that loading needs; fields are named as there, and a test compares their
// places with those of every release's headers. Addresses and descriptors are plain numbers.

/// <summary>A name as BPF objects carry it in the kernel: at most 15 bytes and a zero.</summary>
[InlineArray(Size)]
internal struct ObjectName
{
    public const int Size = 16;

    private byte _first;

    public static ObjectName From(string name)
    {
        ObjectName result = default;
        byte[] bytes = Encoding.UTF8.GetBytes(name);
        bytes.AsSpan(0, Math.Min(bytes.Length, Size - 1)).CopyTo(result);
        return result;
    }
}

/// <summary>BPF_MAP_CREATE.</summary>
[StructLayout(LayoutKind.Explicit, Size = 72)]
internal struct MapCreateAttributes
{
    [FieldOffset(0)] public uint map_type;
    [FieldOffset(4)] public uint key_size;
    [FieldOffset(8)] public uint value_size;
    [FieldOffset(12)] public uint max_entries;
    [FieldOffset(16)] public uint map_flags;
    [FieldOffset(20)] public uint inner_map_fd;
    [FieldOffset(28)] public ObjectName map_name;
    [FieldOffset(48)] public uint btf_fd;
    [FieldOffset(52)] public uint btf_key_type_id;
    [FieldOffset(56)] public uint btf_value_type_id;
    [FieldOffset(64)] public ulong map_extra;
}

/// <summary>BPF_MAP_UPDATE_ELEM, and BPF_MAP_FREEZE with the descriptor alone.</summary>
[StructLayout(LayoutKind.Explicit, Size = 32)]
internal struct MapElementAttributes
{
    [FieldOffset(0)] public uint map_fd;
    [FieldOffset(8)] public ulong key;
    [FieldOffset(16)] public ulong value;
    [FieldOffset(24)] public ulong flags;
}

/// <summary>BPF_BTF_LOAD.</summary>
[StructLayout(LayoutKind.Explicit, Size = 32)]
internal struct BtfLoadAttributes
{
    [FieldOffset(0)] public ulong btf;
    [FieldOffset(16)] public uint btf_size;
}

/// <summary>BPF_PROG_LOAD.</summary>
[StructLayout(LayoutKind.Explicit, Size = 144)]
internal struct ProgramLoadAttributes
{
    [FieldOffset(0)] public uint prog_type;
    [FieldOffset(4)] public uint insn_cnt;
    [FieldOffset(8)] public ulong insns;
    [FieldOffset(16)] public ulong license;
    [FieldOffset(24)] public uint log_level;
    [FieldOffset(28)] public uint log_size;
    [FieldOffset(32)] public ulong log_buf;
    [FieldOffset(44)] public uint prog_flags;
    [FieldOffset(48)] public ObjectName prog_name;
    [FieldOffset(68)] public uint expected_attach_type;
    [FieldOffset(72)] public uint prog_btf_fd;
    [FieldOffset(76)] public uint func_info_rec_size;
    [FieldOffset(80)] public ulong func_info;
    [FieldOffset(88)] public uint func_info_cnt;
    [FieldOffset(92)] public uint line_info_rec_size;
    [FieldOffset(96)] public ulong line_info;
    [FieldOffset(104)] public uint line_info_cnt;
    [FieldOffset(108)] public uint attach_btf_id;
    [FieldOffset(112)] public uint attach_prog_fd;
}
