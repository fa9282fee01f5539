// SPDX-License-Identifier: GPL-2.0-only
// A lock in a value: taken once, given back on every path, nothing called in between.
#include "bpf.h"

struct counter { struct bpf_spin_lock lock; u32 count; };
struct { NUMBER(type, MAP_ARRAY); NUMBER(max_entries, 1); TYPE(key, u32); TYPE(value, struct counter); } counters SEC(".maps");

INLINE struct counter *lookup(void) { u32 key = 0; return bpf_map_lookup_elem(&counters, &key); }

SEC("tc") int locked(struct __sk_buff *skb)
{
	struct counter *c = lookup();

	if (c) {
		bpf_spin_lock(&c->lock);
		c->count++;
		bpf_spin_unlock(&c->lock);
	}
	return 0;
}

SEC("tc") int never_unlocked(struct __sk_buff *skb) { struct counter *c = lookup(); if (c) bpf_spin_lock(&c->lock); return 0; }
SEC("tc") int unlocked_only(struct __sk_buff *skb) { struct counter *c = lookup(); if (c) bpf_spin_unlock(&c->lock); return 0; }

SEC("tc") int unlocked_on_one_path(struct __sk_buff *skb)
{
	struct counter *c = lookup();

	if (c) {
		bpf_spin_lock(&c->lock);
		if (c->count++ > 5)
			return 1;
		bpf_spin_unlock(&c->lock);
	}
	return 0;
}

SEC("tc") int helper_under_lock(struct __sk_buff *skb)
{
	struct counter *c = lookup();

	if (c) {
		bpf_spin_lock(&c->lock);
		c->count = bpf_get_prandom_u32();
		bpf_spin_unlock(&c->lock);
	}
	return 0;
}

SEC("tc") int locked_twice(struct __sk_buff *skb)
{
	struct counter *c = lookup();

	if (c) {
		bpf_spin_lock(&c->lock);
		bpf_spin_lock(&c->lock);
		bpf_spin_unlock(&c->lock);
	}
	return 0;
}

SEC("tc") int other_value_unlocked(struct __sk_buff *skb)
{
	struct counter *c = lookup(), *d = lookup();

	if (c && d) {
		bpf_spin_lock(&c->lock);
		bpf_spin_unlock(&d->lock);
	}
	return 0;
}

SEC("tc") int lock_written(struct __sk_buff *skb) { struct counter *c = lookup(); if (c) *(volatile u32 *)&c->lock = 1; return 0; }
SEC("tc") int lock_is_elsewhere(struct __sk_buff *skb) { struct counter *c = lookup(); if (c) { bpf_spin_lock(&c->count); bpf_spin_unlock(&c->count); } return 0; }
SEC("kprobe/do_nanosleep") int in_a_kprobe(struct pt_regs *regs) { struct counter *c = lookup(); if (c) { bpf_spin_lock(&c->lock); bpf_spin_unlock(&c->lock); } return 0; }

LICENSE("GPL");
