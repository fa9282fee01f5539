using BpfVerifier.Btf;

namespace BpfVerifier.Runtime;

/// <summary>
/// The kernel struct behind a map of each type, readable through a map pointer. Measured: the struct named by the
/// <c>map_btf_id</c> of each map type's operations in Linux 6.1 to 6.18.
/// </summary>
internal static class MapStructs
{
    /// <summary>BTF id of the struct, -1 if this kernel gives no access.</summary>
    public static int Find(BtfTypes kernel, MapType type)
    {
        string? name = type switch
        {
            MapType.Array or MapType.ProgArray or MapType.PerfEventArray or MapType.PerCpuArray or MapType.CgroupArray or MapType.ArrayOfMaps => "bpf_array",
            MapType.Hash or MapType.PerCpuHash or MapType.LruHash or MapType.LruPerCpuHash or MapType.HashOfMaps => "bpf_htab",
            MapType.StackTrace => "bpf_stack_map",
            MapType.LpmTrie => "lpm_trie",
            MapType.DevMap or MapType.DevMapHash => "bpf_dtab",
            MapType.SockMap => "bpf_stab",
            MapType.CpuMap => "bpf_cpu_map",
            MapType.XskMap => "xsk_map",
            MapType.SockHash => "bpf_shtab",
            MapType.CgroupStorageDeprecated or MapType.PerCpuCgroupStorageDeprecated => "bpf_cgroup_storage_map",
            MapType.ReusePortSockArray => "reuseport_array",
            MapType.Queue or MapType.Stack => "bpf_queue_stack",
            MapType.SkStorage or MapType.InodeStorage or MapType.TaskStorage or MapType.CgrpStorage => "bpf_local_storage_map",
            MapType.StructOps => "bpf_struct_ops_map",
            MapType.RingBuf or MapType.UserRingBuf => "bpf_ringbuf_map",
            MapType.BloomFilter => "bpf_bloom_filter",
            MapType.Arena => "bpf_arena",
            _ => null,
        };
        return name is null ? -1 : kernel.Find(name, BtfKind.Struct);
    }
}
