// SPDX-License-Identifier: GPL-2.0-only
// A map the kernel refuses: an array must have four bytes of key.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 4); __type(key, long); __type(value, int); } bad SEC(".maps");
SEC("xdp") int prog(struct xdp_md *ctx) { long k = 0; return bpf_map_lookup_elem(&bad, &k) ? XDP_PASS : XDP_DROP; }
char LICENSE[] SEC("license") = "GPL";
