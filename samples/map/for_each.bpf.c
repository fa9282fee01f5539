// SPDX-License-Identifier: GPL-2.0-only
// A callback called for each element of a map.
#include "bpf.h"

struct { NUMBER(type, MAP_ARRAY); NUMBER(max_entries, 4); TYPE(key, u32); TYPE(value, u64); } array SEC(".maps");
struct sum { u64 total; };

static long add(void *map, u32 *key, u64 *value, struct sum *sum) { sum->total += *value + *key; return 0; }
static long past_the_value(void *map, u32 *key, u64 *value, struct sum *sum) { sum->total += value[1]; return 0; }
static long bad_return(void *map, u32 *key, u64 *value, struct sum *sum) { return *key + 2; }
static long write_to_key(void *map, u32 *key, u64 *value, struct sum *sum) { *key = 1; return 0; }

#define EACH(name, callback) SEC("tc") int name(struct __sk_buff *skb) { struct sum s = {}; bpf_for_each_map_elem(&array, callback, &s, 0); return s.total > 9; }

EACH(sum_up, add)
EACH(reads_past_the_value, past_the_value)
EACH(returns_two, bad_return)
EACH(writes_to_key, write_to_key)

LICENSE("GPL");
