// SPDX-License-Identifier: GPL-2.0-only
// A map declared the way libbpf 0.x and iproute2 took it.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
struct { unsigned int type, key_size, value_size, max_entries, flags; } old SEC("maps") = { BPF_MAP_TYPE_ARRAY, 4, 4, 1, 0 };
SEC("xdp") int prog(struct xdp_md *ctx) { int k = 0; return bpf_map_lookup_elem(&old, &k) ? XDP_PASS : XDP_DROP; }
char LICENSE[] SEC("license") = "GPL";
