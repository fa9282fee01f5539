// SPDX-License-Identifier: GPL-2.0-only
// Lookups and updates on the common kinds of maps.
#include "bpf.h"

#define MAP(name, kind, k, v) struct { NUMBER(type, kind); NUMBER(max_entries, 8); TYPE(key, k); TYPE(value, v); } name SEC(".maps")

MAP(hash, MAP_HASH, u32, u64);
MAP(array, MAP_ARRAY, u32, u64);
MAP(percpu_hash, MAP_PERCPU_HASH, u32, u64);
MAP(percpu_array, MAP_PERCPU_ARRAY, u32, u64);
MAP(lru_hash, MAP_LRU_HASH, u32, u64);
MAP(lru_percpu_hash, MAP_LRU_PERCPU_HASH, u32, u64);

struct prefix { u32 length; u32 address; };
struct { NUMBER(type, MAP_LPM_TRIE); NUMBER(max_entries, 8); NUMBER(map_flags, F_NO_PREALLOC); TYPE(key, struct prefix); TYPE(value, u64); } trie SEC(".maps");

#define COUNT(map) SEC("xdp") int count_in_##map(struct xdp_md *ctx) \
{ \
	u32 key = ctx->rx_queue_index; \
	u64 one = 1, *value = bpf_map_lookup_elem(&map, &key); \
	if (value) \
		*value += 1; \
	else \
		bpf_map_update_elem(&map, &key, &one, 0); \
	return XDP_PASS; \
}

COUNT(hash)
COUNT(array)
COUNT(percpu_hash)
COUNT(percpu_array)
COUNT(lru_hash)
COUNT(lru_percpu_hash)

SEC("xdp") int longest_prefix(struct xdp_md *ctx)
{
	struct prefix key = { 32, 0x0100007f };
	u64 *value = bpf_map_lookup_elem(&trie, &key);

	return value && *value ? XDP_DROP : XDP_PASS;
}

LICENSE("GPL");
