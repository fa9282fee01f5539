// SPDX-License-Identifier: GPL-2.0-only
// Accesses to a value must lie inside it, whatever the index may be.
#include "bpf.h"

struct table { u32 entries[16]; };
struct { NUMBER(type, MAP_ARRAY); NUMBER(max_entries, 4); TYPE(key, u32); TYPE(value, struct table); } tables SEC(".maps");

INLINE struct table *lookup(void)
{
	u32 key = 0;

	return bpf_map_lookup_elem(&tables, &key);
}

SEC("tc") int constant_inside(struct __sk_buff *skb) { struct table *t = lookup(); return t ? (int)t->entries[15] : 0; }
SEC("tc") int constant_outside(struct __sk_buff *skb) { struct table *t = lookup(); return t ? (int)((volatile u32 *)t->entries)[16] : 0; }
SEC("tc") int before_the_start(struct __sk_buff *skb) { struct table *t = lookup(); return t ? (int)((volatile u32 *)t->entries)[-1] : 0; }

SEC("tc") int index_checked(struct __sk_buff *skb)
{
	struct table *t = lookup();
	u32 index = skb->len;

	return t && index < 16 ? (int)t->entries[index] : 0;
}

SEC("tc") int index_off_by_one(struct __sk_buff *skb)
{
	struct table *t = lookup();
	u32 index = skb->len;

	return t && index <= 16 ? (int)t->entries[index] : 0;
}

SEC("tc") int index_unchecked(struct __sk_buff *skb)
{
	struct table *t = lookup();

	return t ? (int)t->entries[skb->len] : 0;
}

SEC("tc") int index_masked(struct __sk_buff *skb)
{
	struct table *t = lookup();

	return t ? (int)t->entries[skb->len & 15] : 0;
}

SEC("tc") int signed_index_checked_above_only(struct __sk_buff *skb)
{
	struct table *t = lookup();
	s64 index = bpf_ktime_get_ns();

	return t && index < 16 ? (int)t->entries[index] : 0;
}

SEC("tc") int straddles_the_end(struct __sk_buff *skb)
{
	struct table *t = lookup();

	return t ? (int)*(volatile u64 *)((void *)t + 60) : 0;
}

LICENSE("GPL");
