// SPDX-License-Identifier: GPL-2.0-only
// A lookup in a map of maps gives a map, or null.
#include "bpf.h"

struct inner { NUMBER(type, MAP_ARRAY); NUMBER(max_entries, 1); TYPE(key, u32); TYPE(value, u64); } inner SEC(".maps");
struct { NUMBER(type, MAP_HASH_OF_MAPS); NUMBER(max_entries, 4); TYPE(key, u32); VALUES(values, struct inner); } outer SEC(".maps") = { .values = { (void *)&inner } };

SEC("xdp") int both_checked(struct xdp_md *ctx)
{
	u32 key = 0;
	void *map = bpf_map_lookup_elem(&outer, &key);
	u64 *value = map ? bpf_map_lookup_elem(map, &key) : 0;

	return value && *value ? XDP_PASS : XDP_DROP;
}

SEC("xdp") int inner_map_unchecked(struct xdp_md *ctx)
{
	u32 key = 0;
	void *map = bpf_map_lookup_elem(&outer, &key);
	u64 *value = bpf_map_lookup_elem(map, &key);

	return value ? XDP_PASS : XDP_DROP;
}

SEC("xdp") int inner_map_read_as_value(struct xdp_md *ctx)
{
	u32 key = 0;
	u64 *map = bpf_map_lookup_elem(&outer, &key);

	return map && *map ? XDP_PASS : XDP_DROP;
}

SEC("xdp") int outer_updated(struct xdp_md *ctx)
{
	u32 key = 0, value = 0;

	return bpf_map_update_elem(&outer, &key, &value, 0) ? XDP_PASS : XDP_DROP;
}

LICENSE("GPL");
