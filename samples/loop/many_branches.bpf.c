// SPDX-License-Identifier: GPL-2.0-only
// Paths multiply with each branch; states that are alike are pruned, or this would never end.
#include "bpf.h"

struct { NUMBER(type, MAP_ARRAY); NUMBER(max_entries, 1); TYPE(key, u32); TYPE(value, u32[64]); } values SEC(".maps");

#define STEP(bit) if (skb->hash & (1u << (bit))) sum += (bit); else sum ^= skb->len;
#define STEPS(from) STEP(from) STEP(from + 1) STEP(from + 2) STEP(from + 3) STEP(from + 4) STEP(from + 5) STEP(from + 6) STEP(from + 7)

SEC("tc") int alike_after_each(struct __sk_buff *skb)
{
	u64 sum = 0;

	STEPS(0) STEPS(8) STEPS(16) STEPS(24)
	return sum > 5;
}

#define BIT(bit) if (skb->hash & (1u << (bit))) { index += 1; FORGET(index); }

SEC("tc") int precise_after_each(struct __sk_buff *skb)
{
	u32 key = 0, *table = bpf_map_lookup_elem(&values, &key);
	u64 index = 0;

	if (!table)
		return 0;
	BIT(0) BIT(1) BIT(2) BIT(3) BIT(4) BIT(5) BIT(6) BIT(7)
	return table[index];
}

LICENSE("GPL");
