// SPDX-License-Identifier: GPL-2.0-only
// A map with an attribute libbpf does not know.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 4); __type(key, int); __type(value, int); __uint(colour, 3); } odd SEC(".maps");
SEC("xdp") int prog(struct xdp_md *ctx) { int k = 0; return bpf_map_lookup_elem(&odd, &k) ? XDP_PASS : XDP_DROP; }
char LICENSE[] SEC("license") = "GPL";
