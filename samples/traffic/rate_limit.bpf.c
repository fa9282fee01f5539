// SPDX-License-Identifier: GPL-2.0-only
// A whole small program: counts packets by source address and drops above a limit.
#include "bpf.h"

#define ETH_IPV4 0x0008

struct bucket { u64 window, packets; };
struct { NUMBER(type, MAP_LRU_HASH); NUMBER(max_entries, 1024); TYPE(key, u32); TYPE(value, struct bucket); } sources SEC(".maps");
const volatile u64 packets_allowed = 1000;

SEC("xdp") int limit_source(struct xdp_md *ctx)
{
	void *end = end_of(ctx);
	struct ethernet *eth = data_of(ctx);
	struct ipv4 *ip = (void *)(eth + 1);
	u64 now = bpf_ktime_get_ns() >> 30;
	struct bucket *bucket, fresh = { now, 1 };
	u32 source;

	if ((void *)(ip + 1) > end || eth->protocol != ETH_IPV4)
		return XDP_PASS;
	source = ip->saddr;
	bucket = bpf_map_lookup_elem(&sources, &source);
	if (!bucket) {
		bpf_map_update_elem(&sources, &source, &fresh, 0);
		return XDP_PASS;
	}
	if (bucket->window != now) {
		bucket->window = now;
		bucket->packets = 0;
	}
	return ++bucket->packets > packets_allowed ? XDP_DROP : XDP_PASS;
}

LICENSE("GPL");
