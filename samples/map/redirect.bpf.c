// SPDX-License-Identifier: GPL-2.0-only
// Redirecting XDP packets through maps of devices, processors and sockets.
#include "bpf.h"

struct { NUMBER(type, MAP_DEVMAP); NUMBER(max_entries, 4); TYPE(key, u32); TYPE(value, u32); } devices SEC(".maps");
struct { NUMBER(type, MAP_CPUMAP); NUMBER(max_entries, 4); TYPE(key, u32); TYPE(value, u32); } processors SEC(".maps");
struct { NUMBER(type, MAP_XSKMAP); NUMBER(max_entries, 4); TYPE(key, u32); TYPE(value, u32); } sockets SEC(".maps");
struct { NUMBER(type, MAP_HASH); NUMBER(max_entries, 4); TYPE(key, u32); TYPE(value, u32); } hash SEC(".maps");

SEC("xdp") int to_device(struct xdp_md *ctx) { return bpf_redirect_map(&devices, 1, 0); }
SEC("xdp") int to_processor(struct xdp_md *ctx) { return bpf_redirect_map(&processors, 1, 0); }
SEC("xdp") int to_socket(struct xdp_md *ctx) { return bpf_redirect_map(&sockets, ctx->rx_queue_index, XDP_PASS); }
SEC("xdp") int to_hash(struct xdp_md *ctx) { return bpf_redirect_map(&hash, 1, 0); }
SEC("xdp") int write_device(struct xdp_md *ctx) { u32 key = 0; u32 *v = bpf_map_lookup_elem(&devices, &key); if (v) *v = 1; return XDP_PASS; }
SEC("xdp") int read_socket(struct xdp_md *ctx) { u32 key = 0; return bpf_map_lookup_elem(&sockets, &key) ? XDP_PASS : XDP_DROP; }

LICENSE("GPL");
